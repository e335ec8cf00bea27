"""Views of lists: saved, renamed, shared, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import saved_views
from palier.hub.custom import declared
from palier.kernel.refusals import Refusal
from palier.web.http import MemberRequest, require
from palier.web.records.entities import entity_of, list_url
from palier.web.records.state import State
from palier.wording.sentences import said


@require(Permission.SAVE_VIEWS)
@require_POST
def save(request: MemberRequest, slug: str) -> HttpResponse:
    """Keep a list under a name: for oneself alone."""
    entity = entity_of(slug)
    company_id = request.member.company.id
    state = State.of(
        entity,
        QueryDict(request.POST.get("liste", "")),
        declared(company_id=company_id, entity=entity),
    ).but(view="")
    try:
        view = saved_views.save_view(
            company_id=company_id,
            entity=entity,
            person_id=request.member.person_id,
            name=request.POST.get("name", ""),
            query=state.values(),
        )
    except Refusal as refusal:
        messages.error(request, said(refusal))
        return redirect(state.url())
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(state.but(view=str(view.id)).url())


@require(Permission.SAVE_VIEWS)
@require_POST
def change(request: MemberRequest, slug: str, view_id: int) -> HttpResponse:
    """Rename, share or delete a view: one's own, or a shared one for those who may correct data."""
    entity = entity_of(slug)
    may_share = may(request.member, Permission.EDIT_DATA)
    whose: dict[str, Any] = {
        "company_id": request.member.company.id,
        "view_id": view_id,
        "person_id": request.member.person_id,
    }
    act = request.POST.get("act", "")
    if act in {"share", "unshare"} and not may_share:
        raise PermissionDenied(_("Your role in this company does not allow this."))
    try:
        if act in {"share", "unshare"}:
            view = saved_views.share_view(**whose, shared=act == "share")
        elif act == "delete":
            gone = saved_views.delete_view(**whose, may_share=may_share)
            messages.success(request, _("The view “%(name)s” is deleted.") % {"name": gone.name})
            return redirect(list_url(entity))
        else:
            view = saved_views.rename_view(
                **whose, may_share=may_share, name=request.POST.get("name", "")
            )
    except saved_views.ViewUnknown:
        raise
    except Refusal as refusal:
        messages.error(request, said(refusal))
        return redirect(list_url(entity))
    messages.success(
        request,
        {
            "share": _("Everybody in the company sees the view “%(name)s”."),
            "unshare": _("Only you see the view “%(name)s” now."),
        }.get(act, _("The view is now called “%(name)s”."))
        % {"name": view.name},
    )
    query = QueryDict(mutable=True)
    for name, values in {**view.query, "vue": [str(view.id)]}.items():
        query.setlist(name, values)
    return redirect(f"{list_url(entity)}?{query.urlencode()}")
