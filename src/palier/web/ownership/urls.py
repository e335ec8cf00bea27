"""Addresses of rules and conflicts."""

from __future__ import annotations

from django.urls import path

from palier.web.ownership import conflicts, rules

app_name = "ownership"
urlpatterns = [
    path("", rules.rules, name="list"),
    path("conflits/", conflicts.overview, name="conflicts"),
    path("conflits/<int:hold_id>/", conflicts.settle, name="settle"),
    path(
        "conflits/<slug:entity>/<slug:field>/<int:first>/<int:second>/",
        conflicts.records,
        name="records",
    ),
    path("<slug:entity>/<slug:field>/", rules.rule, name="rule"),
]
