"""Metrics as an application."""

from __future__ import annotations

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "palier.metrics"
    label = "metrics"
