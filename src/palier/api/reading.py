"""From JSON as tools send it to records as the door takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from palier.api.names import COMPUTED
from palier.hub.custom import PREFIX
from palier.hub.queries.finding import Handle
from palier.hub.queries.published import read_published_id
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import Entity, Field

KEY_KINDS: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"siren", "vat", "email", "domain", "name"}),
    "contact": frozenset({"email"}),
    "product": frozenset({"name", "sku"}),
    "invoice": frozenset({"number"}),
}
"""By what a parent may be named instead of an identifier, by entity."""
_IDENTITY = frozenset({"external_id", "object", "source_updated_at", "custom"})
_WHOLE = frozenset({"int", "money"})
_MOST_NAME = 200


class Unreadable(Exception):  # noqa: N818 - carries a rejection
    """A row that cannot become a record, and why."""

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection
        super().__init__(rejection.code)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads objects of one entity; `handles` are the records that parents' ids lead to, fetched beforehand."""

    entity: Entity
    custom: Mapping[str, Field]
    handles: Mapping[UUID, Handle] = field(default_factory=dict)

    def record(
        self, told: Mapping[str, JSON], *, row: int | None = None, external_id: str = ""
    ) -> tuple[str, Record]:
        """The object name and the record of one JSON object. Raises: `Unreadable`."""
        object_name = self._name(told.get("object"), row) or self.entity.name
        said = told.get("external_id")
        if external_id and said not in (None, external_id):
            raise Unreadable(Rejection(row, "external_id", "api.identifiers-differ"))
        identifier = external_id or self._identifier(said, row)
        record = Record(
            identifier,
            self.fields(told, row=row),
            line=row,
            source_updated_at=self._instant(told.get("source_updated_at"), row),
        )
        return object_name, record

    def fields(self, told: Mapping[str, JSON], *, row: int | None = None) -> dict[str, JSON]:
        """The canonical fields of a JSON object. Raises: `Unreadable`."""
        known = {one.name: one for one in self.entity.fields if one.name not in COMPUTED}
        found: dict[str, JSON] = {}
        for name, value in told.items():
            if name in _IDENTITY:
                continue
            spec = known.get(name)
            if spec is None:
                raise Unreadable(Rejection(row, name, "hub.unknown-field", {"field": name[:80]}))
            if isinstance(value, float) and value.is_integer() and spec.type in _WHOLE:
                value = int(value)  # JSON knows one kind of number: 12.0 is 12  # noqa: PLW2901
            found[name] = value if spec.type != "ref" else self._reference(spec, value, row)
        own = told.get("custom")
        if own is not None and not isinstance(own, dict):
            raise Unreadable(_bad(row, "custom", "hub.not-an-object", own))
        for name, value in (own or {}).items():
            whole = f"{PREFIX}{name}"
            if whole not in self.custom:
                raise Unreadable(
                    Rejection(row, whole, "api.custom-field-undeclared", {"field": name[:80]})
                )
            found[whole] = value
        return found

    def _identifier(self, said: JSON, row: int | None) -> str:
        if said is None:
            return uuid4().hex
        if not isinstance(said, str):
            raise Unreadable(_bad(row, "external_id", "hub.not-text", said))
        if "\x00" in said:
            raise Unreadable(Rejection(row, "external_id", "hub.nul", {"id": said[:80]}))
        return said

    def _name(self, said: JSON, row: int | None) -> str:
        if said is None:
            return ""
        if not isinstance(said, str) or not 0 < len(said) <= _MOST_NAME or not said.isprintable():
            raise Unreadable(_bad(row, "object", "hub.not-text", said))
        return said

    def _instant(self, said: JSON, row: int | None) -> dt.datetime | None:
        if said is None:
            return None
        try:
            at = dt.datetime.fromisoformat(said)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise Unreadable(_bad(row, "source_updated_at", "hub.not-an-instant", said)) from error
        return at if at.tzinfo else at.replace(tzinfo=dt.UTC)

    def _reference(self, spec: Field, said: JSON, row: int | None) -> JSON:
        """A parent: `{"id": …}`, `{"external_id": …, "object": …, "tool": …}` or `{"<key>": …}`."""
        if said is None:
            return None
        bad = Unreadable(_bad(row, spec.name, "hub.not-a-reference", said, field=spec.name))
        if not isinstance(said, dict) or not all(
            isinstance(one, str) and one for one in said.values()
        ):
            raise bad
        told = {name: str(value) for name, value in said.items()}
        if any("\x00" in value or len(value) > 1_000 for value in told.values()):
            raise bad
        if told.keys() == {"id"}:
            public_id = read_published_id(spec.target, told["id"])
            handle = None if public_id is None else self.handles.get(public_id)
            if handle is None:
                raise Unreadable(
                    _bad(row, spec.name, "api.parent-unknown", told["id"], field=spec.name)
                )
            return [handle.object, handle.external_id, handle.tool]
        if "external_id" in told and told.keys() <= {"external_id", "object", "tool"}:
            named: list[JSON] = [told.get("object", spec.target), told["external_id"]]
            return [*named, told["tool"]] if "tool" in told else named
        if len(told) == 1 and (kind := next(iter(told))) in KEY_KINDS.get(spec.target, frozenset()):
            return [f"@{kind}", told[kind]]
        raise bad


def _bad(row: int | None, name: str, code: str, value: JSON, **params: str) -> Rejection:
    return Rejection(row, name, code, {"value": str(value)[:80], **params})


def parent_ids(entity: Entity, told: Mapping[str, JSON]) -> Iterator[tuple[str, UUID]]:
    """The (entity, public id) of each parent that an object names by its id."""
    for spec in entity.fields:
        said = told.get(spec.name)
        if spec.type == "ref" and isinstance(said, dict) and isinstance(said.get("id"), str):
            public_id = read_published_id(spec.target, str(said["id"]))
            if public_id is not None:
                yield spec.target, public_id


def by_entity(pairs: Collection[tuple[str, UUID]]) -> dict[str, set[UUID]]:
    """Public ids by entity."""
    found: dict[str, set[UUID]] = {}
    for entity, public_id in pairs:
        found.setdefault(entity, set()).add(public_id)
    return found
