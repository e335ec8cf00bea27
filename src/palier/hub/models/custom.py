"""Fields that a company adds to an entity: declared once, then typed like any other."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned

TYPES = ("text", "int", "decimal", "share", "date", "datetime", "bool", "choice")


class CustomField(Owned):
    """A field of the company's own; archived when it is no longer wanted, its values stay."""

    entity = models.TextField()
    name = models.TextField()
    label = models.TextField()
    type = models.TextField(choices=[(one, one) for one in TYPES], db_default="text")
    choices = ArrayField(models.TextField(), default=list)
    personal = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_custom_field"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "entity", "name"], name="custom_field_once"
            ),
            models.CheckConstraint(
                condition=models.Q(name__regex=r"^[a-z][a-z0-9_]{0,62}$"), name="custom_field_named"
            ),
            models.CheckConstraint(
                condition=models.Q(type="choice") ^ models.Q(choices=[]),
                name="custom_field_choices_of_choice",
            ),
        ]
