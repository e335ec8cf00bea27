"""Laying files down for a new import, and letting one go before it starts."""

from __future__ import annotations

import errno
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission
from palier.hub import queries
from palier.hub.imports import batches, starting
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.imports.forms import NewImport
from palier.web.imports.uploads import IncomingHandler, limit, written_size
from palier.wording.sentences import sentence


@require(Permission.IMPORT_DATA)
@csrf_exempt
def new(request: MemberRequest) -> HttpResponseBase:
    """The page that takes files; the form is protected once the handler that writes them is in place."""
    handler = IncomingHandler(request)
    request.upload_handlers = [handler]

    def protected(request: HttpRequest) -> HttpResponse:
        return _laid(cast("MemberRequest", request), handler)

    return csrf_protect(protected)(request)


def _laid(request: MemberRequest, handler: IncomingHandler) -> HttpResponse:
    company = request.member.company
    tools, language = queries.list_tools(company_id=company.id), get_language() or "fr"
    if request.method != "POST":
        form = NewImport(
            initial={"tool": request.GET.get("outil", "")}, tools=tools, language=language
        )
        return _page(request, form)
    form = NewImport(request.POST, request.FILES, tools=tools, language=language)
    valid = form.is_valid()
    if handler.troubles:
        form.errors.pop("exports", None)
        for trouble in handler.troubles:
            form.add_error("exports", trouble)
        return _page(request, form)
    if not valid:
        return _page(request, form)
    batch = batches.create_batch(
        company_id=company.id, person_id=request.member.person_id, tool=form.cleaned_data["tool"]
    )
    try:
        for file in form.cleaned_data["exports"]:
            batches.add_file(batch=batch, name=file.name or "fichier", chunks=file.chunks())
    except OSError as error:
        starting.give_up(company_id=company.id, batch_id=batch.pk)
        if error.errno != errno.ENOSPC:
            raise
        form.add_error("exports", sentence("import.no_space"))
        return _page(request, form)
    return redirect("imports:show", batch.pk)


def _page(request: MemberRequest, form: NewImport) -> HttpResponse:
    context = {
        "form": form,
        "limit": written_size(limit()),
        "crumbs": [Crumb(_("Imports"), reverse("imports:list")), Crumb(_("Import files"))],
    }
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


@require(Permission.IMPORT_DATA)
@require_POST
def give_up(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Forget an import that was not started, and its files."""
    try:
        starting.give_up(company_id=request.member.company.id, batch_id=batch_id)
    except batches.BatchUnknown:
        raise Http404 from None
    messages.success(request, _("The files are forgotten. Nothing had been imported."))
    return redirect("imports:list")
