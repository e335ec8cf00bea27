"""The tools that feed the hub."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from palier.accounts.permissions import Permission, may
from palier.accounts.tokens import list_tokens
from palier.hub.queries.tools import ToolState, get_tool_state, list_tool_states
from palier.hub.tools import change_tool
from palier.jobs.queue import enqueue
from palier.web.components import Action, Crumb, Status
from palier.web.http import MemberRequest, require
from palier.web.tools import shown
from palier.web.tools.forms import ToolChange
from palier.wording import labels

REFOLD = "hub.refold_tool"


@require(Permission.VIEW_DATA)
def tools(request: MemberRequest) -> HttpResponse:
    """Each tool, what it holds and when it last spoke."""
    company_id, now = request.member.company.id, timezone.now()
    last_used = {
        token.tool: token.last_used_at
        for token in sorted(list_tokens(company_id=company_id), key=lambda one: one.created_at)
        if token.last_used_at is not None
    }
    manages = may(request.member, Permission.MANAGE_TOOLS)
    actions = [Action(_("Import files"), reverse("imports:new"), "secondary", icon="file-up")]
    if manages:
        actions.append(Action(_("Connect a tool"), reverse("tools:tokens"), icon="key-round"))
    context = {
        "rows": [
            {
                "tool": one,
                "kind": labels.SOURCE_KINDS.get(one.kind, one.kind),
                "held": shown.held_of(one.held),
                "spoke": shown.spoke(one, last_used.get(one.name), now=now),
                "retired": Status(_("retired"), "idle", "archive") if one.retired_at else None,
            }
            for one in list_tool_states(company_id=company_id)
        ],
        "manages": manages,
        "actions": actions if may(request.member, Permission.IMPORT_DATA) else [],
    }
    return render(request, "tools/list.html", context)


@require(Permission.MANAGE_TOOLS)
def tool(request: MemberRequest, tool_id: int) -> HttpResponse:
    """Call a tool otherwise and say of which kind it is; another kind has its records folded again."""
    company_id = request.member.company.id
    found = get_tool_state(company_id=company_id, tool_id=tool_id)
    form = ToolChange(request.POST or None, initial={"label": found.label, "kind": found.kind})
    if request.method == "POST" and form.is_valid():
        changed = change_tool(company_id=company_id, tool_id=tool_id, **form.cleaned_data)
        if changed:
            enqueue(
                REFOLD,
                company_id=company_id,
                tool_id=tool_id,
                person_id=request.member.person_id,
            )
        messages.success(request, _said(form.cleaned_data["label"], changed=changed))
        return redirect("tools:list")
    context = {
        "tool": found,
        "form": form,
        "crumbs": [Crumb(_("Tools"), reverse("tools:list")), Crumb(found.label)],
        "fed": _fed(found),
    }
    return render(request, "tools/tool.html", context, status=422 if form.errors else 200)


def _said(label: str, *, changed: bool) -> str:
    if changed:
        return _(
            "“%(name)s” is saved. Palier is now choosing again, field by field, whom to believe: values may change over the next minutes."
        ) % {"name": label}
    return _("“%(name)s” is saved.") % {"name": label}


def _fed(found: ToolState) -> str:
    return ", ".join(shown.held_of(found.held))
