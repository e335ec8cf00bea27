"""Mappings as JSON: the one reader and the one writer of their stored shape.

Presets, remembered mappings and the correction page all go through `from_json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import ClassVar, cast
from zoneinfo import ZoneInfo

from palier.hub.imports.mapping import (
    CUSTOM,
    PARSERS_OF,
    REF_KEYS,
    TESTS,
    Condition,
    EntityMapping,
    FieldMapping,
    FileMapping,
    KeyMapping,
    Pairs,
    Part,
    schema_field,
)
from palier.hub.imports.messages import Notice, Notices, _
from palier.hub.imports.parsers.places import parse_currency
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

ALL_PARSERS = frozenset(name for names in PARSERS_OF.values() for name in names)
FIELD_NAMES = frozenset(declared.name for declared in fields(FieldMapping)) - {"field"}
LITERALS: dict[str, frozenset[str]] = {
    "dates": frozenset({"auto", "dmy", "mdy", "ymd"}),
    "decimal": frozenset({"auto", ",", "."}),
    "others": frozenset({"keep", "reject", "empty"}),
    "invalid": frozenset({"reject", "drop"}),
    "fold": frozenset({"first", "last", "sum", "min", "max", "count"}),
}
TEXTS = ("column", "parser", "separator", "ref", "times")
FLAGS = ("round", "optional", "erase")


class MappingInvalid(Refusal):
    """The mapping says something that cannot be; `details["problems"]` names every place."""

    code: ClassVar[str] = "import.mapping_invalid"
    message: ClassVar[str] = _("This mapping cannot be used: %(problems)s")

    def __init__(self, *problems: Notice) -> None:
        self.problems = Notices(problems)
        super().__init__(problems=self.problems)


class _Reader:
    """Reads one mapping, collecting every problem with its place instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Notice] = []

    def problem(self, where: str, what: str, **params: object) -> None:
        self.problems.append(Notice(f"mapping.{what}", {"where": where, **params}))

    def table(self, where: str, raw: JSON, known: frozenset[str]) -> dict[str, JSON]:
        if not isinstance(raw, dict):
            self.problem(where, "table")
            return {}
        for name in raw.keys() - known:
            self.problem(where, "unknown", value=name)
        return raw

    def text(self, where: str, raw: JSON, *, needed: bool = False) -> str:
        if raw is None and not needed:
            return ""
        if not isinstance(raw, str) or (needed and not raw):
            self.problem(where, "text")
            return ""
        return raw

    def flag(self, where: str, raw: JSON) -> bool:
        if raw not in {None, True, False} or (isinstance(raw, int) and not isinstance(raw, bool)):
            self.problem(where, "flag")
        return raw is True

    def literal(self, where: str, kind: str, raw: JSON, default: str) -> str:
        if raw is None:
            return default
        if not isinstance(raw, str) or raw not in LITERALS[kind]:
            self.problem(where, "literal", choices=", ".join(sorted(LITERALS[kind])))
            return default
        return raw

    def items(self, where: str, raw: JSON) -> Iterator[tuple[str, JSON]]:
        if raw is None:
            return
        if not isinstance(raw, list):
            self.problem(where, "list")
            return
        for number, item in enumerate(raw, 1):
            yield f"{where}[{number}]", item

    def pairs(self, where: str, raw: JSON) -> Pairs:
        if raw is None:
            return ()
        if not isinstance(raw, dict):
            self.problem(where, "table")
            return ()
        return tuple(raw.items())

    def condition(self, where: str, raw: JSON) -> Condition:
        table = self.table(where, raw, frozenset({"column", *TESTS}))
        column = self.text(f"{where}.column", table.get("column"), needed=True)
        found = [test for test in TESTS if test in table]
        if len(found) != 1:
            self.problem(where, "one_test", choices=", ".join(TESTS))
            return Condition(column, "filled")
        test, value = found[0], table[found[0]]
        if test in {"filled", "empty"}:
            if value is not True:
                self.problem(where, "true", test=test)
            return Condition(column, test)
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
            self.problem(where, "texts", test=test)
            return Condition(column, test, ("",))
        return Condition(column, test, tuple(cast("list[str]", texts)))

    def part(self, where: str, raw: JSON) -> Part:
        if isinstance(raw, str):
            if not raw:
                self.problem(where, "column")
            return Part(column=raw)
        table = self.table(where, raw, frozenset({"column", "text", "parser", "values"}))
        part = Part(
            column=self.text(f"{where}.column", table.get("column")),
            text=self.text(f"{where}.text", table.get("text")),
            parser=self.text(f"{where}.parser", table.get("parser")) or "id",
            values=self.pairs(f"{where}.values", table.get("values")),
        )
        if bool(part.column) == bool(part.text):
            self.problem(where, "column_or_text")
        if part.parser not in ALL_PARSERS - {"json", "money", "minor", "choice"}:
            self.problem(where, "parser", value=part.parser, type="text")
        return part

    def field(self, where: str, entity: str, name: str, raw: JSON) -> FieldMapping:
        table: dict[str, JSON]
        table = {"column": raw} if isinstance(raw, str) else self.table(where, raw, FIELD_NAMES)
        found = FieldMapping(
            field=name,
            **{key: self.text(f"{where}.{key}", table.get(key)) for key in TEXTS if key in table},  # type: ignore[arg-type]
            **{key: self.flag(f"{where}.{key}", table.get(key)) for key in FLAGS},  # type: ignore[arg-type]
            **{  # type: ignore[arg-type]
                key: self.literal(f"{where}.{key}", key, table[key], "")
                for key in ("others", "invalid", "fold")
                if key in table
            },
            values=self.pairs(f"{where}.values", table.get("values")),
            value=table.get("value"),
            default=table.get("default"),
            join=tuple(self.part(*item) for item in self.items(f"{where}.join", table.get("join"))),
            id=tuple(self.part(*item) for item in self.items(f"{where}.id", table.get("id"))),
            when=tuple(
                self.condition(*item) for item in self.items(f"{where}.when", table.get("when"))
            ),
        )
        self.check_field(where, entity, found)
        return found

    def check_field(self, where: str, entity: str, mapping: FieldMapping) -> None:
        try:
            declared = schema_field(entity=entity, mapping=mapping)
        except KeyError:
            self.problem(where, "field", name=entity)
            return
        sources = [
            bool(mapping.column),
            bool(mapping.join),
            bool(mapping.id),
            mapping.value is not None,
        ]
        if sum(sources) != 1:
            self.problem(where, "one_source")
        if declared.type == "ref":
            self.check_ref(where, mapping)
        elif mapping.ref or mapping.id:
            self.problem(where, "ref")
        custom = CUSTOM.match(mapping.field) is not None
        allowed = ALL_PARSERS if custom else PARSERS_OF[declared.type]
        if mapping.parser and mapping.parser not in allowed:
            self.problem(where, "parser", value=mapping.parser, type=declared.type)
        if mapping.times and declared.type not in {"money", "decimal"}:
            self.problem(where, "times")
        if mapping.join and declared.type != "text":
            self.problem(where, "join")
        if mapping.fold == "sum" and declared.type not in {"money", "decimal", "int"}:
            self.problem(where, "sum")
        if mapping.fold == "count" and declared.type not in {"int", "decimal"} and not custom:
            self.problem(where, "count")
        if declared.type == "choice":
            final = [*dict(mapping.values).values(), mapping.value, mapping.default]
            for value in final:
                if value not in {None, "", *declared.choices}:
                    self.problem(where, "choice", value=value, choices=", ".join(declared.choices))

    def check_ref(self, where: str, mapping: FieldMapping) -> None:
        if not mapping.ref:
            self.problem(where, "ref_missing")
        elif mapping.ref.startswith("@"):
            if mapping.ref[1:] not in REF_KEYS or not mapping.column:
                self.problem(where, "ref_key", choices="@" + ", @".join(REF_KEYS))
        elif not mapping.id:
            self.problem(where, "ref_id")

    def entity(self, where: str, raw: JSON) -> EntityMapping:
        known = frozenset(declared.name for declared in fields(EntityMapping))
        table = self.table(where, raw, known)
        name = self.text(f"{where}.entity", table.get("entity"), needed=True)
        if name not in ENTITIES:
            self.problem(f"{where}.entity", "entity", value=name)
            return EntityMapping(name, name, (), ())
        parts = tuple(self.part(*item) for item in self.items(f"{where}.id", table.get("id")))
        if not any(part.column and not part.is_ordinal for part in parts):
            self.problem(f"{where}.id", "identifier")
        mappings = tuple(self.fields(f"{where}.fields", name, table.get("fields")))
        self.check_required(where, name, mappings)
        if any(one.fold == "count" for one in mappings) and table.get("grouped") is not True:
            self.problem(where, "count_grouped")
        updated = table.get("updated_at")
        return EntityMapping(
            entity=name,
            object=self.text(f"{where}.object", table.get("object")) or name,
            id=parts,
            fields=mappings,
            keys=tuple(self.key(*item) for item in self.items(f"{where}.keys", table.get("keys"))),
            when=tuple(
                self.condition(*item) for item in self.items(f"{where}.when", table.get("when"))
            ),
            grouped=self.flag(f"{where}.grouped", table.get("grouped")),
            updated_at=None if updated is None else self.updated_at(f"{where}.updated_at", updated),
        )

    def updated_at(self, where: str, raw: JSON) -> FieldMapping:
        table: dict[str, JSON]
        names = frozenset({"column", "parser", "optional", "invalid"})
        table = {"column": raw} if isinstance(raw, str) else self.table(where, raw, names)
        parser = self.text(f"{where}.parser", table.get("parser"))
        if parser not in {"", *PARSERS_OF["datetime"]}:
            self.problem(where, "parser", value=parser, type="datetime")
        return FieldMapping(
            field="updated_at",
            column=self.text(f"{where}.column", table.get("column"), needed=True),
            parser=parser,
            optional=self.flag(f"{where}.optional", table.get("optional")),
            invalid=self.literal(where, "invalid", table.get("invalid"), "reject"),  # type: ignore[arg-type]
        )

    def fields(self, where: str, entity: str, raw: JSON) -> Iterator[FieldMapping]:
        if not isinstance(raw, dict):
            self.problem(where, "fields")
            return
        for name, source in raw.items():
            alternatives = source if isinstance(source, list) else [source]
            for alternative in alternatives:
                yield self.field(f"{where}.{name}", entity, name, alternative)

    def key(self, where: str, raw: JSON) -> KeyMapping:
        table = self.table(where, raw, frozenset({"kind", "column", "parser"}))
        return KeyMapping(
            kind=self.text(f"{where}.kind", table.get("kind"), needed=True),
            column=self.text(f"{where}.column", table.get("column"), needed=True),
            parser=self.text(f"{where}.parser", table.get("parser")) or "id",
        )

    def check_required(self, where: str, entity: str, mappings: tuple[FieldMapping, ...]) -> None:
        mapped = {mapping.field for mapping in mappings}
        for declared in ENTITIES[entity].fields:
            if declared.required and declared.name not in mapped:
                self.problem(where, "needs", field_name=declared.name)

    def file(self, raw: JSON) -> FileMapping:
        known = frozenset(declared.name for declared in fields(FileMapping))
        table = self.table("file", raw, known)
        timezone = self.text("timezone", table.get("timezone"))
        if timezone:
            try:
                ZoneInfo(timezone)
            except (KeyError, ValueError, OSError):
                self.problem("timezone", "time_zone", value=timezone)
        currency = self.text("currency", table.get("currency")) or "EUR"
        if parse_currency(currency) != currency:
            self.problem("currency", "currency", value=currency)
        mapping = FileMapping(
            entities=tuple(
                self.entity(*item) for item in self.items("entities", table.get("entities"))
            ),
            dates=self.literal("dates", "dates", table.get("dates"), "auto"),  # type: ignore[arg-type]
            decimal=self.literal("decimal", "decimal", table.get("decimal"), "auto"),  # type: ignore[arg-type]
            timezone=timezone,
            currency=currency,
            ignore=self.text("ignore", table.get("ignore")),
        )
        if bool(mapping.entities) == bool(mapping.ignore):
            self.problem("file", "entities")
        return mapping


