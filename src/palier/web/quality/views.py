"""How good the data is: one row for each kind of record, then its checks, then the records to mend."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import pins, quality
from palier.hub.quality import Count, EntityQuality, MendPage, Tally, ToMend
from palier.hub.quality_checks import Check
from palier.journeys.quality import ask_recount
from palier.web import formats
from palier.web.components import Cell, Column, Crumb, Row, Tab, Table
from palier.web.http import MemberRequest, require
from palier.web.quality import words
from palier.web.records import shown
from palier.wording import labels

MEASURES = ("completeness", "validity", "freshness", "duplicates", "orphans")


@require(Permission.VIEW_DATA)
def overview(request: MemberRequest) -> HttpResponse:
    """The five measures of every kind of record, the worst first."""
    found = quality.get_overview(company_id=request.member.company.id)
    context = {
        "found": found,
        "table": _overview_table(found.entities) if found and found.entities else None,
        "editable": may(request.member, Permission.EDIT_DATA),
    }
    return render(request, "quality/overview.html", context)


@require(Permission.EDIT_DATA)
@require_POST
def count(request: MemberRequest) -> HttpResponse:
    """Ask for a count now; the worker makes it."""
    ask_recount(company_id=request.member.company.id)
    messages.success(request, _("The count has been asked for: it takes a moment."))
    return redirect("quality:overview")


@require(Permission.VIEW_DATA)
def entity(request: MemberRequest, entity: str) -> HttpResponse:
    """The checks of one kind of record, the most failures first."""
    if entity not in quality.COUNTED:
        raise Http404
    company_id = request.member.company.id
    counts = quality.list_counts(company_id=company_id, entity=entity)
    failing = [one for one in counts if one.failing]
    context = {
        "title": labels.entity(entity, many=True),
        "table": _checks_table(failing, quality.tool_labels(company_id=company_id)),
        "failing": failing,
        "counted": bool(counts),
        "crumbs": [
            Crumb(_("Data quality"), reverse("quality:overview")),
            Crumb(labels.entity(entity, many=True)),
        ],
    }
    return render(request, "quality/entity.html", context)


@require(Permission.VIEW_DATA)
def mend(request: MemberRequest, entity: str, code: str) -> HttpResponse:
    """The records that fail one check now, a page at a time."""
    company_id = request.member.company.id
    check = quality.get_check(entity=entity, code=code)
    tool = request.GET.get("outil", "")[:200] if "outil" in request.GET else None
    after = request.GET.get("apres", "")
    page = quality.list_to_mend(
        company_id=company_id,
        entity=entity,
        code=code,
        tool=tool,
        after=int(after) if after.isdecimal() and len(after) < 19 else 0,
    )
    tools = quality.tool_labels(company_id=company_id)
    context = {
        "title": words.check(entity, code),
        "table": _mend_table(page, check, tools, edits=may(request.member, Permission.EDIT_DATA)),
        "rows": page.rows,
        "next": _next(page, tool),
        "tabs": _tabs(company_id, check, tools, tool),
        "returns": _returns(company_id, check, tools),
        "crumbs": [
            Crumb(_("Data quality"), reverse("quality:overview")),
            Crumb(labels.entity(entity, many=True), reverse("quality:entity", args=[entity])),
            Crumb(words.check(entity, code)),
        ],
    }
    return render(request, "quality/mend.html", context)


def _overview_table(entities: tuple[EntityQuality, ...]) -> Table:
    columns = [Column(_("Kind of record"))]
    columns += [Column(words.measure(name), numeric=True) for name in MEASURES]
    rows = [
        Row(
            [
                Cell(
                    labels.entity(one.entity, many=True),
                    reverse("quality:entity", args=[one.entity]),
                ),
                *(_share(one.measures[name]) for name in MEASURES),
            ]
        )
        for one in entities
    ]
    return Table(_("Quality by kind of record"), columns, rows, hide_caption=True)


def _share(tally: Tally) -> Cell:
    """A share of good records, never said to be whole while one fails, and how it has moved in a week."""
    if tally.share is None:
        return Cell(formats.UNKNOWN)
    share = min(tally.share, 0.999) if tally.failing else tally.share
    moved = tally.share - tally.before if tally.before is not None else None
    note = _("%(points)s in 7 days") % {"points": formats.points(moved)} if moved else ""
    return Cell(formats.percent(share), note=note)


def _checks_table(failing: list[Count], tools: dict[str, str]) -> Table:
    columns = [
        Column(_("To mend")),
        Column(_("Tool")),
        Column(_("Failing"), numeric=True),
        Column(_("Of"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(words.check(one.entity, one.code), _url(one), note=words.measure(one.measure)),
                _tool(one.tool, tools),
                formats.number(one.failing),
                formats.number(one.total),
            ]
        )
        for one in failing
    ]
    return Table(_("Checks that records fail"), columns, rows, hide_caption=True)


def _url(one: Count) -> str:
    if one.measure == "duplicates":
        return reverse("duplicates:queue")
    if one.measure == "freshness":
        return reverse("tools:list")
    address = reverse("quality:mend", args=[one.entity, one.code])
    return f"{address}?{urlencode({'outil': one.tool})}"


def _tool(name: str, tools: dict[str, str]) -> str:
    return tools.get(name, name) or _("no tool")


def _mend_table(page: MendPage, check: Check, tools: dict[str, str], *, edits: bool) -> Table:
    columns = [Column(_("Record")), Column(labels.field(check.entity, check.field))]
    columns += [Column(_("Tool that owns the field")), Column(_("Mend"))]
    rows = [
        Row(
            [
                Cell(one.link.label or labels.entity(check.entity), shown.url_of(one.link)),
                one.value if not check.field.endswith("_minor") and one.value else formats.UNKNOWN,
                _tool(one.tool, tools),
                _correct(one, check) if edits else Cell(formats.UNKNOWN),
            ]
        )
        for one in page.rows
    ]
    return Table(_("Records to mend"), columns, rows, hide_caption=True)


def _correct(one: ToMend, check: Check) -> Cell:
    """Where this value is corrected: on the customer’s page, or in its tool where no form is."""
    if one.link.entity == "customer" and pins.can_pin(entity="customer", field=check.field):
        return Cell(_("Correct"), f"{shown.url_of(one.link)}#champ-{check.field}")
    return Cell(_("in the tool"))


def _next(page: MendPage, tool: str | None) -> str:
    if page.next is None:
        return ""
    kept = {} if tool is None else {"outil": tool}
    return "?" + urlencode({**kept, "apres": page.next})


def _tabs(company_id: int, check: Check, tools: dict[str, str], tool: str | None) -> list[Tab]:
    """All tools, then each of those that had failures at the last count."""
    counts = quality.list_counts(company_id=company_id, entity=check.entity)
    failing = [one for one in counts if one.code == check.code and one.failing]
    return [
        Tab(_("All"), "?", current=tool is None),
        *(
            Tab(
                _tool(one.tool, tools),
                "?" + urlencode({"outil": one.tool}),
                current=tool == one.tool,
                count=formats.number(one.failing),
            )
            for one in failing
        ),
    ]


def _returns(company_id: int, check: Check, tools: dict[str, str]) -> str:
    """Whether a correction goes back to a connected tool."""
    found = quality.list_receivers(company_id=company_id, entity=check.entity, field=check.field)
    if not found:
        return _(
            "No connected tool receives this field: correct it in the tool as well, or it stays wrong there."
        )
    names = ", ".join(_tool(name, tools) for name in found)
    return ngettext(
        "Corrections made here are sent back to %(tools)s.",
        "Corrections made here are sent back to these tools: %(tools)s.",
        len(found),
    ) % {"tools": names}
