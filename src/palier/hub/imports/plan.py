"""What an import would do: for each table of each file, whose tool it is and how it is read.

In order of preference: the mapping given, the one remembered for this tool and shape, a preset,
and only then a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

from palier.accounts.queries import CompanyInfo
from palier.hub.imports.correction import draft_of, problems_of
from palier.hub.imports.decode import FileRefused, Table, decode
from palier.hub.imports.decode.refusals import NoSpace
from palier.hub.imports.decode.tables import ORIGIN_COLUMNS
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.messages import Notice, Notices, _
from palier.hub.imports.presets import FileShape, Preset, get_preset, list_presets, recognise
from palier.hub.imports.propose import Proposal, propose
from palier.hub.models import ImportMapping
from palier.hub.records import Tool
from palier.kernel.refusals import Refusal

Basis = Literal["given", "remembered", "preset", "guess"]
UNNAMED_TOOL = "fichiers"
"""The tool under which files of nobody in particular are kept."""
DEFAULT_CURRENCY = "EUR"
LEFT_ALONE = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
REJECTS_SUFFIX = ".rejets.csv"


class NothingToImport(Refusal):
    code = "import.nothing"
    message = _("There is no file to import in “%(path)s”.")


class PathMissing(Refusal):
    code = "import.path-missing"
    message = _("“%(path)s” does not exist.")


@dataclass(frozen=True, slots=True)
class Planned:
    """One table and how it would be read, or what keeps it out: `why_not`."""

    path: str
    name: str
    tool: Tool
    table: Table | None
    mapping: FileMapping | None
    basis: Basis
    ignore: Notice | None = None
    proposal: Proposal | None = None
    refusal: Refusal | None = None

    @property
    def ready(self) -> bool:
        """Whether the table can be imported as it is."""
        return self.table is not None and self.mapping is not None and self.ignore is None

    @property
    def why_not(self) -> Notice | None:
        """What keeps the table out: a decision, a refusal, or what is still to settle."""
        if self.ready:
            return None
        if self.ignore is not None:
            return self.ignore
        if self.refusal is not None:
            return Notice.of(self.refusal)
        found = problems_of(draft_of(mapping=self.mapping, proposal=self.proposal))
        return (
            found[0] if len(found) == 1 else Notice("import.problems", {"problems": Notices(found)})
        )


@dataclass(slots=True)
class Plan:
    """Every table of an import. A context manager: leaving it removes what archives unpacked."""

    tables: list[Planned] = field(default_factory=list)
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def signature(table: Table) -> str:
    """A digest of a table's columns: files of one shape share it."""
    names = "\x1f".join(sorted(name for name in table.columns if name not in ORIGIN_COLUMNS))
    return hashlib.blake2b(names.encode(), digest_size=12).hexdigest()


def list_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files among `paths`, folders opened; hidden files and reports of earlier imports are left out.

    Raises: `PathMissing`.
    """
    for path in paths:
        if not path.exists():
            raise PathMissing(path=str(path))
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            hidden = one.name.startswith(".") or one.name.casefold() in LEFT_ALONE
            if (
                one.is_file()
                and not hidden
                and not (path.is_dir() and one.name.endswith(REJECTS_SUFFIX))
            ):
                yield one


def make_plan(
    *,
    company: CompanyInfo,
    files: Sequence[tuple[Path, str]],
    tool: str = "",
    mapping: FileMapping | None = None,
    language: str = "fr",
) -> Plan:
    """Look at each file (path, name people know it by) and settle how it is read.

    A file that cannot be read does not stop the others: its refusal stands in its place.
    Raises: `NothingToImport`, `NoSpace`.
    """
    if not files:
        raise NothingToImport(path="—")
    plan = Plan()
    remembered = {
        (row.tool, row.signature): row.mapping
        for row in ImportMapping.objects.filter(company_id=company.id)
    }
    for path, name in files:
        try:
            decoded = plan._opened.enter_context(decode(path=path, name=name))
        except NoSpace:  # the next file would not fit either
            plan._opened.close()
            raise
        except FileRefused as refusal:
            plan.tables.append(_unreadable(path, name, tool, refusal))
            continue
        for member, refused in decoded.refused:
            plan.tables.append(_unreadable(path, member, tool, refused))
        for table in decoded.tables:
            try:
                planned = _planned(
                    company,
                    str(path),
                    table,
                    tool=tool,
                    given=mapping,
                    remembered=remembered,
                    language=language,
                )
            except FileRefused as refusal:  # damaged below its first bytes
                planned = _unreadable(path, table.name, tool, refusal)
            plan.tables.append(planned)
    return plan


def _unreadable(path: Path, name: str, tool: str, refusal: Refusal) -> Planned:
    speaker = Tool(tool or UNNAMED_TOOL)
    return Planned(str(path), name, speaker, None, None, "guess", refusal=refusal)


def _planned(
    company: CompanyInfo,
    path: str,
    table: Table,
    *,
    tool: str,
    given: FileMapping | None,
    remembered: dict[tuple[str, str], dict[str, object]],
    language: str,
) -> Planned:
    preset, shape = _recognised(table, tool)
    speaker = _tool(preset, tool, language)
    kept = remembered.get((speaker.name, signature(table)))
    if given is not None:
        mapping = _in_currency(given, company)
        return Planned(path, table.name, speaker, table, mapping, "given", _ignored(given))
    if kept is not None:
        try:
            known = from_json(kept)  # type: ignore[arg-type]
            return Planned(path, table.name, speaker, table, known, "remembered", _ignored(known))
        except MappingInvalid:
            pass  # remembered by an earlier version with other fields: look again
    if shape is not None:
        ignore = _ignored(shape.mapping, dict(shape.ignore))
        mapping = _in_currency(shape.mapping, company)
        return Planned(path, table.name, speaker, table, mapping, "preset", ignore)
    proposal = propose(table=table)
    guessed = None
    if not problems_of(proposal.draft):
        guessed = _in_currency(from_json(proposal.draft), company)
    return Planned(path, table.name, speaker, table, guessed, "guess", proposal=proposal)


def _ignored(mapping: FileMapping, reasons: Mapping[str, str] | None = None) -> Notice | None:
    """The reason that a mapping gives for importing nothing, in every language it has."""
    if not mapping.ignore:
        return None
    return Notice("import.ignored", {**(reasons or {}), "reason": mapping.ignore})


def _recognised(table: Table, tool: str) -> tuple[Preset | None, FileShape | None]:
    """The preset that knows this table: the named tool's own first, then any other's shape."""
    if tool and any(preset.tool == tool for preset in list_presets()):
        preset = get_preset(tool=tool)
        return preset, preset.recognise(table=table)
    found = recognise(table=table)
    return found if found is not None else (None, None)


def _tool(preset: Preset | None, tool: str, language: str) -> Tool:
    if preset is None:
        return Tool(tool or UNNAMED_TOOL, tool or UNNAMED_TOOL)
    label = preset.label_fr if language == "fr" else preset.label_en
    return Tool(tool or preset.tool, label, preset.kind)


def _in_currency(mapping: FileMapping, company: CompanyInfo) -> FileMapping:
    """Amounts of files that name no currency are in the company's."""
    if mapping.currency == DEFAULT_CURRENCY and company.currency != DEFAULT_CURRENCY:
        return replace(mapping, currency=company.currency)
    return mapping


def notices_of(planned: Planned) -> tuple[Notice, ...]:
    """What was noticed while the table was opened."""
    return planned.table.notices if planned.table is not None else ()
