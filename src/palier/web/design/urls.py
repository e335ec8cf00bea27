"""Address of the gallery."""

from __future__ import annotations

from django.urls import path

from palier.web.design import views

app_name = "design"
urlpatterns = [path("design/", views.gallery, name="gallery")]
