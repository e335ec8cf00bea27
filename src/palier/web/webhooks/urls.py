"""Addresses of webhooks."""

from __future__ import annotations

from django.urls import path

from palier.web.webhooks.views import endpoints, hooks

app_name = "webhooks"
urlpatterns = [
    path("", endpoints.webhooks, name="list"),
    path("nouveau/", endpoints.new, name="new"),
    path("recevoir/nouveau/", hooks.new, name="new_hook"),
    path("recevoir/<uuid:public_id>/", hooks.show, name="hook"),
    path("recevoir/<uuid:public_id>/secret/", hooks.secret, name="hook_secret"),
    path("recevoir/<uuid:public_id>/messages/<int:number>/", hooks.message, name="received"),
    path("recevoir/<uuid:public_id>/<slug:what>/", hooks.act, name="hook_act"),
    path("<uuid:public_id>/", endpoints.show, name="endpoint"),
    path("<uuid:public_id>/secret/", endpoints.secret, name="secret"),
    path("<uuid:public_id>/rejouer/", endpoints.replay, name="replay"),
    path("<uuid:public_id>/messages/<slug:message_id>/", endpoints.message, name="message"),
    path("<uuid:public_id>/<slug:what>/", endpoints.act, name="act"),
]
