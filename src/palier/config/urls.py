"""The root of every address."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("palier.web.urls")),
    path("api/v1/", include("palier.api.app")),  # last: it answers every address below its own
]
handler400 = "palier.web.http.bad_request"
handler403 = "palier.web.http.forbidden"
handler404 = "palier.web.http.not_found"
handler500 = "palier.web.http.server_error"
