r"""Presets: what the files of a known tool mean, one TOML file per tool in the folder `presets`.

The format, completely. (`mapping.FileMapping` is one entry of `[[files]]`, and `mapping.to_json`
writes the same names: what is said of fields here holds for a mapping stored as JSON too.)

    tool = "acme_crm"                     # code of the tool, = the file's name
    kind = "crm"                          # kind of tool (hub/schema.py SOURCE_KINDS): whom to believe
    label = { fr = "Acme CRM", en = "Acme CRM" }

    [[files]]                             # one per shape of file; of several that fit, one with
                                          # names or looks wins, then the longest signature
    name = "companies"                    # code of the shape, unique in the preset
    columns = ["id", "name", "siren"]     # signature: the file has all of these columns. Case,
                                          # accents, spaces, dashes and underscores do not count
    names = ["*compan*"]                  # optional: the file's name must match one of these
    looks = { col_3 = '\d{8}' }       # optional: first values of a column match it entirely.
                                          # A file without header has columns col_1, col_2…
    dates = "dmy"                         # dmy | mdy | ymd | auto (decided from each column)
    decimal = ","                         # "," | "." | auto (decided from each column)
    timezone = "Europe/London"            # of local times; left out: the company's
    currency = "EUR"                      # of amounts without a currency column
    ignore = { fr = "…", en = "…" }       # instead of entities: nothing is imported, and why

    [[files.entities]]                    # one file may feed several entities
    entity = "customer"                   # canonical entity (hub/schema.py)
    object = "company"                    # the tool's word; default: the entity's name. Identifiers
                                          # are unique inside (tool, object); refs name it
    id = ["id"]                           # pieces of the identifier, joined by ":". A piece is a
                                          #   column name,
                                          #   { column = "Cust", parser = "whole" } ("17850.0" → 17850),
                                          #   { column = "product", values = { GTXPro = "GTX Pro" } },
                                          #   { text = "B2B" }, or "#": the how-manieth row of the file
                                          #   with the same pieces before it (1, 2…)
    grouped = true                        # all rows with the same id make ONE record (invoices
                                          # given as lines, customers met in a list of purchases);
                                          # without it the same id twice means the last row wins
    when = [{ column = "type", in = ["A"] }]   # rows that feed this entity; all must hold. Tests:
                                          #   filled = true, empty = true, in = […], not_in = […],
                                          #   starts = […], not_starts = […] (case as written)
    updated_at = { column = "modified" }  # the source's own time of change (parser datetime;
                                          # give parser = "epoch" for Unix seconds)
    keys = [{ kind = "old_crm", column = "legacy_id" }]   # further exact identity keys

    [files.entities.fields]               # canonical field (or "custom.<code>") = where from
    name = "Company name"                 # a column, read with the parser of the field's type
    phone = { column = "Tel", parser = "phone" }
    email = { column = "Mail", parser = "email", optional = true }   # column may be missing
    name = { join = ["first", "last"], separator = " " }             # several pieces as one text
    stage = { column = "Statut", values = { "Gagné" = "customer" }, others = "reject" }
    kind = { value = "company" }          # a constant
    owner = { column = "Owner", default = "Agence" }                 # when the cell is empty
    won_on = { column = "closed", when = [{ column = "st", in = ["Won"] }] }
    status = [                            # several sources: the first that gives something
      { value = "won", when = [{ column = "st", in = ["Won"] }] },
      { value = "open" },
    ]
    customer = { ref = "company", id = ["company_id"] }  # points at (this tool, object, id)
    customer = { ref = "@siren", column = "Siren" }      # or at an exact key: @siren, @email,
                                                         # @domain, @name
    net_minor = { column = "Price", times = "Qty", fold = "sum" }
    "custom.vintage" = { column = "Year", parser = "int" }

Names of a field's table:
- `parser`: text, id (text without outer spaces), whole (an identifier a spreadsheet made a number),
  int, money (major units, exact, → minor units), minor (already minor units), decimal, percent
  ("12,5 %" or 12.5 → 0.125; for a `decimal` field it stays 12.5), share (0.125), date, datetime,
  epoch and epoch_date (Unix seconds), bool, choice, email, phone, siren, siret, vat, iban, country,
  currency, domain, json. Default: the first that suits the field's type (`mapping.PARSERS_OF`).
- `values`: from the cell's text to what is parsed; compared exactly, then without case and accents.
  For a `choice`, `bool` or text field the mapped value is final. "" means an empty cell.
- `others`: cells not in `values`: keep (parse them as they are, default), reject (the row, with its
  reason), empty (as an empty cell).
- `default`: the value of an empty cell, already canonical ("2025-12-31", 1200, "won").
- `value`: a constant, already canonical.
- `times`: multiply by another column, in exact decimals; the result is rounded half-even to the
  currency's minor unit once, after the sum.
- `round = true`: accept more decimals than the currency has (half-even). Otherwise they are refused.
- `fold`, in a grouped entity: first (default, first filled cell), last, sum, min, max, count.
- `erase = true`: an empty cell erases the field (explicit null). Otherwise it says nothing.
- `invalid = "drop"`: a cell that cannot be read leaves the field absent, and is counted in the report,
  instead of refusing the row (for what is good to have: phone, site, SIREN of a messy CRM).
- `optional = true`: the column may be missing from the file.
The currency: map the field `currency` from a column, or leave it to the file's `currency`.

What happens to rows: an empty piece of `id` rejects the row (use `when = [{…, filled = true}]` when
that is normal); a ref with an empty piece is absent. Empty cells never erase. A field whose schema
says `required` and that a row does not give rejects the row. If a row of a group with sums is
rejected, the whole group is (its total would be wrong), and all of its lines can be downloaded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import ClassVar, cast

from palier.hub.imports.decode.tables import Table, same_column
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.messages import _
from palier.hub.records import JSON
from palier.hub.schema import SOURCE_KINDS
from palier.kernel.refusals import Refusal

LOOKED_AT = 20
"""First rows whose cells must all look as `looks` says (empty cells do not count)."""
PRESET_KEYS = frozenset({"tool", "kind", "label", "files"})
SHAPE_KEYS = frozenset({"name", "columns", "names", "looks"})


class PresetInvalid(Refusal):
    """A preset file says something that cannot be."""

    code: ClassVar[str] = "import.preset_invalid"
    message: ClassVar[str] = _("The preset “%(tool)s” cannot be used: %(problem)s")


class PresetUnknown(Refusal):
    """No preset of that name."""

    code: ClassVar[str] = "import.preset_unknown"
    message: ClassVar[str] = _("There is no preset named “%(tool)s”.")


@dataclass(frozen=True, slots=True)
class FileShape:
    """One shape of file of a tool: how to recognise it and what it means.

    `ignore` gives the reason for importing nothing, by language; the mapping's own is the English one.
    """

    name: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    looks: tuple[tuple[str, str], ...]
    mapping: FileMapping
    ignore: tuple[tuple[str, str], ...] = ()

    @property
    def precision(self) -> tuple[bool, int]:
        """How much it asks of a table: a name or looks first, then the number of columns."""
        return bool(self.names or self.looks), len(self.columns)

    def recognises(self, table: Table) -> bool:
        """Whether the table has the columns, the name and the looks of this shape."""
        known = {same_column(name) for name in table.columns}
        if not all(same_column(name) in known for name in self.columns):
            return False
        base = PurePosixPath(table.name.replace("\\", "/")).name.casefold()
        whole = table.name.casefold()
        if self.names and not any(
            fnmatchcase(base, name.casefold()) or fnmatchcase(whole, name.casefold())
            for name in self.names
        ):
            return False
        return all(_looks(table, column, pattern) for column, pattern in self.looks)


@dataclass(frozen=True, slots=True)
class Preset:
    """What is known of one tool's files."""

    tool: str
    label_fr: str
    label_en: str
    files: tuple[FileShape, ...]
    kind: str = "other"

    def recognise(self, *, table: Table) -> FileShape | None:
        """The shape that says most about the table (`FileShape.precision`); the first on a tie."""
        found = [shape for shape in self.files if shape.recognises(table)]
        return max(found, key=lambda shape: shape.precision, default=None)


