"""The database as an application: one migration for functions every table relies on."""

from __future__ import annotations

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "palier.database"
    label = "database"
