"""Settling an import before it runs: each table's columns, a rehearsal, and the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import queries
from palier.hub.custom import list_labels
from palier.hub.imports import batches, correction, starting
from palier.hub.imports.correction import Answers, Draft, Target
from palier.hub.imports.mapping import DateOrder, DecimalMark
from palier.hub.imports.mapping_json import LITERALS, from_json
from palier.hub.imports.plan import Plan, Planned
from palier.hub.imports.propose import propose
from palier.hub.schema import ENTITIES
from palier.jobs.queue import enqueue
from palier.kernel.refusals import Refusal
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.imports import plans, reports
from palier.wording import labels
from palier.wording.sentences import explain, said, sentence

PAGE = "imports/plan.html"
TABLE = "imports/table.html"
Batch: TypeAlias = Any
"""The hub's own row of an import, handed back to it as it came."""


def _batch(request: MemberRequest, batch_id: int) -> Batch:
    try:
        return batches.get_batch(company_id=request.member.company.id, batch_id=batch_id)
    except batches.BatchUnknown:
        raise Http404 from None


def _plan(request: MemberRequest, batch: Batch) -> Plan:
    return batches.plan_of(
        company=request.member.company, batch=batch, language=get_language() or "fr"
    )


def _table_of(plan: Plan, index: int) -> Planned:
    if index >= len(plan.tables):
        raise Http404
    return plan.tables[index]


def plan_page(request: MemberRequest, batch_id: int, **more: object) -> dict[str, object]:
    """Everything the page of an import that has not started shows."""
    batch = _batch(request, batch_id)
    with _plan(request, batch) as plan:
        tables = [plans.shown(planned, index) for index, planned in enumerate(plan.tables)]
    company_id = request.member.company.id
    return {
        "info": queries.get_import(company_id=company_id, batch_id=batch_id),
        "tables": tables,
        "ready": [one for one in tables if one.ready],
        "unsettled": [one for one in tables if one.problems and one.readable],
        "editable": may(request.member, Permission.IMPORT_DATA),
        "crumbs": [Crumb(_("Imports"), reverse("imports:list")), Crumb(_("What will be imported"))],
        **more,
    }


@require(Permission.IMPORT_DATA)
def table(request: MemberRequest, batch_id: int, index: int) -> HttpResponse:
    """Correct what the columns of a table mean."""
    batch = _batch(request, batch_id)
    with _plan(request, batch) as plan:
        planned = _table_of(plan, index)
        if planned.table is None:
            raise Http404
        if batch.status != "draft":
            return redirect("imports:show", batch_id)
        base = request.POST.get("base") or request.GET.get("entite", "")
        if base in ENTITIES:
            draft = correction.draft_of(
                mapping=None, proposal=propose(table=planned.table, entity=base)
            )
        else:
            base, draft = "", plans.draft_of(planned)
            if not draft["entities"]:
                draft = correction.draft_of(mapping=None, proposal=propose(table=planned.table))
        problems: tuple[str, ...] = ()
        if request.method == "POST":
            draft, unmatched = _answered(request.POST, draft, planned)
            problems = (
                tuple(sentence(one.code, one.params) for one in correction.problems_of(draft))
                or unmatched
            )
            if not problems:
                batches.set_mapping(
                    batch=batch, path=planned.path, table=planned.name, mapping=from_json(draft)
                )
                messages.success(
                    request,
                    _("“%(name)s”: saved. Palier will remember it for the next file of this tool.")
                    % {"name": planned.name},
                )
                return redirect(f"{reverse('imports:show', args=[batch_id])}#table-{index}")
        return render(
            request,
            TABLE,
            _correction(planned, draft, batch_id, index, base=base, problems=problems),
            status=422 if problems else 200,
        )


def _answered(
    given: Mapping[str, str], draft: Draft, planned: Planned
) -> tuple[Draft, tuple[str, ...]]:
    """The draft as a person answered, and the columns whose values are still to be matched."""
    table_ = planned.table
    if table_ is None:
        return draft, ()
    allowed = {
        code: None for _label, group in plans.options(draft, table_) for code, _word in group
    }
    targets: dict[str, Target] = {}
    for number, column in enumerate(correction.columns_of(table_)):
        chosen = given.get(f"c{number}")
        if chosen == "" or chosen in allowed:
            entity, _dot, name = chosen.partition(".")
            targets[column] = (entity, name)
    identifiers = {
        name.removeprefix("id."): value
        for name, value in given.items()
        if name.startswith("id.") and value in table_.columns
    }
    settings = Answers(
        targets=targets,
        identifiers=identifiers,
        dates=cast("DateOrder", _one_of("dates", given)),
        decimal=cast("DecimalMark", _one_of("decimal", given)),
    )
    placed = correction.corrected(draft=draft, table=table_, answers=settings)
    values: dict[str, dict[str, str]] = {}
    unmatched = []
    for number, use in enumerate(correction.uses_of(draft=placed, table=table_)):
        if not use.choices:
            continue
        posted = {
            cell: given[f"v{number}.{at}"]
            for at, (cell, _chosen) in enumerate(use.values)
            if given.get(f"v{number}.{at}") in {"", *use.choices}
        }
        values[use.column] = posted
        if not posted and any(not chosen for _cell, chosen in use.values):
            unmatched.append(sentence("import.needs_values", {"column": use.column}))
    chosen_all = Answers(values=values, dates=settings.dates, decimal=settings.decimal)
    return correction.corrected(draft=placed, table=table_, answers=chosen_all), tuple(unmatched)


