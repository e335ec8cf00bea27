"""Tokens by which tools speak to the API: made, shown once, revoked."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission
from palier.accounts.tokens import (
    Token,
    TokenLimitUnusable,
    TokenMade,
    list_tokens,
    make_token,
    revoke_token,
)
from palier.hub.queries import list_tools
from palier.kernel.refusals import Refusal
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.tools import shown
from palier.web.tools.forms import NewToken
from palier.wording.sentences import said

PAGE = "tools/tokens.html"


@require(Permission.MANAGE_TOOLS)
def tokens(request: MemberRequest) -> HttpResponse:
    """Every token; a POST makes one and shows its secret, the only time it can be read."""
    if request.method != "POST":
        return render(request, PAGE, _page(request))
    form = NewToken(request.POST, tools=list_tools(company_id=request.member.company.id))
    if form.is_valid():
        try:
            made = make_token(
                author=request.member,
                name=form.cleaned_data["name"],
                tool=form.tool_name,
                scopes=form.cleaned_data["scopes"],
                rate_per_minute=form.cleaned_data["rate"],
                expires_at=form.expires_at,
                now=timezone.now(),
            )
        except Refusal as refusal:
            field = "rate" if isinstance(refusal, TokenLimitUnusable) else "new_tool"
            form.add_error(field, said(refusal))
        else:
            response = render(request, _part(request), _page(request, made=_shown_once(made)))
            response["Cache-Control"] = "no-store"
            return response
    return render(request, _part(request), _page(request, form=form), status=422)


@require(Permission.MANAGE_TOOLS)
@require_POST
def revoke(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """End a token at once."""
    token = revoke_token(author=request.member, public_id=public_id, now=timezone.now())
    message = _("“%(name)s” is revoked: it opens nothing any more.") % {"name": token.name}
    if request.htmx:
        return announce(render(request, f"{PAGE}#tokens", _page(request)), message)
    messages.success(request, message)
    return redirect("tools:tokens")


def _part(request: MemberRequest) -> str:
    return f"{PAGE}#tokens" if request.htmx else PAGE


def _shown_once(made: TokenMade) -> dict[str, object]:
    return {
        "token": made.token,
        "secret": made.secret,
        "example": shown.example_for(made.token, secret=made.secret, base=settings.BASE_URL),
    }


def _page(request: MemberRequest, **more: object) -> dict[str, object]:
    """Everything the page shows. Two queries."""
    company_id = request.member.company.id
    tools = list_tools(company_id=company_id)
    words = {tool.name: tool.label for tool in tools}
    return {
        "rows": [_row(token, words) for token in list_tokens(company_id=company_id)],
        "form": NewToken(tools=tools),
        **more,
    }


def _row(token: Token, words: dict[str, str]) -> dict[str, object]:
    now = timezone.now()
    return {
        "token": token,
        "tool": words.get(token.tool, token.tool),
        "scopes": shown.scopes_of(token),
        "limits": shown.limits_of(token),
        "used": shown.used(token, now=now),
        "state": shown.state_of(token, now=now),
        "key": token.public_id.hex,
        "live": token.revoked_at is None,
    }
