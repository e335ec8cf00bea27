"""Addresses of customers and of the records behind figures."""

from __future__ import annotations

from django.urls import path

from palier.web.customers import views
from palier.web.records.views import listing, record

app_name = "customers"
urlpatterns = [
    path("", listing.records, {"slug": "clients"}, name="list"),
    path("<uuid:public_id>/", views.customer, name="show"),
    path("<uuid:public_id>/champs/<slug:field>/", views.correct, name="correct"),
    path("<uuid:public_id>/champs/<slug:field>/rendre/", views.release, name="release"),
    path("fiches/<slug:entity>/<int:record_id>/", record.record, name="record"),
]
