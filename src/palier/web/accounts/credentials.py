"""What a browser says its key said: its shape is checked before the account library reads it.

The library trusts the keys of that JSON (65.21: a missing one is a KeyError), and sign-in by
passkey is open to everybody.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from palier.web.http import bad_request

FIELD = "credential"
LONGEST = 20_000
"""Characters: a credential holds one certificate chain at most, a few kilobytes [ours]."""

View = Callable[..., HttpResponseBase]


def shaped(view: View) -> View:
    """The view, for requests whose credential, if there is one, looks like one; else 400."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        given = request.POST.get(FIELD, "") if request.method == "POST" else ""
        if given and not looks_like_a_credential(given):
            return bad_request(request)
        return view(request, *args, **kwargs)

    return checked


def looks_like_a_credential(text: str) -> bool:
    """Whether `text` is the JSON of a public-key credential. Source: W3C WebAuthn level 3 §5.1."""
    if len(text) > LONGEST:
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    named = all(isinstance(found.get(key), str) for key in ("id", "rawId", "type"))
    response = found.get("response")
    if not named or found["id"] != found["rawId"] or not isinstance(response, dict):
        return False
    answers = (
        {"clientDataJSON", "attestationObject"},
        {"clientDataJSON", "authenticatorData", "signature"},
    )
    return any(all(isinstance(response.get(key), str) for key in keys) for keys in answers)