def from_json(raw: JSON) -> FileMapping:
    """The mapping that `to_json` wrote, or a person or a preset did.

    Raises `MappingInvalid` naming every problem.
    """
    reader = _Reader()
    mapping = reader.file(raw)
    if reader.problems:
        raise MappingInvalid(*reader.problems)
    return mapping


def to_json(mapping: FileMapping) -> dict[str, JSON]:
    """The mapping as JSON, leaving out what has its default; `from_json` reads it back equal."""
    plain = _plain(mapping, skip=("entities",))
    entities: list[JSON] = []
    for entity in mapping.entities:
        out = _plain(entity, skip=("fields", "id", "keys", "when", "updated_at"))
        out["id"] = [_part(part) for part in entity.id]
        out["fields"] = _fields(entity.fields)
        if entity.keys:
            out["keys"] = [dict(_plain(key)) for key in entity.keys]
        if entity.when:
            out["when"] = _conditions(entity.when)
        if entity.updated_at is not None:
            out["updated_at"] = _field(entity.updated_at)
        entities.append(out)
    if entities:
        plain["entities"] = entities
    return plain


def _fields(mappings: tuple[FieldMapping, ...]) -> dict[str, JSON]:
    grouped: dict[str, list[JSON]] = {}
    for mapping in mappings:
        grouped.setdefault(mapping.field, []).append(_field(mapping))
    return {name: found[0] if len(found) == 1 else found for name, found in grouped.items()}


