"""Addresses of duplicates and merges."""

from __future__ import annotations

from django.urls import path

from palier.web.duplicates import by_hand, groups, merges, views

app_name = "duplicates"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<int:proposal_id>/", views.pair, name="pair"),
    path("<int:proposal_id>/decider/", views.decide, name="decide"),
    path("<int:proposal_id>/reprendre/", views.reconsider, name="reconsider"),
    path("ensemble/", groups.group, name="group"),
    path("fusions/", merges.merges, name="merges"),
    path("fusions/<int:event_id>/separer/", merges.separate, name="separate"),
    path("fusions/<int:event_id>/confirmer/", merges.confirm, name="confirm"),
    path("clients/<uuid:public_id>/", by_hand.choose, name="choose"),
    path("clients/<uuid:public_id>/<uuid:other_id>/", by_hand.compare, name="compare"),
]
