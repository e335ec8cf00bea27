"""Addresses of background tasks."""

from __future__ import annotations

from django.urls import path

from palier.web.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.tasks, name="list"),
    path("<int:job_id>/reessayer/", views.retry, name="retry"),
]
