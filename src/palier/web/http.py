"""Who asks, for which company, and may they: the one place where a request gets its scope.

Every view states who may call it, by exactly one of `public`, `signed_in` and `require`; a
consistency test refuses a view without one.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from palier.accounts import queries
from palier.accounts.models import Person
from palier.accounts.permissions import READING, Access, Permission, may
from palier.accounts.queries import Member
from palier.database.isolation import company_scope, person_scope
from palier.kernel.refusals import Refusal
from palier.web.layout import announce
from palier.wording.sentences import said

CURRENT_COMPANY = "company_id"
"""Key of the session: the company whose pages the person reads."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNKNOWN = "-unknown"
"""Refusals whose code ends so are answered as an address that does not exist."""

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody signed in, who may belong to no company."""

    user: Person
    htmx: HtmxDetails
    member: Member | None
    memberships: tuple[Member, ...]


class MemberRequest(PersonRequest):
    """A request of a member; the connection sees that member's company and no other."""

    member: Member


PersonView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]
MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
AnyView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class MemberMiddleware:
    """Gives each request its member, scope, language and time zone, and takes them back.

    Three statements find who asks, whatever the number of companies: session, person,
    memberships. A company the person has left is forgotten at the next request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer inside the scope of the person and of the current company."""
        asked = cast("PersonRequest", request)
        asked.member, asked.memberships = None, ()
        if not request.user.is_authenticated:
            return self.get_response(request)
        with contextlib.ExitStack() as scope:
            scope.enter_context(person_scope(asked.user.pk))
            scope.enter_context(translation.override(asked.user.language))
            request.LANGUAGE_CODE = asked.user.language
            asked.memberships = tuple(queries.list_own_memberships(person_id=asked.user.pk))
            asked.member = _current(asked)
            if asked.member is not None:
                scope.enter_context(company_scope(asked.member.company.id))
                scope.enter_context(timezone.override(ZoneInfo(asked.member.company.time_zone)))
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", asked.user.language)
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal that no form caught; anything else stays a bug."""
        if not isinstance(exception, Refusal):
            return None
        if exception.code.endswith(UNKNOWN):
            return not_found(request, exception)
        reason = said(exception)
        return _error(request, "accounts/refused.html", 409, reason, reason=reason)


def _current(request: PersonRequest) -> Member | None:
    if not request.memberships:
        return None
    wanted = request.session.get(CURRENT_COMPANY)
    for member in request.memberships:
        if member.company.id == wanted:
            return member
    first = request.memberships[0]
    request.session[CURRENT_COMPANY] = first.company.id
    return first


def public(view: AnyView[P]) -> AnyView[P]:
    """A page for everybody, signed in or not."""
    return _stated(view, Access("PUBLIC"))


def signed_in(view: PersonView[P]) -> AnyView[P]:
    """A page of one's own, whatever the company: account, switching, joining."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        return view(cast("PersonRequest", request), *args, **kwargs)

    return _stated(guarded, Access("SIGNED_IN"))


def require(
    permission: Permission, *, post: Permission | None = None
) -> Callable[[MemberView[P]], AnyView[P]]:
    """A page of the current company, for members whose role has `permission`.

    `post` is what a request that changes something needs; by default the same permission. A
    permission that only reads never lets a change through: such a request is answered 405.
    """
    writing = post if post is not None else (None if permission in READING else permission)

    def decorate(view: MemberView[P]) -> AnyView[P]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            asked = cast("MemberRequest", request)
            if asked.member is None:
                return _go(request, resolve_url("accounts:no_company"))
            needed = permission if request.method in SAFE_METHODS else writing
            if needed is None:
                return HttpResponseNotAllowed(sorted(SAFE_METHODS))
            if not may(asked.member, needed):
                raise PermissionDenied(_("Your role in this company does not allow this."))
            return view(asked, *args, **kwargs)

        return _stated(guarded, Access("MEMBER", reading=permission, writing=writing))

    return decorate


def _stated(view: AnyView[P], access: Access) -> AnyView[P]:
    view.access = access  # type: ignore[attr-defined]
    return view


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back to the page that was asked for (with htmx: the page around)."""
    if not cast("PersonRequest", request).htmx:
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
    around = urlsplit(cast("PersonRequest", request).htmx.current_url or "/")
    back = around.path + (f"?{around.query}" if around.query else "")
    return HttpResponseClientRedirect(
        redirect_to_login(back, resolve_url(settings.LOGIN_URL))["Location"]
    )


def _go(request: HttpRequest, url: str) -> HttpResponseBase:
    if cast("PersonRequest", request).htmx:
        return HttpResponseClientRedirect(url)
    return redirect(url)


def _error(
    request: HttpRequest, template: str, status: int, sentence: str, **context: str
) -> HttpResponse:
    """A page that says what is wrong; for a part of a page, a sentence in its live region instead."""
    if not getattr(request, "htmx", False):
        return render(request, template, context, status=status)
    answer = announce(HttpResponse(status=status), sentence)
    answer["HX-Reswap"] = "none"
    return answer


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for a request that cannot be read."""
    return _error(request, "400.html", 400, _("This request cannot be read"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for something the member's role does not allow."""
    reason = str(exception or "")
    return _error(request, "403.html", 403, reason or _("You cannot open this page"), reason=reason)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose proof of origin no longer holds: a tab left open, cookies refused."""
    return _error(request, "403_csrf.html", 403, _("This page was open for too long"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for an address that does not exist, or not for this company."""
    return _error(request, "404.html", 404, _("There is nothing here"))


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for a bug: no query, no template that could fail again."""
    from django.template import loader

    return HttpResponse(loader.get_template("500.html").render(), status=500)
