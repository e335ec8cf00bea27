"""How fast pages answer, against a static page of the same server: `palier bench pages`.

Pages of figures read readings, whose number depends on metrics, periods and channels and not on the number of
customers: a company of a million and one of a hundred have the same ones. Lists are read among a million customers
and a hundred thousand deals at scale 1.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from palier.bench import scratch
from palier.bench.serving import BenchServerSilent, serving
from palier.database import installation, roles

PAGES = {
    "cockpit": "/",
    "cockpit_weeks": "/?grain=week",
    "metric": "/metrics/mrr.total/",
    "metric_by_channel": "/metrics/customers.churn/?by=channel",
    "metrics": "/metrics/",
    "customers": "/clients/",
    "customers_by_stage": "/clients/?filtre=stage:is:customer",
    "deals": "/donnees/affaires/",
}
BAR_P95 = 3.0
"""Server time of a page over that of a static page, at the 95th percentile. Source: DESIGN §5."""
REQUESTS = 300
"""Measured requests of each side and page at scale 1."""
WARM_UP = 30
FEWEST_REQUESTS = 40


def run(*, scale: float) -> dict[str, Any]:
    """Ratios of each page to its static twin, in seconds of the server; the two alternate."""
    with scratch.folder() as folder:
        environment = scratch.environment(folder)
        with installation.running(folder) as server:
            if server is None:
                raise BenchServerSilent(reason="no embedded database")
            owner = roles.embedded_target(server.location.socket_dir, owner=True)
            scratch.migrate(owner.conninfo(), environment)
            made = _fill(environment, scale)
            _analyse(owner.conninfo())
            with serving(environment, "palier.bench.page_server:application") as (port, _head):
                return _measured(made, port, requests=max(FEWEST_REQUESTS, round(REQUESTS * scale)))


def _analyse(owner_conninfo: str) -> None:
    """Statistics and visibility, as the database's own upkeep makes them within minutes."""
    with psycopg.connect(owner_conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _fill(environment: dict[str, str], scale: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "palier.bench.page_server", str(scale)],
        env=environment,
        check=True,
        capture_output=True,
    )
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


class _Client:
    """One kept connection with its cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Cookie": cookie, "Accept-Language": "fr"}

    def get(self, address: str) -> tuple[bytes, float, int]:
        """Body, seconds and queries in the server."""
        self.connection.request("GET", address, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise BenchServerSilent(reason=f"{address}: {answer.status}")
        return (
            body,
            float(answer.headers["X-Server-Seconds"]),
            int(answer.headers["X-Server-Queries"]),
        )

    def close(self) -> None:
        """Let the connection go."""
        self.connection.close()


def _measured(made: dict[str, Any], port: int, *, requests: int) -> dict[str, Any]:
    pages: dict[str, Any] = {}
    with contextlib.closing(_Client(port, made["cookie"])) as client:
        for name, address in PAGES.items():
            pages[name] = _page(client, name, address, Path(made["stored"]), requests)
    worst = max(page["ratio_p95"] for page in pages.values())
    return {
        "readings": made["readings"],
        "requests": requests,
        "pages": pages,
        "worst_ratio_p95": worst,
        "bar_p95": BAR_P95,
    }


def _page(client: _Client, name: str, address: str, stored: Path, requests: int) -> dict[str, Any]:
    body, _seconds, _queries = client.get(address)
    stored.mkdir(parents=True, exist_ok=True)
    stored.joinpath(name).write_bytes(body)
    twin = f"/stored/{name}/"
    for _round in range(WARM_UP):
        client.get(address)
        client.get(twin)
    ours, theirs, queries = [], [], set()
    for _round in range(requests):
        _body, seconds, counted = client.get(address)
        ours.append(seconds)
        queries.add(counted)
        theirs.append(client.get(twin)[1])
    return {
        "bytes": len(body), "queries": sorted(queries),
        "p50_ms": median(ours) * 1000, "p95_ms": _p95(ours) * 1000,
        "static_p50_ms": median(theirs) * 1000, "static_p95_ms": _p95(theirs) * 1000,
        "ratio_p50": median(ours) / median(theirs), "ratio_p95": _p95(ours) / _p95(theirs),
    }  # fmt: skip


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]
