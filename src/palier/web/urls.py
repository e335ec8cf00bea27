"""Addresses of every page, one include for each folder."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("palier.web.accounts.urls")),
]