def _one_of(name: str, given: Mapping[str, str]) -> str:
    chosen = given.get(name, "auto")
    return chosen if chosen in LITERALS[name] else "auto"


def _correction(
    planned: Planned,
    draft: Draft,
    batch_id: int,
    index: int,
    *,
    base: str,
    problems: tuple[str, ...],
) -> dict[str, object]:
    table_ = planned.table
    if table_ is None:
        raise Http404
    columns = correction.columns_of(table_)
    entities = [one["entity"] for one in draft["entities"]]
    return {
        "batch_id": batch_id,
        "index": index,
        "name": planned.name,
        "tool": plans.tool_of(planned),
        "base": base,
        "problems": problems,
        "fields": plans.column_fields(table_, draft),
        "groups": plans.options(draft, table_),
        "entities": [(code, labels.entity(code, many=True)) for code in ENTITIES],
        "entity": entities[0] if len(entities) == 1 else "",
        "feeds": ", ".join(labels.entity(one, many=True) for one in entities),
        "identifiers": [
            {
                "name": f"id.{one['entity']}",
                "label": labels.entity(one["entity"]),
                "chosen": correction.identifier_of(one),
                "several": len(one.get("id") or []) > 1,
            }
            for one in draft["entities"]
        ],
        "columns": [(one, labels.column(one)) for one in columns],
        "dates": draft.get("dates", "auto"),
        "decimal": draft.get("decimal", "auto"),
        "date_orders": labels.DATE_ORDERS.items(),
        "decimal_marks": labels.DECIMAL_MARKS.items(),
        "crumbs": [
            Crumb(_("Imports"), reverse("imports:list")),
            Crumb(_("What will be imported"), reverse("imports:show", args=[batch_id])),
            Crumb(planned.name),
        ],
    }


@require(Permission.IMPORT_DATA)
@require_POST
def leave_out(request: MemberRequest, batch_id: int, index: int) -> HttpResponse:
    """Leave a table out of the import."""
    batch = _batch(request, batch_id)
    with _plan(request, batch) as plan:
        planned = _table_of(plan, index)
    batches.set_mapping(batch=batch, path=planned.path, table=planned.name, mapping=None)
    return redirect(f"{reverse('imports:show', args=[batch_id])}#table-{index}")


@require(Permission.IMPORT_DATA)
@require_POST
def take_in(request: MemberRequest, batch_id: int, index: int) -> HttpResponse:
    """Forget a correction of a table: what Palier proposed holds again."""
    batch = _batch(request, batch_id)
    with _plan(request, batch) as plan:
        planned = _table_of(plan, index)
    starting.take_back(
        company_id=request.member.company.id,
        batch_id=batch_id,
        path=planned.path,
        table=planned.name,
    )
    return redirect(f"{reverse('imports:show', args=[batch_id])}#table-{index}")


@require(Permission.IMPORT_DATA)
@require_POST
def rehearse(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Run the import without writing anything, and show what it would do."""
    batch = _batch(request, batch_id)
    if batch.status != "draft":
        return redirect("imports:show", batch_id)
    template, status = f"{PAGE}#trial" if request.htmx else PAGE, 200
    more: dict[str, object] = {}
    try:
        done = batches.run_batch(
            company=request.member.company,
            batch=batch,
            now=timezone.now(),
            dry_run=True,
            wait=False,
            language=get_language() or "fr",
            explain=explain,
        )
    except Refusal as refusal:
        more, status = {"trial_refusal": said(refusal)}, 422
    else:
        own = list_labels(company_id=request.member.company.id)
        more = {"trial": reports.report_of(batches.as_json(done), batch_id=None, own=own)}
    context = (
        {"info": {"id": batch_id}, **more} if request.htmx else plan_page(request, batch_id, **more)
    )
    return render(request, template, context, status=status)


@require(Permission.IMPORT_DATA)
@require_POST
def start(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Hand the import to the worker."""
    batch = _batch(request, batch_id)
    with _plan(request, batch) as plan:
        ready = [planned for planned in plan.tables if planned.ready]
        doubtful = [planned for planned in ready if correction.problems_of(plans.draft_of(planned))]
    if len(ready) == len(doubtful):
        refusal = sentence("import.settle-first")
        return render(request, PAGE, plan_page(request, batch_id, refusal=refusal), status=422)
    company_id = request.member.company.id
    with transaction.atomic():
        for planned in doubtful:
            batches.set_mapping(batch=batch, path=planned.path, table=planned.name, mapping=None)
        starting.ask_for_run(company_id=company_id, batch_id=batch_id)
        enqueue("imports.run", company_id=company_id, batch_id=batch_id)
    return redirect("imports:show", batch_id)
