"""Addresses of tools."""

from __future__ import annotations

from django.urls import path

from palier.web.tools.views import feeding, fields, tokens

app_name = "tools"
urlpatterns = [
    path("", feeding.tools, name="list"),
    path("<int:tool_id>/", feeding.tool, name="show"),
    path("jetons/", tokens.tokens, name="tokens"),
    path("jetons/<uuid:public_id>/revoquer/", tokens.revoke, name="revoke_token"),
    path("champs/", fields.fields, name="fields"),
    path("champs/<str:entity>/<str:name>/nommer/", fields.relabel, name="relabel_field"),
    path("champs/<str:entity>/<str:name>/archiver/", fields.archive, name="archive_field"),
    path("champs/<str:entity>/<str:name>/reprendre/", fields.restore, name="restore_field"),
]
