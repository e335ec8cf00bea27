r"""Manifests: what a tool's API is like, one TOML file per tool in the folder `manifests`.

The format, completely. Texts of a call may hold placeholders in braces; a table or a list inside a
list that holds one without value is left out whole, and so is a parameter, a header or a key.

    tool = "acme"                        # code of the tool, = the file's name; the name of its source
    kind = "crm"                         # kind of tool (hub/schema.py SOURCE_KINDS): whom to believe
    label = { fr = "Acme", en = "Acme" }
    base_url = "https://api.acme.example/v2"   # fixed, or "https://{domain}" from a setting
                                         # or a database: "postgresql://{host}:{port}/{database}" (settings user,
                                         # password), "sqlite:///{path}"; then `path` names a table, keyset paging,
                                         # params = { id = "column", updated = "column" }, check path "/"
    headers = { X-Version = "3" }        # sent with every call
    check = { path = "/me" }             # the call that tests a connection
    false_is_empty = true                # `false` stands for "no value" (Odoo), but in a stream's `flags`
    errors = "errors"                    # path of errors inside an answer 200 (GraphQL)
    throttled = "THROTTLED"              # text in these errors that means: slow down
    idempotency_header = "Idempotency-Key"     # names a write, so that a repeated one is not done twice

    [auth]
    kind = "bearer"                      # none | bearer | header | basic | oauth2_client | oauth2_refresh
    secret = "token"                     # the setting that holds the secret
    header = "api-key"                   # for `header`
    user = "login"                       # for `basic`, the setting that holds the name; empty: the secret is the name
    token_url = "https://…/oauth/token"  # for both oauth2: settings client_id, client_secret (, refresh_token)

    [rate]
    requests = 25                        # at most so many
    per_s = 5                            # in any so many seconds

    [[settings]]                         # what a person enters
    name = "token"
    label = { fr = "Jeton d’API", en = "API token" }
    help = { fr = "…", en = "…" }
    secret = true
    optional = false
    pattern = '[a-z0-9-]+'               # the whole value must match

    [[streams]]
    name = "customers"
    path = "/customers"                  # method, params, headers, body belong to the call
    params = { limit = "{limit}", cursor = "{cursor}" }
    items = "data.items"                 # path of the list in an answer; "" the answer itself; "*.results" each's
    id = ["id"]                          # paths whose values, joined by ":", tell items apart
    currency = "EUR"                     # of amounts without a currency field (`timezone` likewise)
    scaled = { "costMicros" = "0.000001" }     # a number multiplied before it is read
    flags = ["active"]                   # true or false, where `false_is_empty`
    count = { path = "/customers/count" }      # a call that tells how many there are, at `count_at`

    [streams.paging]
    style = "cursor"                     # single | cursor {cursor} | offset {offset} | page {page} | link (header
                                         #   rel=next, or its address at `next`) | keyset {after} {after_updated}
    limit = 100                          # {limit}
    next = "next_cursor"                 # path of the next cursor
    more = "has_more"                    # path of true while there is more
    total = "total"                      # path of the number of items of the whole list
    first_page = 1
    key = "id"                           # keyset: path of {after}, when it is not the item's `id`
    first = "0"                          # keyset: {after} of the first page

    [streams.incremental]
    field = "updated_at"                 # path of an item's time of change; {since} asks for later ones
    format = "iso"                       # of {since}: iso | epoch | epoch_ms | date | sql
    overlap_s = 600                      # asked again each time: what committed late is not lost
    window_days = 90                     # instead of a time of change: {from} to {until} is read whole each time
    backfill_days = 730                  # and so many days the first time
    # or a list of changes, followed item by item:
    changes = { path = "/changelog", items = "items", id = ["id"], paging = { … } }
    keep_days = 28                       # older changes are forgotten: then everything is read
    operation = "operation"              # path of the kind of change
    deleted = ["delete"]                 # kinds that mean: gone
    only = { "object" = "invoice" }      # changes of other kinds are passed over
    item = { path = "/customers/{id}" }  # the call for one item, found at `item_at`

    [streams.deletion]
    policy = "keep"                      # keep: nothing tells | listing: what a whole listing lacks |
                                         # window: what the window lacks |
                                         # trash: items of the list `trash`
    field = "deleted"                    # and, with any of them: an item whose `field` has one of
    values = ["true"]                    # these values is gone
    [[streams.lookups]]                  # path, method, body… where {ids} is the list of [{ id = … }]
    name = "companies"                   # put into each item under this name
    items = "results"
    key = "from.id"
    value = "to.0.toObjectId"

    [[streams.entities]]                 # what an item means: exactly as in presets (imports/presets.py), where a
                                         # column is a path such as "address.city" or "emails.0"
    [[streams.children]]
    each = "lines.data"                  # a list inside each item; columns "parent.id" are the item's
    [[streams.children.entities]]

    [streams.write_back]                 # how changes made elsewhere reach the tool
    entity = "customer"
    update = { path = "/customers/{id}", method = "PATCH", body = "{changes}" }
    create = { path = "/customers", method = "POST", body = "{changes}" }
    created_id = "id"
    read = { path = "/customers/{id}" }  # to compare with; the object is at `read_at`
    fields = { name = "name", city = "address.city" }    # canonical field = path in the tool's object
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import ClassVar

from palier.hub.connectors.manifest import Manifest
from palier.hub.connectors.manifest_reader import ManifestInvalid, ManifestReader
from palier.hub.imports.messages import Notice, _
from palier.kernel.refusals import Refusal

__all__ = ["ManifestInvalid", "ManifestUnknown", "list_ready", "load_manifest", "read_manifest"]


class ManifestUnknown(Refusal):
    code: ClassVar[str] = "connector.manifest-unknown"
    message: ClassVar[str] = _("There is no ready-made connection named “%(tool)s”.")


def read_manifest(text: str) -> Manifest:
    """The manifest of a TOML text. Raises: `ManifestInvalid`, naming every problem with its line."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestInvalid(Notice("manifest.syntax", {"problem": str(error)})) from error
    reader = ManifestReader(text)
    manifest = reader.manifest(raw)
    if reader.problems:
        raise ManifestInvalid(*reader.problems)
    return manifest


@cache
def load_manifest(*, tool: str) -> Manifest:
    """A ready-made manifest. Raises: `ManifestUnknown`, `ManifestInvalid`."""
    if tool not in list_ready():
        raise ManifestUnknown(tool=tool)
    path = resources.files("palier.hub.connectors").joinpath("manifests", f"{tool}.toml")
    return read_manifest(path.read_text(encoding="utf-8"))


@cache
def list_ready() -> tuple[str, ...]:
    """The tools for which a manifest is ready, by name."""
    folder = resources.files("palier.hub.connectors").joinpath("manifests")
    return tuple(
        sorted(
            one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")
        )
    )
