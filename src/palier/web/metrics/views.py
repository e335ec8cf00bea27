"""The list of metrics, the page of each, the rows behind a figure, and its target."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.accounts.queries import CompanyInfo
from palier.kernel.refusals import Refusal
from palier.metrics import catalogue, operations, queries
from palier.metrics.catalogue import UnknownMetric
from palier.metrics.figures import Freshness, Line
from palier.metrics.metric import Metric
from palier.web import formats
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.metrics import drawn, page, shown, words
from palier.web.metrics.asked import Asked
from palier.web.metrics.catalogue_list import listed, written
from palier.web.metrics.forms import TargetForm, empty_fields, form_fields, unit_sign
from palier.web.metrics.freshness import failure, line
from palier.web.metrics.page import Known
from palier.web.metrics.rows import ROWS_SHOWN, narrowed, rows_shown
from palier.wording.sentences import said

PAGE = "metrics/metric.html"
ROWS = "metrics/rows.html"


@require(Permission.VIEW_FIGURES)
def list_(request: MemberRequest) -> HttpResponse:
    """The catalogue by family, each metric with what it means and its last value."""
    company = request.member.company
    fresh = queries.freshness(company_id=company.id)
    families = listed(company=company, today=timezone.localdate(), failures=fresh.metric_failures)
    context = {
        "families": families, "written": [written(one, words.language()) for one in families],
        "count": len(catalogue.all_metrics()),
        "fresh": line(fresh=fresh, member=request.member),
        "failure": failure(fresh=fresh, member=request.member),
    }  # fmt: skip
    return render(request, "metrics/list.html", context)


def _metric(key: str) -> Metric:
    try:
        return catalogue.metric(key)
    except UnknownMetric as refusal:
        raise Http404(str(refusal)) from refusal


@require(Permission.VIEW_FIGURES)
def metric(request: MemberRequest, key: str) -> HttpResponse:
    """One metric: the period asked for, its history, breakdown, definition and target.

    Four queries at most, whatever the periods and values.
    """
    asked = Asked.of(request, _metric(key), today=timezone.localdate())
    return render(request, PAGE, _page(request, asked))


def _known(asked: Asked, company: CompanyInfo, fresh: Freshness) -> Known:
    """What the page needs to know: two queries, a third for a breakdown."""
    key, grain, until = asked.metric.key, asked.window.grain, asked.window.open.end
    broken_down: Sequence[Line] = ()
    if asked.by:
        broken_down = queries.breakdown(
            company_id=company.id, key=key, dimension=asked.by, grain=grain,
            since=asked.window.closed[0].start, until=until,
        )  # fmt: skip
    lines = queries.lines(
        company_id=company.id, keys=page.keys_read(asked.metric), grain=grain,
        since=page.first_day(asked), until=until,
    )  # fmt: skip
    return Known(
        asked=asked, lines={one.metric: one for one in lines}, broken_down=broken_down,
        reading=queries.find_reading(
            company_id=company.id, key=key, grain=grain, start=asked.period.start
        ),
        currency=company.currency, failed=key in fresh.metric_failures,
    )  # fmt: skip


def _page(
    request: MemberRequest, asked: Asked, form: TargetForm | None = None
) -> dict[str, object]:
    company = request.member.company
    fresh = queries.freshness(company_id=company.id)
    known = _known(asked, company, fresh)
    before, after = page.neighbours(asked)
    made_at = formats.instant(fresh.fresh_at) if fresh.fresh_at else ""
    drawing, language = page.drawing(known, made_at), words.language()
    return {
        **_head(asked), **_target(request, known, form),
        "figures": drawn.figures(page.figures(known), language), "remarks": page.remarks(known),
        "grains": page.grains(asked), "cuts": page.cuts(asked), "before": before, "after": after,
        "period_name": page.name_of(known, asked.period.start),
        "chart": page.chart(known, drawing), "bridge": page.bridge(known, drawing),
        "bars": page.breakdown_chart(known, drawing) if asked.by else None,
        "unknown_reasons": page.unknown_reasons(known),
        "table": drawn.table(page.breakdown_table(known), language) if known.broken_down else None,
        "fresh": line(fresh=fresh, member=request.member), "scripts": drawn.scripts(language),
        "failure": failure(fresh=fresh, member=request.member, metric=asked.metric.key),
        "facts": drawn.facts(
            page.facts(known, made_at or formats.UNKNOWN), language
        ),
    }  # fmt: skip


def _head(asked: Asked) -> dict[str, object]:
    return {
        "asked": asked, "metric": asked.metric, "label": words.label(asked.metric),
        "whole_url": f"{asked.but(value=None).url}#rows",
        "definition": words.definition(asked.metric), "family": words.FAMILIES[asked.metric.family],
        "grain_name": shown.period_name(asked.period.start, asked.window.grain),
    }  # fmt: skip


def _target(request: MemberRequest, known: Known, form: TargetForm | None) -> dict[str, object]:
    asked = known.asked
    start = asked.window.open.start
    sign = unit_sign(asked.metric, known.currency)
    fields = form_fields(form, sign) if form else empty_fields(
        asked.metric.key, known.currency, known.target(start), start, words.language()
    )  # fmt: skip
    return {
        "may_set": may(request.member, Permission.EDIT_DATA), "form": form, "fields": fields,
        "target_url": f"{reverse('metrics:target', args=[asked.metric.key])}?{asked.query}",
        "target_words": page.target_words(known),
    }  # fmt: skip


@require(Permission.EDIT_DATA)
@require_POST
def target(request: MemberRequest, key: str) -> HttpResponse:
    """Set what this metric is to reach, from a day on, for the grain shown."""
    asked = Asked.of(request, _metric(key), today=timezone.localdate())
    company = request.member.company
    form = TargetForm(request.POST, metric=asked.metric, currency=company.currency)
    if form.is_valid():
        try:
            operations.set_target(
                company_id=company.id, key=asked.metric.key, grain=asked.window.grain,
                value=form.stored(), valid_from=form.cleaned_data["valid_from"],
                person_id=request.member.person_id,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("The target is saved: the status follows it from now on."))
            return redirect(f"{asked.url}#target")
    return render(request, PAGE, _page(request, asked, form), status=422)


@require(Permission.VIEW_DATA)
def rows(request: MemberRequest, key: str) -> HttpResponse:
    """The rows behind a figure: a fragment loaded after the page, or a page of their own."""
    asked = Asked.of(request, _metric(key), today=timezone.localdate())
    company = request.member.company
    context = {**_head(asked), "narrowed": narrowed(asked.metric, asked.by)}
    try:
        found = queries.list_rows_behind(
            company=company, key=asked.metric.key, period=asked.period, today=timezone.localdate(),
            by=asked.by if asked.value is not None else None, value=asked.value or None,
            limit=ROWS_SHOWN, offset=(asked.page - 1) * ROWS_SHOWN,
        )  # fmt: skip
    except Refusal as refusal:
        context["refusal"] = said(refusal)
    else:
        context["shown"] = rows_shown(found=found, asked=asked, currency=company.currency)
    context["crumbs"] = [Crumb(str(context["label"]), asked.url), Crumb(_("Rows"))]
    return render(request, f"{ROWS}#rows" if request.htmx else ROWS, context)
