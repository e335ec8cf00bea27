"""A tool of no name, with customers only and every way of paging: for faults and for each style."""

from __future__ import annotations

import datetime as dt
from typing import Any

from standins.server import Asked, StandIn, iso

MANIFEST = """
tool = "{style}"
kind = "crm"
label = {{ fr = "Outil fictif", en = "Fictional tool" }}
base_url = "{url}"
check = {{ path = "/me" }}

[auth]
kind = "bearer"

[rate]
requests = 100000
per_s = 1

[[settings]]
name = "token"
secret = true
label = {{ fr = "Jeton", en = "Token" }}

[[streams]]
name = "customers"
path = "/{style}"
{call}
items = "items"
{incremental}
{deletion}

[streams.paging]
{paging}

[[streams.entities]]
entity = "customer"
object = "customer"
id = ["id"]
updated_at = "updated_at"

[streams.entities.fields]
name = "name"
city = {{ column = "address.city", optional = true }}
headcount_band = {{ column = "size", parser = "int", optional = true }}
"""

CALLS = {
    "cursor": 'params = { limit = "{limit}", cursor = "{cursor}", since = "{since}" }',
    "offset": 'params = { limit = "{limit}", offset = "{offset}", since = "{since}" }',
    "page": 'headers = { page = "{page}", per_page = "{limit}" }\nparams = { since = "{since}" }',
    "link": 'params = { limit = "{limit}", since = "{since}" }',
    "keyset": 'params = { limit = "{limit}", after = "{after}", after_updated = "{after_updated}", since = "{since}" }',
    "single": 'params = { since = "{since}" }',
}
PAGING = {
    "cursor": 'style = "cursor"\nnext = "next"\nmore = "more"\ntotal = "total"\nlimit = 10',
    "offset": 'style = "offset"\ntotal = "total"\nlimit = 10',
    "page": 'style = "page"\nlimit = 10',
    "link": 'style = "link"\nlimit = 10\ntotal = "total"',
    "keyset": 'style = "keyset"\nlimit = 10',
    "single": 'style = "single"\ntotal = "total"',
}
STYLES = tuple(PAGING)


class Generic(StandIn):
    """Customers c001…, each updated a minute after the other."""

    def __init__(self, *, count: int = 25, style: str = "cursor", total: bool = True) -> None:
        super().__init__()
        self.style, self.total, self.drop_keys = style, total, False
        self.items: list[dict[str, Any]] = [self.customer(n) for n in range(1, count + 1)]
        self.told: int | None = None

    def customer(self, number: int, **more: Any) -> dict[str, Any]:
        start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        return {
            "id": f"c{number:03d}",
            "name": f"Atelier fictif {number}",
            "address": {"city": "Lyon"},
            "size": number,
            "updated_at": iso(start + dt.timedelta(minutes=number)),
            **more,
        }

    def manifest(self, *, incremental: bool = True, deletion: str = "listing") -> str:
        return MANIFEST.format(
            style=self.style,
            url=self.url,
            call=CALLS[self.style],
            paging=PAGING[self.style],
            incremental='incremental = { field = "updated_at" }' if incremental else "",
            deletion=f'deletion = {{ policy = "{deletion}" }}',
        )

    def touch(self, number: int, **changes: Any) -> None:
        """A change of one customer, at the tool's present time."""
        for item in self.items:
            if item["id"] == f"c{number:03d}":
                item.update({"updated_at": iso(self.now), **changes})

    def answer(self, asked: Asked) -> tuple[int, Any, dict[str, str]]:
        if asked.path == "/me":
            return 200, {"ok": True}, {}
        listed = [one for one in self.items if one["updated_at"] >= asked.query.get("since", "")]
        limit = int(asked.query.get("limit", asked.headers.get("per_page", 1000)))
        headers: dict[str, str] = {}
        extra: dict[str, Any] = {}
        if self.style == "cursor":
            begin = int(asked.query.get("cursor", "0"))
            more = begin + limit < len(listed)
            extra = {"next": str(begin + limit) if more else None, "more": more}
        elif self.style == "offset":
            begin = int(asked.query.get("offset", "0"))
        elif self.style == "page":
            begin = (int(asked.headers["page"]) - 1) * limit
        elif self.style == "link":
            begin = int(asked.query.get("from", "0"))
            if begin + limit < len(listed):
                since = asked.query.get("since")
                tail = f"&since={since}" if since else ""
                headers["Link"] = (
                    f'<{self.url}/link?limit={limit}&from={begin + limit}{tail}>; rel="next"'
                )
        elif self.style == "keyset":
            listed.sort(key=lambda one: (one["updated_at"], one["id"]))
            place = (asked.query.get("after_updated", ""), asked.query.get("after", ""))
            listed = [one for one in listed if (one["updated_at"], one["id"]) > place]
            begin = 0
        else:
            begin = 0
        if self.total:
            extra["total"] = self.told if self.told is not None else len(listed)
        return 200, {"items": listed[begin : begin + limit], **extra}, headers
