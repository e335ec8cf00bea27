"""Views of lists that people save: one's own, or shared with the whole company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q

from palier.hub.models import SavedView
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

MOST_VIEWS = 30
"""Views of one entity that a person saves: more are not found again as tabs [ours]."""
LONGEST_NAME = 60

Query = Mapping[str, list[str]]
"""The state of a list as its address gives it: names and their values."""


class ViewUnknown(Refusal):
    code = "hub.view-unknown"
    message = "This view does not exist, or no longer does."


class ViewNameUnusable(Refusal):
    code = "hub.view-name-unusable"
    message = "A view needs a name of %(most)s characters at most."


class ViewExists(Refusal):
    code = "hub.view-exists"
    message = "There is already a view named “%(name)s”."


class TooManyViews(Refusal):
    code = "hub.too-many-views"
    message = "There are already %(most)s views here: delete one first."


class ViewOfSomebodyElse(Refusal):
    code = "hub.view-of-somebody-else"
    message = "A shared view is changed by those who may correct data."


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `own` tells whether this person saved it."""

    id: int
    entity: str
    name: str
    query: Query
    shared: bool
    own: bool


def list_views(*, company_id: int, entity: str, person_id: int) -> tuple[View, ...]:
    """Shared views, then the person's own, each by name. One query."""
    rows = SavedView.objects.filter(
        Q(shared=True) | Q(person_id=person_id), company_id=company_id, entity=entity
    )
    found = [_view(row, person_id) for row in rows.order_by("name", "pk")]
    return tuple(sorted(found, key=lambda one: not one.shared))


def save_view(*, company_id: int, entity: str, person_id: int, name: str, query: Query) -> View:
    """Keep the state of a list under a name; the same name again replaces one's own view.

    Raises: `ViewNameUnusable`, `TooManyViews`.
    """
    name = _named(name)
    if entity not in ENTITIES:
        raise ViewUnknown
    own = SavedView.objects.filter(
        company_id=company_id, entity=entity, person_id=person_id, shared=False
    )
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    row, _made = SavedView.objects.update_or_create(
        company_id=company_id,
        entity=entity,
        person_id=person_id,
        name=name,
        shared=False,
        defaults={"query": dict(query)},
    )
    return _view(row, person_id)


def rename_view(
    *, company_id: int, view_id: int, person_id: int, may_share: bool, name: str
) -> View:
    """Call a view otherwise. Raises: `ViewUnknown`, `ViewOfSomebodyElse`, `ViewNameUnusable`, `ViewExists`."""
    return _changed(_row(company_id, view_id, person_id, may_share), person_id, name=_named(name))


def share_view(*, company_id: int, view_id: int, person_id: int, shared: bool) -> View:
    """Show a view to everybody, or to its author alone again; for those who may correct data.

    Raises: `ViewUnknown`, `ViewExists`.
    """
    return _changed(_row(company_id, view_id, person_id, may_share=True), person_id, shared=shared)


def delete_view(*, company_id: int, view_id: int, person_id: int, may_share: bool) -> View:
    """Forget a view; the one forgotten. Raises: `ViewUnknown`, `ViewOfSomebodyElse`."""
    row = _row(company_id, view_id, person_id, may_share)
    gone = _view(row, person_id)
    row.delete()
    return gone


def _row(company_id: int, view_id: int, person_id: int, may_share: bool) -> SavedView:  # noqa: FBT001
    row = SavedView.objects.filter(company_id=company_id, pk=view_id).first()
    if row is None or not (row.shared or row.person_id == person_id):
        raise ViewUnknown
    if row.shared and not may_share:
        raise ViewOfSomebodyElse
    return row


def _changed(row: SavedView, person_id: int, **values: object) -> View:
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(update_fields=list(values))
    except IntegrityError as error:
        raise ViewExists(name=row.name) from error
    return _view(row, person_id)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise ViewNameUnusable(most=LONGEST_NAME)
    return name


def _view(row: SavedView, person_id: int) -> View:
    return View(row.pk, row.entity, row.name, row.query, row.shared, row.person_id == person_id)
