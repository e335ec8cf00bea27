"""Addresses of metrics."""

from __future__ import annotations

from django.urls import path

from palier.web.metrics import views

app_name = "metrics"
urlpatterns = [
    path("metrics/", views.list_, name="list"),
    path("metrics/<str:key>/", views.metric, name="metric"),
    path("metrics/<str:key>/rows/", views.rows, name="rows"),
    path("metrics/<str:key>/target/", views.target, name="target"),
]
