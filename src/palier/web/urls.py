"""Addresses of every page, one include for each folder."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("palier.web.home.urls")),
    path("", include("palier.web.metrics.urls")),
    path("clients/", include("palier.web.customers.urls")),
    path("donnees/", include("palier.web.records.urls")),
    path("imports/", include("palier.web.imports.urls")),
    path("taches/", include("palier.web.jobs.urls")),
    path("", include("palier.web.design.urls")),
    path("", include("palier.web.accounts.urls")),
]
