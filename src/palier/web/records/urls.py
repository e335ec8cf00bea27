"""Addresses of lists of data, corrections, the board of deals and the change log."""

from __future__ import annotations

from django.urls import path

from palier.web.records.views import board, bulk, correcting, exporting, feed, listing, saving

app_name = "records"
urlpatterns = [
    path("", listing.index, name="index"),
    path("journal/", feed.changes, name="feed"),
    path("affaires/tableau/", board.pipeline, name="board"),
    path("affaires/tableau/<uuid:public_id>/", board.move, name="move"),
    path("modifications/<int:edit_id>/annuler/", bulk.undo_bulk, name="undo_bulk"),
    path("<slug:slug>/", listing.records, name="list"),
    path("<slug:slug>/export/", exporting.export_list, name="export"),
    path("<slug:slug>/modifier/", bulk.bulk, name="bulk"),
    path("<slug:slug>/vues/", saving.save, name="save_view"),
    path("<slug:slug>/vues/<int:view_id>/", saving.change, name="change_view"),
    path("<slug:slug>/<uuid:public_id>/<slug:field>/", correcting.correct, name="correct"),
]
