"""Fields that a company adds to an entity: `custom.<name>`, declared with a type that the door checks.

Imports may bring fields that nobody has declared: their values are kept as they come. The API takes
declared ones only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from palier.hub.models import CustomField, ImportMapping
from palier.hub.models.custom import TYPES
from palier.hub.schema import ENTITIES, Field, FieldType
from palier.kernel.refusals import Refusal

FIELD_TYPES = TYPES
"""Types that a field of the company's own may have."""
PREFIX = "custom."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
MOST_FIELDS = 200
"""Live custom fields of one entity: beyond, a company wants an entity of its own [ours]."""
MOST_CHOICES = 200
LONGEST_CHOICE = 200
LONGEST_LABEL = 200
LOOKED_INTO = 5_000
"""Latest records of each entity that are looked into for fields nobody has declared [ours]."""


class CustomFieldExists(Refusal):
    code = "hub.custom-field-exists"
    message = "There is already a field named “%(name)s”."


class CustomFieldNameUnusable(Refusal):
    code = "hub.custom-field-name-unusable"
    message = "The name of a field begins with a letter and holds small letters, digits and underscores, 63 at most."


class CustomFieldTypeUnusable(Refusal):
    code = "hub.custom-field-type-unusable"
    message = "The type of a field is one of: %(types)s."


class CustomFieldChoicesUnusable(Refusal):
    code = "hub.custom-field-choices-unusable"
    message = "A field of type “choice” has from 1 to %(most)s different choices, and no other type has any."


class CustomFieldUnknown(Refusal):
    code = "hub.custom-field-unknown"
    message = "There is no field of your own named “%(name)s”."


class TooManyCustomFields(Refusal):
    code = "hub.too-many-custom-fields"
    message = "There are already %(most)s fields of your own here: archive one first."


@dataclass(frozen=True, slots=True)
class CustomFieldInfo:
    """A declared field: its name without prefix, what people call it, its type."""

    entity: str
    name: str
    label: str
    type: FieldType
    choices: tuple[str, ...]
    personal: bool
    created_at: dt.datetime
    archived_at: dt.datetime | None

    @property
    def field(self) -> Field:
        """As the schema declares fields."""
        return Field(f"{PREFIX}{self.name}", self.type, self.choices, personal=self.personal)