def _field(mapping: FieldMapping) -> JSON:
    out = _plain(mapping, skip=("field", "values", "join", "id", "when"))
    if mapping.values:
        out["values"] = dict(mapping.values)
    if mapping.join:
        out["join"] = [_part(part) for part in mapping.join]
    if mapping.id:
        out["id"] = [_part(part) for part in mapping.id]
    if mapping.when:
        out["when"] = _conditions(mapping.when)
    return mapping.column if list(out) == ["column"] else out


def _part(part: Part) -> JSON:
    if part.column and part.parser == "id" and not part.values:
        return part.column
    out = _plain(part, skip=("values",))
    if part.values:
        out["values"] = dict(part.values)
    return out


def _conditions(conditions: tuple[Condition, ...]) -> JSON:
    return [
        {
            "column": condition.column,
            condition.test: True
            if condition.test in {"filled", "empty"}
            else list(condition.values),
        }
        for condition in conditions
    ]


def _plain(value: object, skip: tuple[str, ...] = ()) -> dict[str, JSON]:
    out: dict[str, JSON] = {}
    for declared in fields(value):  # type: ignore[arg-type]  # always one of the dataclasses above
        if declared.name not in skip:
            found = getattr(value, declared.name)
            if found != declared.default:
                out[declared.name] = found
    return out
