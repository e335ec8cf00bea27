"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from palier.web.imports.views import laying, planning, running

app_name = "imports"
urlpatterns = [
    path("", running.imports, name="list"),
    path("nouveau/", laying.new, name="new"),
    path("<int:batch_id>/", running.show, name="show"),
    path("<int:batch_id>/tables/<int:index>/", planning.table, name="table"),
    path("<int:batch_id>/tables/<int:index>/laisser/", planning.leave_out, name="leave_out"),
    path("<int:batch_id>/tables/<int:index>/reprendre/", planning.take_in, name="take_in"),
    path("<int:batch_id>/essai/", planning.rehearse, name="rehearse"),
    path("<int:batch_id>/lancer/", planning.start, name="start"),
    path("<int:batch_id>/abandonner/", laying.give_up, name="give_up"),
    path("<int:batch_id>/rouvrir/", running.reopen, name="reopen"),
    path("<int:batch_id>/annuler/", running.undo, name="undo"),
    path("<int:batch_id>/rejets/<int:index>/", running.rejects, name="rejects"),
]
