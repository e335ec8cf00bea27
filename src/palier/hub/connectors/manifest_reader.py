"""Reads a manifest key by key; `manifest_toml` documents the format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from palier.hub.connectors.manifest import (
    Auth,
    Child,
    Deletion,
    Incremental,
    Listing,
    Lookup,
    Manifest,
    Paging,
    Rate,
    Request,
    Setting,
    Stream,
    WriteBack,
)
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.messages import Notice, Notices, _
from palier.hub.schema import ENTITIES, SOURCE_KINDS
from palier.kernel.refusals import Refusal

STYLES = ("single", "cursor", "offset", "page", "link", "keyset")
FORMATS = ("iso", "epoch", "epoch_ms", "date", "sql")
POLICIES = ("keep", "listing", "window", "trash")
AUTHS = ("none", "bearer", "header", "basic", "oauth2_client", "oauth2_refresh")
METHODS = ("GET", "POST", "PATCH", "PUT")
CALL = frozenset({"path", "method", "params", "headers", "body"})
LIST = CALL | {"items", "id", "paging"}
MEANS = frozenset({"entities", "currency", "timezone"})

MESSAGES: dict[str, str] = {
    "manifest.missing": _("%(where)s is missing."),
    "manifest.unknown": _("%(where)s: there is no such key."),
    "manifest.kind": _("%(where)s: %(expected)s is expected."),
    "manifest.choice": _("%(where)s: one of %(choices)s is expected."),
    "manifest.syntax": _("This is not valid TOML: %(problem)s"),
    "manifest.nothing": _("%(where)s: an item feeds nothing; say which entity it tells of."),
    "manifest.address": _(
        "%(where)s: an address that begins with https:// and names its host is expected."
    ),
}
"""What is wrong with a manifest, and where: the key, and its line."""


class ManifestInvalid(Refusal):
    code: ClassVar[str] = "connector.manifest-invalid"
    message: ClassVar[str] = _("This manifest cannot be used: %(problems)s")

    def __init__(self, *problems: Notice) -> None:
        self.problems = Notices(problems)
        super().__init__(problems=self.problems)


class ManifestReader:
    """Reads one manifest, collecting every problem with its place instead of stopping at the first."""

    def __init__(self, text: str) -> None:
        self.problems: list[Notice] = []
        self.lines = text.splitlines()

    def problem(self, where: str, what: str, **params: object) -> None:
        self.problems.append(Notice(f"manifest.{what}", {"where": self.place(where), **params}))

    def place(self, where: str) -> str:
        """The key, with its line in the file where it can be found."""
        at = 0
        for table, number in re.findall(r"(\w+)\[(\d+)\]", where):
            heads = [
                n
                for n, line in enumerate(self.lines)
                if re.match(rf"\[\[(\w+\.)*{table}\]\]", line) and n >= at
            ]
            at = heads[min(int(number), len(heads)) - 1] if heads else at
        key = re.escape(where.rpartition(".")[2])
        for number, line in enumerate(self.lines[at:], at + 1):
            if re.match(rf'\s*"?{key}"?\s*=|\[.*\b{key}\]', line) or re.search(
                rf"[{{,]\s*{key}\s*=", line
            ):
                return f"{where} (l. {number})"
        return f"{where} (l. {at + 1})" if at else where

    def table(self, where: str, raw: Any, known: frozenset[str]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.problem(where, "kind", expected="table")
            return {}
        for name in raw.keys() - known:
            self.problem(f"{where}.{name}" if where else name, "unknown")
        return raw

    def text(
        self, where: str, table: Mapping[str, Any], name: str, default: str | None = None
    ) -> str:
        found = table.get(name, default)
        if found is None:
            self.problem(f"{where}.{name}" if where else name, "missing")
        elif not isinstance(found, str):
            self.problem(f"{where}.{name}" if where else name, "kind", expected="text")
        else:
            return found
        return ""

    def number(self, where: str, table: Mapping[str, Any], name: str, default: float) -> float:
        found = table.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
            self.problem(f"{where}.{name}", "kind", expected="number")
            return default
        return found

    def choice(
        self, where: str, table: Mapping[str, Any], name: str, choices: tuple[str, ...]
    ) -> Any:
        found = table.get(name, choices[0])
        if found not in choices:
            self.problem(f"{where}.{name}" if where else name, "choice", choices=", ".join(choices))
            return choices[0]
        return found

    def texts(
        self, where: str, table: Mapping[str, Any], name: str, default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        found = table.get(name, list(default))
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.problem(f"{where}.{name}", "kind", expected="list")
            return default
        return tuple(found)

    def pairs(self, where: str, table: Mapping[str, Any], name: str) -> dict[str, Any]:
        found = table.get(name, {})
        if not isinstance(found, dict):
            self.problem(f"{where}.{name}", "kind", expected="table")
            return {}
        return found

    def each(self, where: str, table: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
        found = table.get(name, [])
        path = f"{where}.{name}" if where else name
        if not isinstance(found, list):
            self.problem(path, "kind", expected="list")
            return []
        return [(f"{path}[{number}]", one) for number, one in enumerate(found, 1)]

    def request(self, where: str, raw: Any, more: frozenset[str] = frozenset()) -> Request:
        table = self.table(where, raw, CALL | more)
        return Request(
            path=self.text(where, table, "path"),
            method=self.choice(where, table, "method", METHODS),
            params=self.pairs(where, table, "params"),
            headers=self.pairs(where, table, "headers"),
            body=table.get("body"),
        )

    def optional_request(self, where: str, table: Mapping[str, Any], name: str) -> Request | None:
        return self.request(f"{where}.{name}", table[name]) if name in table else None

    def paging(self, where: str, raw: Any) -> Paging:
        names = frozenset({"style", "limit", "next", "more", "total", "first_page", "key", "first"})
        table = self.table(where, raw, names)
        style = self.choice(where, table, "style", STYLES)
        if style == "cursor" and not table.get("next"):
            self.problem(f"{where}.next", "missing")
        return Paging(
            style=style,
            limit=int(self.number(where, table, "limit", 100)),
            next=self.text(where, table, "next", ""),
            more=self.text(where, table, "more", ""),
            total=self.text(where, table, "total", ""),
            first_page=int(self.number(where, table, "first_page", 1)),
            key=self.text(where, table, "key", ""),
            first=self.text(where, table, "first", ""),
        )

    def listing(self, where: str, raw: Any, more: frozenset[str] = frozenset()) -> Listing:
        table = self.table(where, raw, LIST | more)
        return Listing(
            request=self.request(where, {k: v for k, v in table.items() if k in CALL}),
            items=self.text(where, table, "items", ""),
            paging=self.paging(f"{where}.paging", table.get("paging", {})),
            id=self.texts(where, table, "id", ("id",)),
        )

    def incremental(self, where: str, raw: Any) -> Incremental:
        names = frozenset(Incremental.__dataclass_fields__)
        table = self.table(where, raw, names)
        only = self.pairs(where, table, "only")
        found = Incremental(
            field=self.text(where, table, "field", ""),
            format=self.choice(where, table, "format", FORMATS),
            overlap_s=int(self.number(where, table, "overlap_s", 600)),
            window_days=int(self.number(where, table, "window_days", 0)),
            backfill_days=int(self.number(where, table, "backfill_days", 730)),
            changes=self.listing(f"{where}.changes", table["changes"])
            if "changes" in table
            else None,
            keep_days=int(self.number(where, table, "keep_days", 0)),
            operation=self.text(where, table, "operation", ""),
            deleted=self.texts(where, table, "deleted"),
            only=next(((str(k), str(v)) for k, v in only.items()), ("", "")),
            item=self.optional_request(where, table, "item"),
            item_at=self.text(where, table, "item_at", ""),
        )
        if found.changes is not None and found.item is None:
            self.problem(f"{where}.item", "missing")
        if not found.field and not found.window_days:
            self.problem(f"{where}.field", "missing")
        return found

    def deletion(self, where: str, raw: Any) -> Deletion:
        table = self.table(where, raw, frozenset(Deletion.__dataclass_fields__))
        found = Deletion(
            policy=self.choice(where, table, "policy", POLICIES),
            field=self.text(where, table, "field", ""),
            values=self.texts(where, table, "values", ("true",)),
            trash=self.listing(f"{where}.trash", table["trash"]) if "trash" in table else None,
        )
        if found.policy == "trash" and found.trash is None:
            self.problem(f"{where}.trash", "missing")
        return found

    def lookup(self, where: str, raw: Any) -> Lookup:
        table = self.table(where, raw, CALL | {"name", "items", "key", "value"})
        return Lookup(
            name=self.text(where, table, "name"),
            request=self.request(where, {k: v for k, v in table.items() if k in CALL}),
            items=self.text(where, table, "items", ""),
            key=self.text(where, table, "key"),
            value=self.text(where, table, "value"),
        )

    def mapping(self, where: str, table: Mapping[str, Any]) -> FileMapping | None:
        if "entities" not in table:
            return None
        said = {k: v for k, v in table.items() if k in MEANS}
        try:
            return from_json({**said, "dates": "ymd", "decimal": "."})
        except MappingInvalid as error:
            for one in error.problems:
                inner = {**one.params, "where": self.place(f"{where}.{one.params['where']}")}
                self.problems.append(Notice(one.code, inner))
            return None

    def write_back(self, where: str, raw: Any) -> WriteBack:
        table = self.table(where, raw, frozenset(WriteBack.__dataclass_fields__))
        entity = self.choice(where, table, "entity", tuple(ENTITIES))
        fields = self.pairs(where, table, "fields")
        known = {one.name for one in ENTITIES[entity].fields}
        for name in fields.keys() - known:
            self.problem(f"{where}.fields.{name}", "choice", choices=", ".join(sorted(known)))
        if not fields:
            self.problem(f"{where}.fields", "missing")
        return WriteBack(
            entity=entity,
            update=self.request(f"{where}.update", table.get("update", {})),
            fields=fields,
            create=self.optional_request(where, table, "create"),
            created_id=self.text(where, table, "created_id", "id"),
            read=self.optional_request(where, table, "read"),
            read_at=self.text(where, table, "read_at", ""),
        )

    def stream(self, where: str, raw: Any) -> Stream:
        own = {
            "name",
            "incremental",
            "deletion",
            "lookups",
            "children",
            "count",
            "count_at",
            "flags",
            "scaled",
            "write_back",
        }
        table = self.table(where, raw, LIST | MEANS | own)
        children = []
        for place, child in self.each(where, table, "children"):
            inside = self.table(place, child, MEANS | {"each"})
            mapping = self.mapping(place, inside)
            if mapping is not None:
                children.append(Child(self.text(place, inside, "each"), mapping))
        mapping = self.mapping(where, table)
        if mapping is None and not children:
            self.problem(f"{where}.entities", "nothing")
        return Stream(
            name=self.text(where, table, "name"),
            listing=self.listing(where, {k: v for k, v in table.items() if k in LIST}),
            mapping=mapping,
            children=tuple(children),
            incremental=self.incremental(f"{where}.incremental", table["incremental"])
            if "incremental" in table
            else None,
            deletion=self.deletion(f"{where}.deletion", table.get("deletion", {})),
            lookups=tuple(self.lookup(*one) for one in self.each(where, table, "lookups")),
            count=self.optional_request(where, table, "count"),
            count_at=self.text(where, table, "count_at", ""),
            flags=self.texts(where, table, "flags"),
            scaled=self.pairs(where, table, "scaled"),
            write_back=self.write_back(f"{where}.write_back", table["write_back"])
            if "write_back" in table
            else None,
        )

    def setting(self, where: str, raw: Any) -> Setting:
        table = self.table(where, raw, frozenset(Setting.__dataclass_fields__))
        return Setting(
            name=self.text(where, table, "name"),
            label=self.pairs(where, table, "label"),
            help=self.pairs(where, table, "help"),
            secret=table.get("secret") is True,
            optional=table.get("optional") is True,
            pattern=self.text(where, table, "pattern", ""),
        )

    def auth(self, raw: Any) -> Auth:
        table = self.table("auth", raw, frozenset(Auth.__dataclass_fields__))
        kind = self.choice("auth", table, "kind", AUTHS)
        if kind.startswith("oauth2") and not table.get("token_url"):
            self.problem("auth.token_url", "missing")
        return Auth(
            kind=kind,
            secret=self.text("auth", table, "secret", "token"),
            header=self.text("auth", table, "header", "Authorization"),
            user=self.text("auth", table, "user", ""),
            token_url=self.text("auth", table, "token_url", ""),
            scope=self.text("auth", table, "scope", ""),
        )

    def manifest(self, raw: dict[str, Any]) -> Manifest:
        table = self.table("", raw, frozenset(Manifest.__dataclass_fields__))
        rate = self.table("rate", table.get("rate", {}), frozenset({"requests", "per_s"}))
        base_url = self.text("", table, "base_url")
        if not re.match(r"https?://[^/]+|postgresql://[^/]+/|sqlite:///", base_url):
            self.problem("base_url", "address")
        streams = tuple(self.stream(*one) for one in self.each("", table, "streams"))
        if not streams:
            self.problem("streams", "missing")
        return Manifest(
            tool=self.text("", table, "tool"),
            kind=self.choice("", table, "kind", SOURCE_KINDS),
            label=self.pairs("", table, "label"),
            base_url=base_url.rstrip("/"),
            auth=self.auth(table.get("auth", {})),
            rate=Rate(
                int(self.number("rate", rate, "requests", 5)), self.number("rate", rate, "per_s", 1)
            ),
            check=self.request("check", table.get("check", {})),
            settings=tuple(self.setting(*one) for one in self.each("", table, "settings")),
            streams=streams,
            headers=self.pairs("", table, "headers"),
            false_is_empty=table.get("false_is_empty") is True,
            errors=self.text("", table, "errors", ""),
            throttled=self.text("", table, "throttled", ""),
            idempotency_header=self.text("", table, "idempotency_header", ""),
        )