def declared(*, company_id: int, entity: str) -> Mapping[str, Field]:
    """The live custom fields of an entity, by their whole name (`custom.vintage`). One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, type, choices FROM hub_custom_field "
            "WHERE company_id = %s AND entity = %s AND archived_at IS NULL",
            [company_id, entity],
        )
        return {
            f"{PREFIX}{name}": Field(f"{PREFIX}{name}", type_, tuple(choices))
            for name, type_, choices in cursor.fetchall()
        }


def list_custom_fields(*, company_id: int, entity: str = "") -> list[CustomFieldInfo]:
    """Declared fields, live ones first, by entity and name."""
    rows = CustomField.objects.filter(company_id=company_id)
    if entity:
        rows = rows.filter(entity=entity)
    found = [_info(row) for row in rows.order_by("entity", "name", "pk")]
    return sorted(found, key=lambda one: one.archived_at is not None)


def list_labels(*, company_id: int) -> dict[tuple[str, str], str]:
    """What people call each declared field, archived ones included, by entity and whole name. One query."""
    found = CustomField.objects.filter(company_id=company_id)
    return {
        (entity, f"{PREFIX}{name}"): label
        for entity, name, label in found.values_list("entity", "name", "label")
    }


def list_undeclared(*, company_id: int) -> list[tuple[str, str]]:
    """Fields (entity, name) that came with data and that nobody has declared, by entity and name.

    Looks into the latest `LOOKED_INTO` records of each entity, and into what imports remember. Three queries.
    """
    told = " UNION ".join(
        f"SELECT '{name}', k.key FROM (SELECT t.custom FROM hub_{name} t WHERE t.company_id = %(company)s "
        f"ORDER BY t.id DESC LIMIT {LOOKED_INTO}) latest CROSS JOIN LATERAL jsonb_object_keys(latest.custom) k(key)"
        for name in ENTITIES
    )
    with connection.cursor() as cursor:
        cursor.execute(told, {"company": company_id})
        found = {(entity, name) for entity, name in cursor.fetchall()}
    for mapping in ImportMapping.objects.filter(company_id=company_id).values_list(
        "mapping", flat=True
    ):
        found |= {
            (one["entity"], name.removeprefix(PREFIX))
            for one in mapping.get("entities", ())
            for name in one.get("fields", ())
            if name.startswith(PREFIX)
        }
    known = set(CustomField.objects.filter(company_id=company_id).values_list("entity", "name"))
    return sorted(one for one in found - known if _NAME.fullmatch(one[1]))


def declare_field(
    *,
    company_id: int,
    entity: str,
    name: str,
    type: str = "text",  # noqa: A002 - the word of the field
    label: str = "",
    choices: tuple[str, ...] = (),
    personal: bool = False,
) -> CustomFieldInfo:
    """Add a field to an entity; one that was archived comes back with its new type.

    Raises: `CustomFieldNameUnusable`, `CustomFieldTypeUnusable`, `CustomFieldChoicesUnusable`, `CustomFieldExists`,
    `TooManyCustomFields`.
    """
    if entity not in ENTITIES or not _NAME.fullmatch(name):
        raise CustomFieldNameUnusable
    if type not in TYPES:
        raise CustomFieldTypeUnusable(types=", ".join(TYPES))
    if not _usable(type, choices):
        raise CustomFieldChoicesUnusable(most=MOST_CHOICES)
    values = {
        "label": label.strip()[:LONGEST_LABEL] or _label_from(name),
        "type": type,
        "choices": list(choices),
        "personal": personal,
        "archived_at": None,
    }
    live = CustomField.objects.filter(company_id=company_id, entity=entity, archived_at=None)
    if live.count() >= MOST_FIELDS:
        raise TooManyCustomFields(most=MOST_FIELDS)
    archived = CustomField.objects.filter(
        company_id=company_id, entity=entity, name=name, archived_at__isnull=False
    )
    if not archived.update(**values):
        try:
            with transaction.atomic():
                CustomField.objects.create(
                    company_id=company_id, entity=entity, name=name, **values
                )
        except IntegrityError as error:
            raise CustomFieldExists(name=name) from error
    return _info(CustomField.objects.get(company_id=company_id, entity=entity, name=name))


def _usable(type_: str, choices: tuple[str, ...]) -> bool:
    if type_ != "choice":
        return not choices
    named = all(one.strip() and len(one) <= LONGEST_CHOICE and "\x00" not in one for one in choices)
    return named and 0 < len(choices) <= MOST_CHOICES and len(set(choices)) == len(choices)


def archive_field(*, company_id: int, entity: str, name: str, now: dt.datetime) -> CustomFieldInfo:
    """Take a field out of use; its values stay where they are. Raises: `CustomFieldUnknown`."""
    rows = CustomField.objects.filter(
        company_id=company_id, entity=entity, name=name, archived_at=None
    )
    if not rows.update(archived_at=now):
        raise CustomFieldUnknown(name=name)
    return _info(CustomField.objects.get(company_id=company_id, entity=entity, name=name))


def relabel_field(*, company_id: int, entity: str, name: str, label: str) -> CustomFieldInfo:
    """Call a field otherwise; its name in files and in the API stays. Raises: `CustomFieldUnknown`."""
    rows = CustomField.objects.filter(company_id=company_id, entity=entity, name=name)
    if not rows.update(label=label.strip()[:LONGEST_LABEL] or _label_from(name)):
        raise CustomFieldUnknown(name=name)
    return _info(rows.get())


def restore_field(*, company_id: int, entity: str, name: str) -> CustomFieldInfo:
    """Bring an archived field back as it was. Raises: `CustomFieldUnknown`, `TooManyCustomFields`."""
    live = CustomField.objects.filter(company_id=company_id, entity=entity, archived_at=None)
    if live.count() >= MOST_FIELDS:
        raise TooManyCustomFields(most=MOST_FIELDS)
    rows = CustomField.objects.filter(
        company_id=company_id, entity=entity, name=name, archived_at__isnull=False
    )
    if not rows.update(archived_at=None):
        raise CustomFieldUnknown(name=name)
    return _info(CustomField.objects.get(company_id=company_id, entity=entity, name=name))


def _label_from(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _info(row: CustomField) -> CustomFieldInfo:
    return CustomFieldInfo(
        row.entity,
        row.name,
        row.label,
        row.type,  # type: ignore[arg-type]  # constrained by the table
        tuple(row.choices),
        row.personal,
        row.created_at,
        row.archived_at,
    )
