"""The cockpit, and asking for fresh figures."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from palier.accounts.permissions import Permission, may
from palier.journeys.refresh import ask_refresh
from palier.metrics import catalogue, queries
from palier.metrics.figures import Freshness
from palier.web import formats
from palier.web.components import Tab
from palier.web.home.first_steps import progress, steps
from palier.web.home.grid import Source, grid
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.metrics import shown
from palier.web.metrics.freshness import failure, line, stamp
from palier.web.metrics.windows import COCKPIT_COUNTS, PageGrain, Window, grain_of, window

PAGE = "home/cockpit.html"
TRAILING_COLUMNS = 5
"""Columns of the grid that are no period: name, change, target, trend, status."""
TRAILING_UNJUDGED = 3
"""The same without target and status, which are left out while there is no target."""


@require(Permission.VIEW_FIGURES)
def cockpit(request: MemberRequest) -> HttpResponse:
    """The key figures of the company; its first steps while there are none.

    Three queries whatever the number of metrics and readings: freshness, readings, targets.
    """
    company = request.member.company
    chosen = grain_of(request.GET.get("grain"), COCKPIT_COUNTS)
    over = window(today=timezone.localdate(), grain=chosen, count=COCKPIT_COUNTS[chosen])
    fresh = queries.freshness(company_id=company.id)
    lines = queries.lines(
        company_id=company.id, keys=[one.key for one in catalogue.all_metrics()], grain=chosen,
        since=over.closed[0].start, until=over.open.end,
    )  # fmt: skip
    if not any(value is not None for one in lines for value in one.values):
        return _first_steps(request, fresh)
    source = Source(
        window=over, lines=lines, failures=fresh.metric_failures, currency=company.currency
    )
    return render(request, PAGE, _page(request, source, fresh))


def _page(request: MemberRequest, source: Source, fresh: Freshness) -> dict[str, object]:
    over = source.window
    shown_grid = grid(source)
    return {
        "grid": shown_grid,
        "periods": len(over.periods),
        "columns": len(over.periods)
        + (TRAILING_COLUMNS if shown_grid.judged else TRAILING_UNJUDGED),
        "last_days": formats.span(over.last.start, over.last.end) if over.grain == "week" else "",
        "last_period": shown.period_name(over.last.start, over.grain),
        "grains": _grains(over.grain),
        "grid_title": _title(over),
        "last_name": _name(over),
        "before_name": shown.period_name(over.before.start, over.grain),
        "fresh": line(fresh=fresh, member=request.member),
        "failure": failure(fresh=fresh, member=request.member),
    }


def _grains(chosen: PageGrain) -> list[Tab]:
    return [
        Tab(_("13 weeks"), "?grain=week", current=chosen == "week", key=pgettext("key for weeks", "w")),
        Tab(_("12 months"), "?grain=month", current=chosen == "month", key="m"),
    ]  # fmt: skip


def _title(over: Window) -> str:
    first = shown.period_name(over.closed[0].start, over.grain)
    last = shown.period_name(over.last.start, over.grain)
    return _("%(first)s – %(last)s") % {"first": first[:1].upper() + first[1:], "last": last}


def _name(over: Window) -> str:
    name = shown.period_name(over.last.start, over.grain)
    return name[:1].upper() + name[1:]


def _first_steps(request: MemberRequest, fresh: Freshness) -> HttpResponse:
    at = progress(company_id=request.member.company.id, computing=fresh.status == "running")
    return render(
        request,
        "home/first_steps.html",
        {
            "steps": steps(member=request.member, at=at),
            "asks": not may(request.member, Permission.IMPORT_DATA),
            "computing": at.imported and not fresh.failure,
            "demo": next((one.company for one in request.memberships if one.company.is_demo), None),
            "failure": failure(fresh=fresh, member=request.member),
        },
    )


@require(Permission.EDIT_DATA)
@require_POST
def refresh(request: MemberRequest) -> HttpResponse:
    """Ask for fresh figures; somebody else's request that waits already is enough."""
    company_id = request.member.company.id
    fresh = queries.freshness(company_id=company_id)
    ask_refresh(company_id=company_id)
    said = _("New figures are being computed: they replace these as soon as they are ready.")
    if request.htmx:
        told = line(fresh=fresh, member=request.member, asked_after=stamp(fresh))
        return announce(render(request, f"{PAGE}#freshness", {"fresh": told}), said)
    messages.info(request, said)
    return redirect(_back(request))


def _back(request: MemberRequest) -> str:
    """The page the form was on, when it is one of ours."""
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
    return asked if ours else "home:cockpit"


@require(Permission.VIEW_FIGURES)
def freshness(request: MemberRequest) -> HttpResponse:
    """Whether the figures asked for are there: the line again, or the whole page once they are."""
    fresh = queries.freshness(company_id=request.member.company.id)
    told = line(fresh=fresh, member=request.member, asked_after=request.GET.get("after") or None)
    if not request.htmx:
        return redirect("home:cockpit")
    if not told.under_way:
        return HttpResponseClientRefresh()
    return render(request, f"{PAGE}#freshness", {"fresh": told})
