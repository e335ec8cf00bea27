"""The state of a list, which is its address: words, filters, columns, order, page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlencode

from django.http import QueryDict

from palier.hub.queries.conditions import SYSTEM, Condition, Operator
from palier.hub.queries.listing import Asked, can_sort
from palier.hub.schema import ENTITIES, Field
from palier.web.records.entities import COLUMNS, LATEST, MONTHLY, SORTS, list_url
from palier.web.records.shown import HIDDEN

OPERATORS = frozenset({"is", "not", "from", "before", "contains", "known"})
MOST_FILTERS = 12
PAGE = 50
"""Records on a page [ours]."""
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class State:
    """What a list shows. `custom` are the company's declared fields."""

    entity: str
    custom: Mapping[str, Field]
    search: str = ""
    filters: tuple[Condition, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = ""
    cursor: str = ""
    view: str = ""

    @classmethod
    def of(cls, entity: str, asked: QueryDict, custom: Mapping[str, Field]) -> State:
        """The state that an address tells; what cannot be read is left out."""
        filters = [_filter(text) for text in asked.getlist("filtre")[:MOST_FILTERS]]
        known = available(entity, custom)
        columns = tuple(
            dict.fromkeys(name for name in asked.get("colonnes", "").split(",") if name in known)
        )
        sort = asked.get("sort", "")
        return cls(
            entity,
            custom,
            asked.get("q", "").strip()[:LONGEST_SEARCH],
            tuple(one for one in filters if one is not None),
            columns or COLUMNS[entity],
            sort if can_sort(entity=entity, field=sort.removeprefix("-")) else default_sort(entity),
            asked.get("page", ""),
            asked.get("vue", ""),
        )

    @property
    def narrowed(self) -> bool:
        """Whether something is left out of the list."""
        return bool(self.search or self.filters)

    def asked(self, *, limit: int = PAGE) -> Asked:
        """What the hub is asked for."""
        return Asked(self.filters, self.search, self.sort, self.cursor, limit)

    def values(self) -> dict[str, list[str]]:
        """The state as names and values, without what goes without saying."""
        told = {
            "q": [self.search] if self.search else [],
            "filtre": [written(one) for one in self.filters],
            "colonnes": [",".join(self.columns)] if self.columns != COLUMNS[self.entity] else [],
            "sort": [self.sort] if self.sort != default_sort(self.entity) else [],
            "vue": [self.view] if self.view else [],
            "page": [self.cursor] if self.cursor else [],
        }
        return {name: values for name, values in told.items() if values}

    def query(self) -> str:
        """The same as the end of an address."""
        return urlencode(self.values(), doseq=True)

    def url(self) -> str:
        """The address of this very list."""
        query = self.query()
        return list_url(self.entity) + (f"?{query}" if query else "")

    def but(self, **changes: object) -> State:
        """The same list with something else, from its first page on."""
        return replace(self, **{"cursor": "", **changes})  # type: ignore[arg-type]


def default_sort(entity: str) -> str:
    """The order of a list that nobody has chosen."""
    return SORTS.get(entity, LATEST)


def written(one: Condition) -> str:
    """A filter as an address tells it."""
    return f"{one.field}:{one.operator}:{one.value}"


def _filter(text: str) -> Condition | None:
    field, _first, rest = text.partition(":")
    operator, colon, value = rest.partition(":")
    if not colon or operator not in OPERATORS:
        return None
    return Condition(field, cast("Operator", operator), value)


def available(entity: str, custom: Mapping[str, Field]) -> tuple[str, ...]:
    """Every column that a list of this entity can show."""
    own = [
        one.name for one in ENTITIES[entity].fields if one.name not in HIDDEN and one.type != "json"
    ]
    computed = [MONTHLY] if entity == "customer" else []
    return (*own, *computed, *custom, "created_at", "updated_at")


def field_named(entity: str, name: str, custom: Mapping[str, Field]) -> Field | None:
    """The field behind a column or a filter."""
    declared = next((one for one in ENTITIES[entity].fields if one.name == name), None)
    return declared or custom.get(name) or (SYSTEM.get(name) if name != "id" else None)


def filterable(entity: str, custom: Mapping[str, Field]) -> Sequence[str]:
    """Every field that a list can be filtered by."""
    return [name for name in available(entity, custom) if name != MONTHLY]
