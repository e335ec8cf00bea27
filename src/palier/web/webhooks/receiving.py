"""The door-step: what a tool posts is verified and kept, and answered at once; nothing else happens here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from palier.hub.webhooks import hooks
from palier.hub.webhooks.verifying import Call
from palier.journeys.webhooks import ask_processing
from palier.kernel.refusals import Refusal
from palier.web.http import public
from palier.wording.sentences import said


@public
@csrf_exempt
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Take a message from a tool: 202 when it is kept, also when it was kept before."""
    if request.method != "POST":
        answer = _problem(405, "hooks.post-only", _("Messages are posted to this address."))
        answer["Allow"] = "POST"
        return answer
    body = _body(request)
    if body is None:
        sentence = _("The body is larger than %(limit)s bytes.") % {"limit": hooks.MAX_BODY}
        return _problem(413, "hooks.too-large", sentence)
    call = Call(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        url=settings.BASE_URL + request.get_full_path(),
        now=timezone.now(),
    )
    try:
        kept = hooks.receive(token=token, call=call)
    except hooks.HookUnknown as refusal:
        return _problem(404, refusal.code, said(refusal))
    except Refusal as refusal:
        return _problem(401, refusal.code, said(refusal))
    if kept.is_new:
        ask_processing(company_id=kept.company_id)
    return JsonResponse({"id": kept.message_id, "new": kept.is_new}, status=202)


def _body(request: HttpRequest) -> bytes | None:
    """The bytes as they were sent; None when there are too many, which are not read."""
    announced = request.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > hooks.MAX_BODY:
        return None
    body = request.read(hooks.MAX_BODY + 1)
    return None if len(body) > hooks.MAX_BODY else body


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    """An error as RFC 9457 writes it."""
    return JsonResponse(
        {"type": "about:blank", "status": status, "code": code, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )
