"""What every table of the hub has in common.

The tables carry company and parent as plain numbers without foreign-key triggers: the one door
resolves references set by set, and a trigger per row would cost more than the row itself
(docs/adr/0015). Row-level security and the consistency tests watch over them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from palier.hub.folded import ACCENTS


class Owned(models.Model):
    """A row of one company."""

    company_id = models.BigIntegerField()

    class Meta:
        abstract = True


class PublicId(models.Func):
    """The database's own random identifier, in order of time where it can."""

    function = "palier_public_id"
    template = "%(function)s()"
    output_field = models.UUIDField()


class NextEntityId(models.Func):
    """The next number of the one sequence that all canonical entities share."""

    template = "nextval('hub_entity_id')"
    output_field = models.BigIntegerField()


class Canonical(Owned):
    """A canonical ("golden") record: a fold over the source records linked to it.

    `prov` tells for each field which source record it came from: `{"*": id}` for all fields,
    then the exceptions by name; `"pin:<person>"` marks a value fixed by a person.
    """

    id = models.BigIntegerField(primary_key=True, db_default=NextEntityId())
    public_id = models.UUIDField(unique=True, db_default=PublicId())
    version = models.IntegerField(db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True)
    prov = models.JSONField(db_default=models.Value({}, output_field=models.JSONField()))
    custom = models.JSONField(null=True)

    class Meta:
        abstract = True
        indexes = [
            # which ranges of pages hold rows of a company: costs nothing a row, and leaves the door's
            # look-ups by id one index to take, whatever the statistics say
            BrinIndex(
                fields=["company_id"],
                opclasses=["int8_minmax_multi_ops"],
                name="%(class)s_by_company",
            ),
        ]


def text() -> models.TextField[str | None, str | None]:
    return models.TextField(null=True)


class Folded(models.Func):
    """A text as it is sorted: small letters without accents, nothing for an unknown one."""

    template = f"translate(lower(coalesce(%(expressions)s, '')), '{ACCENTS[0]}', '{ACCENTS[1]}')"
    output_field = models.TextField(db_collation="C")


def sorted_text(name: str) -> models.GeneratedField:
    """The text of another column as it is sorted, kept by the database: under row-level security an index serves
    comparisons of a stored column, but none of a function that might leak.
    """
    return models.GeneratedField(
        expression=Folded(name), output_field=models.TextField(db_collation="C"), db_persist=True
    )


def choice(*values: str) -> models.TextField[str | None, str | None]:
    return models.TextField(null=True, choices=[(value, value) for value in values])


def minor() -> models.BigIntegerField[int | None, int | None]:
    """Money in whole minor units of the row's currency."""
    return models.BigIntegerField(null=True)


def whole() -> models.BigIntegerField[int | None, int | None]:
    return models.BigIntegerField(null=True)


def exact() -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(null=True, max_digits=24, decimal_places=6)


def day() -> models.DateField[dt.date | None, dt.date | None]:
    return models.DateField(null=True)


def instant() -> models.DateTimeField[dt.datetime | None, dt.datetime | None]:
    return models.DateTimeField(null=True)


def flag() -> models.BooleanField[bool | None, bool | None]:
    return models.BooleanField(null=True)


def parent() -> models.BigIntegerField[int | None, int | None]:
    """The resolved id of a parent; null while the parent is unknown or has not arrived."""
    return models.BigIntegerField(null=True)
