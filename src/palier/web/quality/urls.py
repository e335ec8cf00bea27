"""Addresses of the quality of data."""

from __future__ import annotations

from django.urls import path

from palier.web.quality import views

app_name = "quality"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("compter/", views.count, name="count"),
    path("<slug:entity>/", views.entity, name="entity"),
    path("<slug:entity>/<str:code>/", views.mend, name="mend"),
]
