"""What the API refuses of itself, in words: requests that cannot be read, rows that are no records."""

from __future__ import annotations

from django.utils.translation import gettext_noop

API: dict[str, str] = {
    "api.array-too-large": gettext_noop(
        "A JSON array of this size is not taken: send lines of NDJSON (application/x-ndjson) instead."
    ),
    "api.body-too-large": gettext_noop("This body is too large: send it in several requests."),
    "api.content-type": gettext_noop("Send this as one of the kinds of content named in Accept."),
    "api.custom-field-undeclared": gettext_noop(
        "The company has declared no field of its own named “%(field)s”."
    ),
    "api.declaration-unusable": gettext_noop(
        "A field is declared with a name and, if need be, a type, a label, choices and whether it is personal."
    ),
    "api.identifiers-differ": gettext_noop(
        "The address and the body give two different identifiers."
    ),
    "api.if-match-unusable": gettext_noop(
        "If-Match takes the ETag of the record as you have read it, with its quotes, or *."
    ),
    "api.include-unknown": gettext_noop("This cannot be included."),
    "api.invalid": gettext_noop("A parameter of this request is not of its type."),
    "api.neither-true-nor-false": gettext_noop("A parameter is neither true nor false."),
    "api.no-such-address": gettext_noop("The API has no such address: see /api/v1/docs."),
    "api.no-such-method": gettext_noop("This address takes the methods named in Allow."),
    "api.not-an-array": gettext_noop(
        "A bulk call takes a JSON array of objects, or lines of NDJSON."
    ),
    "api.not-an-object": gettext_noop("This is not a JSON object."),
    "api.not-in-range": gettext_noop("A parameter is no whole number within its bounds."),
    "api.not-json": gettext_noop("This body is not JSON."),
    "api.not-your-tool": gettext_noop(
        "A token speaks for its own tool only: this address is another tool’s."
    ),
    "api.objects-differ": gettext_noop("The rows of a bulk call are all of one kind of object."),
    "api.parent-unknown": gettext_noop("“%(value)s” is the identifier of no record."),
    "api.row-not-json": gettext_noop("This line is not valid JSON."),
    "api.row-too-large": gettext_noop("A row of this size is no record."),
    "api.rows-refused": gettext_noop("Rows are refused, so nothing was written, as you asked."),
    "api.scope-missing": gettext_noop("This token has no such scope: ask who made it."),
    "api.token-missing": gettext_noop(
        "Send a token that is in use, as “Authorization: Bearer plr_…”."
    ),
    "api.too-many-requests": gettext_noop("This token has used up its requests of this minute."),
    "api.too-many-rows": gettext_noop("A bulk call takes 100,000 rows at most."),
    "api.too-many-streams": gettext_noop(
        "Too many readers are waiting: ask again in a moment, or without waiting."
    ),
}
