"""Accounts as an application."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "palier.accounts"
    label = "accounts"
