"""Addresses of the home page."""

from __future__ import annotations

from django.urls import path

from palier.web.home import views
from palier.web.home.search import search

app_name = "home"
urlpatterns = [
    path("", views.cockpit, name="cockpit"),
    path("search/", search, name="search"),
    path("figures/refresh/", views.refresh, name="refresh"),
    path("figures/freshness/", views.freshness, name="freshness"),
]
