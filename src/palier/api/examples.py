"""Commands of the reference page: they run as they stand in a shell, once the first block has been filled in."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext_noop as _

from palier.api.names import BASE, SINGULARS

TOOL = "mon-outil"
_PLACES = {"tool": "$TOOL", "record_id": "$ID", "entity": "customer", "name": "millesime"}
_BEARER = '\\\n  -H "Authorization: Bearer $TOKEN"'
_JSON = "\\\n  --json"
_NDJSON = '\\\n  -H "Content-Type: application/x-ndjson" --data-binary @-'


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try: what it shows, and the command."""

    title: str
    says: str
    command: str


def settings_block(base: str) -> str:
    """What the commands need: where, who, and for which tool."""
    return f"PALIER={base.rstrip('/')}{BASE}\nTOKEN=plr_…\nTOOL={TOOL}\nID=cus_…"


STEPS: tuple[Step, ...] = (
    Step(
        _("Create a record"),
        _(
            "The answer holds the record as Palier keeps it, with its id and its version. Keep the id, or send your own."
        ),
        f'curl -X POST "$PALIER/customers" {_BEARER} {_JSON} \''
        '{"external_id": "C-42", "name": "Menuiserie Exemple", "siren": "732829320"}\'',
    ),
    Step(
        _("Say it under your own identifier"),
        _(
            "Created the first time, replaced afterwards, unchanged when you send the same again: your tool need not remember anything."
        ),
        f'curl -X PUT "$PALIER/customers/by/$TOOL/customer/C-42" {_BEARER} {_JSON} \''
        '{"name": "Menuiserie Exemple", "siren": "732829320", "city": "Lyon"}\'',
    ),
    Step(
        _("Send many at once"),
        _(
            "One JSON object a line, up to 100,000 lines. Each refused row is named with its reason; the others are written."
        ),
        'printf \'%s\\n\' \'{"external_id": "C-43", "name": "Verrerie Exemple"}\' '
        '\'{"external_id": "C-44", "name": "Tonnellerie Exemple"}\' \\\n'
        f'  | curl "$PALIER/customers/bulk" {_BEARER} {_NDJSON}',
    ),
    Step(
        _("Attach what belongs to a record"),
        _(
            "A parent is named by your own identifier, by the id of Palier or by a SIREN or an e-mail. It may come later: the invoice waits for it."
        ),
        f'curl -X PUT "$PALIER/invoices/by/$TOOL/invoice/F-2026-0042" {_BEARER} {_JSON} \''
        '{"customer": {"external_id": "C-42"}, "number": "F-2026-0042", "issued_on": "2026-11-02", '
        '"net_minor": 125000, "gross_minor": 150000, "currency": "EUR"}\'',
    ),
    Step(
        _("Find records"),
        _("Each field is a filter; search ignores case and accents."),
        f'curl "$PALIER/customers?search=menuiserie&city.known=true&limit=10" {_BEARER}',
    ),
    Step(
        _("Follow changes"),
        _(
            "Keep “next” and send it as “after” next time: no change is lost, none comes out of order."
        ),
        f'curl "$PALIER/changes?after=0&limit=5&include=data" {_BEARER}',
    ),
)
"""What the reference page begins with."""


def body_of(told: dict[str, Any]) -> Any:
    """An example of what an operation takes, or None."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    if schema.get("type") == "array":
        return [schema["items"]["example"]]
    return schema.get("example")


def command(path: str, method: str, told: dict[str, Any]) -> str:
    """The curl command of an operation."""
    tag = told["tags"][0]
    entity = SINGULARS.get(tag, "")
    places = {**_PLACES, "object_name": entity, "external_id": f"{tag}-42"}
    at = path.removeprefix(BASE)
    for name, value in places.items():
        at = at.replace(f"{{{name}}}", value)
    act = "" if method == "get" else f"-X {method.upper()} "
    if path.endswith("/stream"):
        return f'curl -N "$PALIER{at}?after=now&for=20" {_BEARER}'
    body = body_of(told)
    if method == "put":
        body = {name: value for name, value in body.items() if name != "external_id"}
    if body is None:
        return f'curl {act}"$PALIER{at}" {_BEARER}'
    if path.endswith("/bulk"):
        needed = {"external_id", "name", *_required(told)}
        row = {name: value for name, value in body[0].items() if name in needed}
        line = shlex.quote(orjson.dumps(row).decode())
        return f"printf '%s\\n' {line} \\\n  | curl \"$PALIER{at}\" {_BEARER} {_NDJSON}"
    return f'curl {act}"$PALIER{at}" {_BEARER} {_JSON} {shlex.quote(_pretty(body))}'


def _required(told: dict[str, Any]) -> list[str]:
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    return list(schema["items"].get("required", ()))


def _pretty(body: Any) -> str:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
