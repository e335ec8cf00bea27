"""What became of an import, as its page shows it: counts, refused rows with their reasons, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.hub.imports.batches import folder_of
from palier.hub.imports.plan import UNNAMED_TOOL
from palier.hub.queries import ImportInfo, ToolInfo, Totals
from palier.web import formats
from palier.web.components import Cell, Column, Row, Status, Table
from palier.wording import labels, sentences
from palier.wording.labels import NO_LABELS, OwnLabels
from palier.wording.sentences import sentence

SHOWN_REFUSED = 10
"""Refused rows shown for each table; the others are in its file [ours]."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The refused rows of one table: some of them, how many in all, and the file that holds them."""

    title: str
    count: str
    rows: Table
    file: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was noticed about one file."""

    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report in words."""

    counts: Table | None
    skipped: tuple[Said, ...]
    refused: tuple[Refused, ...]
    notices: tuple[Said, ...]
    totals: Totals
    summary: str

    @property
    def unchanged_only(self) -> bool:
        """Whether everything was known already."""
        return (
            not (self.totals.created or self.totals.updated or self.totals.rejected)
            and self.totals.unchanged > 0
        )


def status_of(info: ImportInfo) -> Status:
    """Where an import stands."""
    if info.status == "done":
        return (
            Status(_("done, with rows refused"), "warn")
            if info.totals.rejected
            else Status(_("done"), "good")
        )
    return {
        "draft": Status(_("to be settled"), "info", "pencil"),
        "waiting": Status(_("waiting"), "info", "clock"),
        "running": Status(_("in progress"), "info", "loader-circle"),
        "failed": Status(_("failed"), "bad"),
        "undone": Status(_("undone"), "idle", "undo-2"),
    }[info.status]


def summary(totals: Totals) -> str:
    """The counts in one sentence."""
    return sentences.summary(
        created=totals.created,
        updated=totals.updated,
        unchanged=totals.unchanged,
        rejected=totals.rejected,
    )


def report_of(
    kept: Mapping[str, Any],
    *,
    batch_id: int | None,
    tools: Sequence[ToolInfo] = (),
    own: OwnLabels = NO_LABELS,
) -> Report:
    """A kept report (`batches.as_json`) in words; with `batch_id` the files of refused rows can be downloaded."""
    files: Sequence[Mapping[str, Any]] = kept["files"]
    words = {tool.name: tool.label for tool in tools}
    left = tuple(
        Said(one["name"], (_why_skipped(one["skipped"]),)) for one in files if one["skipped"]
    )
    totals = Totals(**{name: int(kept["totals"][name]) for name in Totals.__slots__})
    return Report(
        _counts(
            [one for one in files if not one["skipped"]],
            words,
            _("What became of each file") if batch_id else _("What would become of each file"),
        ),
        left,
        tuple(
            _refused(one, at, batch_id, own)
            for at, one in enumerate(files)
            if one["samples"] or one["rejects_file"]
        ),
        _notices(files),
        totals,
        summary(totals),
    )


def _why_skipped(kept: Mapping[str, Any] | str) -> str:
    """Why a table was not imported; imports of before November 2026 kept a bare code or a sentence."""
    return sentence(kept) if isinstance(kept, str) else sentence(kept["code"], kept["params"])


def _counts(
    files: Sequence[Mapping[str, Any]], words: Mapping[str, str], caption: str
) -> Table | None:
    if not files:
        return None
    columns = [
        Column(_("File")),
        Column(_("What")),
        Column(_("Rows read"), numeric=True),
        Column(_("Created"), numeric=True),
        Column(_("Updated"), numeric=True),
        Column(_("Unchanged"), numeric=True),
        Column(_("Refused"), numeric=True),
    ]
    rows = []
    for one in files:
        tool = "" if one["tool"] in {UNNAMED_TOOL, ""} else words.get(one["tool"], one["tool"])
        rows.append(
            Row(
                [
                    Cell(one["name"], note=tool),
                    labels.entity(one["entity"], many=True),
                    *(
                        formats.number(one[name])
                        for name in ("rows_read", "created", "updated", "unchanged", "rejected")
                    ),
                ]
            )
        )
    return Table(caption, columns, rows)


def _refused(one: Mapping[str, Any], at: int, batch_id: int | None, own: OwnLabels) -> Refused:
    rows = [
        Row(
            [
                formats.number(sample["line"]) if sample["line"] else formats.UNKNOWN,
                _column(one, sample, own),
                sentence(sample["code"], _named(one, sample, own)),
                format_html('<span class="excerpt">{}</span>', _excerpt(sample["row"])),
            ]
        )
        for sample in one["samples"][:SHOWN_REFUSED]
    ]
    what = labels.entity(one["entity"] or "", many=True)
    title = _("%(file)s: %(what)s refused") % {"file": one["name"], "what": what.lower()}
    count = ngettext("%(count)s row refused", "%(count)s rows refused", one["rejected"]) % {
        "count": formats.number(one["rejected"])
    }
    columns = [
        Column(_("Line"), numeric=True),
        Column(_("Column")),
        Column(_("Reason")),
        Column(_("The row")),
    ]
    download = (
        reverse("imports:rejects", args=[batch_id, at]) if batch_id and one["rejects_file"] else ""
    )
    return Refused(
        title, count, Table(title, columns, rows, compact=True, hide_caption=True), download
    )


def _named(one: Mapping[str, Any], sample: Mapping[str, Any], own: OwnLabels) -> Mapping[str, Any]:
    """What a reason fills in, with the company's own fields under their own names."""
    params: Mapping[str, Any] = sample["params"] or {}
    label = own.get((one["entity"] or "", str(params.get("field", ""))))
    return {**params, "field": label} if label else params


def _column(one: Mapping[str, Any], sample: Mapping[str, Any], own: OwnLabels) -> str:
    """The column of the file; what the one door refuses is told by its field."""
    column = sample["column"] or ""
    if sample["code"].startswith("hub.") and column:
        return labels.field(one["entity"] or "", column, own)
    return labels.column(column) or formats.UNKNOWN


def _excerpt(row: Sequence[str | None]) -> str:
    text = " · ".join(cell for cell in row if cell)
    return text if len(text) <= 120 else text[:119] + "…"


def _notices(files: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    found: dict[str, dict[str, None]] = {}
    for one in files:
        for notice in one["notices"]:
            found.setdefault(one["name"], {})[sentence(notice["code"], notice["params"])] = None
    return tuple(Said(name, tuple(said)) for name, said in found.items())


def rejects_path(info: ImportInfo, *, company_id: int, index: int) -> Path | None:
    """The file of refused rows of one line of a report, when it is there and where it should be."""
    files = (info.report or {}).get("files", [])
    if not 0 <= index < len(files) or not files[index]["rejects_file"]:
        return None
    path = Path(files[index]["rejects_file"]).resolve()
    folder = folder_of(company_id=company_id, batch_id=info.id).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


def failure_of(info: ImportInfo) -> str:
    """Why an import failed."""
    failure = info.failure or {}
    return sentence(str(failure.get("code", "palier.bug")), failure.get("params"))
