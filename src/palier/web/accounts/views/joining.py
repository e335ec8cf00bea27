"""Joining by link, switching company, and the page of somebody who belongs nowhere yet."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from palier.accounts import operations, queries
from palier.accounts.models import Person
from palier.accounts.queries import Invited
from palier.kernel.refusals import Refusal
from palier.web.accounts import forms, labels
from palier.web.http import CURRENT_COMPANY, PersonRequest, public, signed_in
from palier.wording.sentences import said

PAGE = "accounts/invitation.html"
GONE = 410
"""A link that did work once. Source: RFC 9110 §15.5.11."""


@public
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a link leads to: choose a password, sign in, accept, or why it no longer works."""
    invited = queries.find_invitation(token=token)
    if invited is None:
        raise Http404
    state = invited.state(now=timezone.now())
    if state != "PENDING":
        context = {"reason": labels.ENDINGS[state]}
        return render(request, "accounts/invitation_closed.html", context, status=GONE)
    if request.user.is_authenticated:
        return _accept(request, request.user, invited, token)
    person = queries.find_person(email=invited.email)
    if person is not None and person.has_usable_password():
        return render(request, PAGE, _context(invited, step="sign_in"))
    return _join(request, invited, token)


def _context(invited: Invited, **more: object) -> dict[str, object]:
    role = {"role": labels.ROLES[invited.role], "meaning": labels.ROLE_MEANINGS[invited.role]}
    return {"invited": invited, **role, **more}


def _accept(request: HttpRequest, person: Person, invited: Invited, token: str) -> HttpResponse:
    if person.email != invited.email:
        return render(request, PAGE, _context(invited, step="other"), status=403)
    if request.method != "POST":
        return render(request, PAGE, _context(invited, step="accept"))
    member = operations.accept_invitation(token=token, person=person, now=timezone.now())
    request.session[CURRENT_COMPANY] = member.company.id
    return redirect("/")


def _join(request: HttpRequest, invited: Invited, token: str) -> HttpResponse:
    form = forms.Join(
        request.POST or None, email=invited.email, initial={"language": get_language()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            person, member = operations.join(token=token, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, said(refusal))
        else:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
            request.session[CURRENT_COMPANY] = member.company.id
            return redirect("/")
    status = 422 if form.errors else 200
    return render(request, PAGE, _context(invited, step="join", form=form), status=status)


@public
def by_invitation_only(request: HttpRequest) -> HttpResponse:
    """Where a sign-up page would be: how one gets in."""
    return render(request, "accounts/by_invitation_only.html")


@signed_in
@require_POST
def switch_company(request: PersonRequest) -> HttpResponse:
    """Read another of one's companies from now on."""
    wanted = request.POST.get("company", "")
    for member in request.memberships:
        if member.company.slug == wanted:
            request.session[CURRENT_COMPANY] = member.company.id
            return redirect("/")
    raise Http404


@signed_in
def no_company(request: PersonRequest) -> HttpResponse:
    """For somebody who belongs to no company (any more)."""
    if request.member is not None:
        return redirect("/")
    return render(request, "accounts/no_company.html")
