"""Addresses of connections."""

from __future__ import annotations

from django.urls import path

from palier.web.connectors import views

app_name = "connectors"
urlpatterns = [
    path("", views.connectors, name="list"),
    path("nouveau/", views.choose, name="choose"),
    path("nouveau/<slug:tool>/", views.connect, name="connect"),
    path("<int:connector_id>/", views.show, name="show"),
    path("<int:connector_id>/acces/", views.access, name="access"),
    path("<int:connector_id>/essai/", views.rehearse, name="rehearse"),
    path("<int:connector_id>/faire/", views.act, name="act"),
    path("lectures/<int:run_id>/", views.run, name="run"),
    path("lectures/<int:run_id>/annuler/", views.undo, name="undo"),
]