def _looks(table: Table, column: str, pattern: str) -> bool:
    at = next(
        (at for at, name in enumerate(table.columns) if same_column(name) == same_column(column)),
        None,
    )
    if at is None:
        return False
    cells = [row[at] for row in table.sample(count=LOOKED_AT)]
    return all(re.fullmatch(pattern, cell.strip()) for cell in cells if cell)


def recognise(
    *, table: Table, presets: Sequence[Preset] | None = None
) -> tuple[Preset, FileShape] | None:
    """The tool and the shape of a table that nobody named; the most precise one."""
    found = [
        (preset, shape)
        for preset in (list_presets() if presets is None else presets)
        if (shape := preset.recognise(table=table)) is not None
    ]
    return max(found, key=lambda pair: pair[1].precision, default=None)


@cache
def list_presets() -> tuple[Preset, ...]:
    """The presets that come with the product, by tool. Raises `PresetInvalid`."""
    folder = resources.files("palier.hub.imports") / "presets"
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name
    )
    return tuple(load_preset(file=file) for file in files)


def get_preset(*, tool: str) -> Preset:
    """The preset of a tool. Raises `PresetUnknown`."""
    for preset in list_presets():
        if preset.tool == tool:
            return preset
    raise PresetUnknown(tool=tool)


def load_preset(*, file: Traversable) -> Preset:
    """The preset of one TOML file. Raises `PresetInvalid` with every problem of its first bad shape."""
    tool = file.name.removesuffix(".toml")
    try:
        raw = cast("dict[str, JSON]", tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise PresetInvalid(tool=tool, problem=str(error)) from error
    unknown = raw.keys() - PRESET_KEYS
    if unknown or raw.get("tool") != tool:
        problem = f"unknown names {sorted(unknown)}" if unknown else "tool is not the file's name"
        raise PresetInvalid(tool=tool, problem=problem)
    label = raw.get("label")
    files = raw.get("files")
    if not isinstance(label, dict) or not isinstance(files, list) or not files:
        raise PresetInvalid(tool=tool, problem="label and files are expected")
    shapes = tuple(_shape(tool, one) for one in files)
    if len({shape.name for shape in shapes}) < len(shapes):
        raise PresetInvalid(tool=tool, problem="two shapes have the same name")
    kind = str(raw.get("kind", "other"))
    if kind not in SOURCE_KINDS:
        raise PresetInvalid(tool=tool, problem=f"kind is one of {', '.join(SOURCE_KINDS)}")
    return Preset(tool, str(label.get("fr", tool)), str(label.get("en", tool)), shapes, kind)


def _shape(tool: str, raw: JSON) -> FileShape:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise PresetInvalid(tool=tool, problem="each shape of file has a name")
    name = str(raw["name"])
    ignore = raw.get("ignore")
    reasons = (
        {str(key): str(value) for key, value in ignore.items()} if isinstance(ignore, dict) else {}
    )
    rest: dict[str, JSON] = {key: value for key, value in raw.items() if key not in SHAPE_KEYS}
    if reasons:
        rest["ignore"] = reasons.get("en") or next(iter(reasons.values()))
    columns, names, looks = raw.get("columns"), raw.get("names", []), raw.get("looks", {})
    if (
        not isinstance(columns, list)
        or not columns
        or not isinstance(names, list)
        or not isinstance(looks, dict)
    ):
        raise PresetInvalid(
            tool=tool, problem=f"{name}: columns, names or looks is not what it should be"
        )
    try:
        mapping = from_json(rest)
    except MappingInvalid as error:
        raise PresetInvalid(tool=tool, problem=f"{name}: {error.problems}") from error
    return FileShape(
        name,
        tuple(map(str, columns)),
        tuple(map(str, names)),
        tuple((key, str(value)) for key, value in looks.items()),
        mapping,
        tuple(reasons.items()),
    )
