"""Who calls the API: each request is its token's, works for its company, within its limit, once for its key."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from palier.accounts.idempotency import Answer, once
from palier.accounts.permissions import Access
from palier.accounts.tokens import Allowance, Scope, Token, find_bearer, note_use, take_allowance
from palier.api.bodies import let_go, spooled
from palier.api.problems import CONTENT_TYPE, ApiProblem, Says, problem
from palier.api.refusals import answered
from palier.database.isolation import company_scope
from palier.kernel.refusals import Refusal

logger = logging.getLogger(__name__)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEY_HEADER = "Idempotency-Key"
P = ParamSpec("P")


class TokenRequest(HttpRequest):
    """A request of a tool; the connection sees that tool's company and no other."""

    token: Token


TokenView = Callable[Concatenate[TokenRequest, P], HttpResponseBase]


def needs(scope: Scope) -> Callable[[TokenView[P]], TokenView[P]]:
    """An operation for tokens that have this scope."""

    def decorate(view: TokenView[P]) -> TokenView[P]:
        @functools.wraps(view)
        def scoped(request: TokenRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.token.may(scope):
                says = Says(more={"scope": scope.value})
                return problem(403, "api.scope-missing", says)
            return view(request, *args, **kwargs)

        scoped.scope = scope  # type: ignore[attr-defined]
        return scoped

    return decorate


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An address of the API behind its gate: token, scope of the company, limit, idempotency."""

    @csrf_exempt
    def answer(request: TokenRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        now = timezone.now()
        token = find_bearer(secret=_secret(request), now=now)
        if token is None:
            return problem(
                401,
                "api.token-missing",
                Says(headers={"WWW-Authenticate": 'Bearer realm="Palier"'}),
            )
        request.token = token
        with company_scope(token.company_id), timezone.override(ZoneInfo("UTC")):
            note_use(token=token, now=now)
            allowance = take_allowance(token=token, now=now)
            if allowance is not None and allowance.exhausted:
                says = Says(headers={"Retry-After": str(allowance.reset_s)})
                return _with_allowance(problem(429, "api.too-many-requests", says), allowance)
            try:
                response = _once(
                    request, functools.partial(_safely, view, request, *args, **kwargs)
                )
            except Exception:
                logger.exception("%s %s", request.method, request.path)
                got_request_exception.send(sender=None, request=request)
                response = problem(500, "palier.bug")
            finally:
                let_go(request)
            return _with_allowance(response, allowance)

    answer.access = Access("TOKEN")  # type: ignore[attr-defined]
    return answer


def _secret(request: HttpRequest) -> str:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _safely(
    view: Callable[..., HttpResponseBase], request: TokenRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    """The view's answer; what is refused, and a method that is not taken, are problems like the others."""
    try:
        response = view(request, *args, **kwargs)
    except (ApiProblem, Refusal) as refusal:
        return answered(refusal)
    if response.status_code == 405 and response.headers.get("Content-Type") != CONTENT_TYPE:
        return problem(405, "api.no-such-method", Says(headers={"Allow": response["Allow"]}))
    return response


def _once(request: TokenRequest, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer, kept for a request that carries a key."""
    key = request.headers.get(KEY_HEADER)
    if key is None or request.method not in WRITING:
        return work()
    try:
        kept = once(
            token=request.token,
            key=key,
            fingerprint=_fingerprint(request),
            now=timezone.now(),
            work=lambda: _kept(work()),
        )
    except (ApiProblem, Refusal) as refusal:
        return answered(refusal)
    response = HttpResponse(kept.body, status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    if kept.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def _fingerprint(request: TokenRequest) -> str:
    """What makes two requests the same: method, address and body."""
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    body = spooled(request)
    while block := body.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _kept(response: HttpResponseBase) -> Answer:
    body = b"" if response.streaming else bytes(response.content)  # type: ignore[attr-defined]
    return Answer(response.status_code, dict(response.items()), body)


def _with_allowance(response: HttpResponseBase, allowance: Allowance | None) -> HttpResponseBase:
    """What is left of the token's requests, in the headers of the IETF draft."""
    if allowance is not None:
        response["RateLimit-Limit"] = str(allowance.limit)
        response["RateLimit-Remaining"] = str(max(allowance.remaining, 0))
        response["RateLimit-Reset"] = str(allowance.reset_s)
    return response
