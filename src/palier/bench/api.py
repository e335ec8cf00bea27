"""What a tool waits for when it speaks to the API: `palier bench api`.

Bulk calls stand beside a bare load of the same rows (`palier.bench.ingest`), single records beside an
endpoint that checks the token and inserts one row, and the feed is read from zero to its end. The two
sides take turns; a ratio is a median over turns, or of the 95th percentiles.
"""

from __future__ import annotations

import http.client
import statistics
import time
from typing import Any

import orjson
import psycopg

from palier.bench import scratch
from palier.bench.ingest import FIELDS, Bare, customers
from palier.bench.serving import BenchServerSilent, serving
from palier.database import installation, roles

ROWS, SLICES = 1_000_000, 10
"""Rows at scale 1, a hundred thousand a call."""
SINGLES = 400
FEED_PAGE = 10_000
BARS = {"new": (0.30, 0.20), "identical": (0.60, 0.45), "single_p95": 3.0, "feed_per_s": 50_000}
"""Target and floor, or the most, or the least. Source: the issue, “Speed and size”."""
_BARE = (
    "CREATE TABLE bench_row (id bigserial PRIMARY KEY, company_id bigint, external_id text, name text, siren text, "
    "city text, postcode text, UNIQUE (company_id, external_id)); "
    "GRANT ALL ON bench_row TO palier_app; GRANT ALL ON SEQUENCE bench_row_id_seq TO palier_app"
)


class _Caller:
    def __init__(self, port: int, secret: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[Any, float, float]:
        """The answer, the seconds until it was there, and those of the server."""
        began = time.perf_counter()
        self.connection.request(method, path, body, {**self.headers, "Content-Type": kind})
        answer = self.connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - began
        if answer.status not in {200, 201}:
            raise BenchServerSilent(reason=f"{path}: {answer.status} {content[:200]!r}")
        return orjson.loads(content), seconds, float(answer.headers["X-Server-Seconds"])


def run(*, scale: float) -> dict[str, Any]:
    """Ratios and rates, as JSON values."""
    with scratch.folder() as folder:
        environment = scratch.environment(folder)
        with installation.running(folder) as server:
            assert server is not None  # noqa: S101 - the embedded one
            owner = roles.embedded_target(server.location.socket_dir, owner=True).conninfo()
            scratch.migrate(owner, environment)
            with psycopg.connect(owner) as connection:
                connection.execute(_BARE)
            secret = scratch.found_company(environment, tools=("crm",))["secrets"]["crm"]
            with serving(environment, "palier.bench.page_server:application") as (port, _head):
                call = _Caller(port, secret)
                bulk = _bulk(call, owner, round(ROWS * scale))
                return {
                    **bulk,
                    **_single(call, max(60, round(SINGLES * scale))),
                    **_feed(call),
                    "bars": BARS,
                }


def _bulk(call: _Caller, owner: str, rows: int) -> dict[str, Any]:
    bare = Bare(owner, "bench_bare", FIELDS)
    size = max(1, rows // SLICES)
    new, identical, rates = [], [], []
    for number in range(SLICES):
        told = list(customers(range(number * size, (number + 1) * size)))
        body = b"\n".join(
            orjson.dumps({"external_id": row[0], **dict(zip(FIELDS, row[1:], strict=True))})
            for row in told
        )
        sides = [bare.load(told), _send(call, body)]
        new.append(sides[0] / sides[1])
        identical.append(sides[0] / _send(call, body))
        rates.append(size / sides[1])
    return {
        "rows": size * SLICES,
        "new": statistics.median(new),
        "new_from_to": [min(new), max(new)],
        "identical": statistics.median(identical),
        "new_rows_per_s": statistics.median(rates),
    }


def _send(call: _Caller, body: bytes) -> float:
    return call("POST", "/api/v1/customers/bulk", body, "application/x-ndjson")[1]


def _single(call: _Caller, requests: int) -> dict[str, Any]:
    bare, new, same, changed = [], [], [], []
    for number in range(requests):
        told = {
            "name": f"Seul {number}",
            "siren": f"{900_000_000 + number}",
            "city": "Lyon",
            "postcode": "69001",
        }
        path = f"/api/v1/customers/by/crm/customer/s{number}"
        row = orjson.dumps({"external_id": f"s{number}", **told})
        bare.append(call("POST", "/bare/", row)[2])
        new.append(call("PUT", path, orjson.dumps(told))[2])
        same.append(call("PUT", path, orjson.dumps(told))[2])
        changed.append(call("PUT", path, orjson.dumps({**told, "city": "Brest"}))[2])
    peer = _p95(bare)
    return {
        "bare_p95_ms": peer * 1000,
        "single_new_p95": _p95(new) / peer,
        "single_same_p95": _p95(same) / peer,
        "single_changed_p95": _p95(changed) / peer,
        "single_new_p50": statistics.median(new) / statistics.median(bare),
    }


def _feed(call: _Caller) -> dict[str, Any]:
    after, read, began = "0", 0, time.perf_counter()
    while True:
        page = call("GET", f"/api/v1/changes?after={after}&limit={FEED_PAGE}")[0]
        read += len(page["items"])
        after = page["next"]
        if not page["has_more"]:
            break
    return {"changes": read, "feed_per_s": read / (time.perf_counter() - began)}


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]
