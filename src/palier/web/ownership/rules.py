"""Whom to believe: every field with its order of tools, and the page of one rule, tried out before it holds."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.accounts.permissions import Permission, may
from palier.hub import ownership
from palier.hub.ownership import GOVERNED, Owned
from palier.hub.queries import list_tools
from palier.journeys.ownership import ask_refold
from palier.web import formats
from palier.web.components import Action, Cell, Column, Crumb, Row, Status, Tab, Table
from palier.web.http import MemberRequest, require
from palier.web.ownership.forms import STRATEGIES, Rule
from palier.wording import labels

LIST = "ownership/list.html"
RULE = "ownership/rule.html"


@require(Permission.VIEW_DATA)
def rules(request: MemberRequest) -> HttpResponse:
    """Every field of one kind of record, and whom Palier believes for it."""
    company_id = request.member.company.id
    entity = request.GET.get("fiche", "customer")
    entity = entity if entity in GOVERNED else "customer"
    tools = {tool.name: tool.label for tool in list_tools(company_id=company_id)}
    owned = ownership.list_owned(company_id=company_id, entity=entity)
    manages = may(request.member, Permission.MANAGE_TOOLS)
    context = {
        "table": _table(owned, tools, manages=manages),
        "entities": [
            Tab(labels.entity(name, many=True), f"?fiche={name}", current=name == entity)
            for name in GOVERNED
        ],
        "tools": tools,
        "actions": [
            Action(
                _("See where tools disagree"),
                reverse("ownership:conflicts"),
                kind="secondary",
                icon="git-merge",
            )
        ],
    }
    return render(request, LIST, context)


def _table(owned: tuple[Owned, ...], tools: dict[str, str], *, manages: bool) -> Table:
    columns = [
        Column(_("Field")),
        Column(_("Believed, in this order")),
        Column(_("Otherwise")),
        Column(_("Rule")),
    ]
    rows = []
    for one in owned:
        word = labels.field(one.entity, one.field)
        url = reverse("ownership:rule", args=[one.entity, one.field])
        rows.append(
            Row(
                [
                    Cell(word, url if manages and not one.fixed else ""),
                    _("A refusal always wins") if one.fixed else ordered(one.tools, tools),
                    otherwise(one.survival),
                    Cell(status=_decided(one)),
                ]
            )
        )
    return Table(_("Whom to believe"), columns, rows, hide_caption=True)


def _decided(one: Owned) -> Status:
    if one.fixed:
        return Status(_("The law"), "idle", icon="lock")
    if one.by_company:
        return Status(_("Yours"), "info", icon="check")
    return Status(_("By default"), "idle")


def ordered(names: tuple[str, ...], tools: dict[str, str]) -> str:
    """An order of tools as people read it."""
    return " → ".join(tools.get(name, name) for name in names) or formats.UNKNOWN


def otherwise(survival: str) -> str:
    """What decides between the tools that are not named."""
    return str(STRATEGIES["owner" if survival == "most_recent" else survival])


@require(Permission.MANAGE_TOOLS)
def rule(request: MemberRequest, entity: str, field: str) -> HttpResponse:
    """One rule: tried out first (`preview`), then applied, or taken back (`reset`)."""
    company_id = request.member.company.id
    try:
        owned = ownership.get_owned(company_id=company_id, entity=entity, field=field)
    except ownership.FieldNotGoverned:
        raise Http404 from None
    tools = list_tools(company_id=company_id)
    form = Rule(request.POST or None, owned=owned, tools=tools)
    context = {
        "owned": owned,
        "title": labels.field(entity, field),
        "form": form,
        "places": [form[name] for name in form.places],
        "crumbs": [
            Crumb(_("Whom to believe"), reverse("ownership:list")),
            Crumb(labels.entity(entity, many=True), reverse("ownership:list") + f"?fiche={entity}"),
            Crumb(labels.field(entity, field)),
        ],
        "back": reverse("ownership:list") + f"?fiche={entity}",
    }
    if request.method != "POST":
        return render(request, RULE, context)
    if "reset" in request.POST:
        ownership.reset_rule(company_id=company_id, entity=entity, field=field)
        return _applied(request, entity)
    if not form.is_valid():
        return render(request, RULE, context, status=422)
    said = {
        "company_id": company_id,
        "entity": entity,
        "field": field,
        "survival": form.cleaned_data["survival"],
        "tools": form.tools,
    }
    if "apply" in request.POST:
        ownership.set_rule(**said, person_id=request.member.person_id)
        return _applied(request, entity)
    count = ownership.count_changes(**said)
    context["preview"] = (
        ngettext("%(count)s record would change.", "%(count)s records would change.", count)
        % {"count": formats.number(count)}
        if count
        else _("No record would change.")
    )
    return render(request, RULE, context)


def _applied(request: MemberRequest, entity: str) -> HttpResponse:
    ask_refold(
        company_id=request.member.company.id, entity=entity, person_id=request.member.person_id
    )
    messages.success(request, _("The rule is saved. The records follow in a moment."))
    return redirect(reverse("ownership:list") + f"?fiche={entity}")
