"""Addresses of every page, one include for each folder."""

from __future__ import annotations

from django.urls import include, path

from palier.web.webhooks.receiving import receive

urlpatterns = [
    path("", include("palier.web.home.urls")),
    path("", include("palier.web.metrics.urls")),
    path("clients/", include("palier.web.customers.urls")),
    path("doublons/", include("palier.web.duplicates.urls")),
    path("donnees/", include("palier.web.records.urls")),
    path("qualite/", include("palier.web.quality.urls")),
    path("imports/", include("palier.web.imports.urls")),
    path("connecteurs/", include("palier.web.connectors.urls")),
    path("qui-fait-foi/", include("palier.web.ownership.urls")),
    path("webhooks/", include("palier.web.webhooks.urls")),
    path("api/v1/hooks/<str:token>", receive, name="receive_hook"),
    path("outils/", include("palier.web.tools.urls")),
    path("taches/", include("palier.web.jobs.urls")),
    path("", include("palier.web.design.urls")),
    path("", include("palier.web.accounts.urls")),
]
