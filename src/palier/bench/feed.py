"""Whether the feed is complete and in order: `palier bench feed`.

Twenty writers and five readers speak to a served site while something is killed every few seconds:
a writer, a reader, a process of the site. At the end what each reader has gathered must be what the
tables hold, record by record and version by version. Source: hub.md §1.4 and §9.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil

from palier.bench import scratch
from palier.bench.feed_actor import ENDED
from palier.bench.serving import serving
from palier.database import installation, roles

WRITERS, READERS = 20, 5
SECONDS = 600
"""Length at scale 1."""
KILL_EVERY_S = 3.0
TOOLS = ("crm", "erp", "shop", "support")
_TABLES = """
import json, sys, django
django.setup()
from django.db import connection
from palier.database.isolation import company_scope
from palier.hub import feed
with company_scope(%d):
    found = {}
    with connection.cursor() as cursor:
        for table, prefix in (("customer", "cus"), ("product", "pro")):
            cursor.execute(f"SELECT public_id, version, deleted_at IS NULL FROM hub_{table}")
            found |= {f"{prefix}_{one.hex}": version if live else -version for one, version, live in cursor.fetchall()}
    head = feed.head(company_id=%d).position
print(json.dumps({"versions": found, "head": head}))
"""


@dataclass(slots=True)
class _Race:
    """The actors of a run, and what was killed."""

    folder: Path
    port: int
    secrets: dict[str, str]
    environment: dict[str, str]
    until: float
    actors: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start an actor, or start it again: it goes on from its file."""
        role, number = name.split("-")
        tool = TOOLS[int(number) % len(TOOLS)]
        self.actors[name] = subprocess.Popen(
            [
                sys.executable, "-m", "palier.bench.feed_actor", role, str(self.port), self.secrets[tool], tool,
                number, str(self.until), str(self.folder / f"{name}.json"),
            ],
            env=self.environment,
        )  # fmt: skip

    def kill(self, chance: random.Random, server: int) -> None:
        """Kill one of the three sorts at random, and let an actor begin again."""
        sort = chance.choice(("writer", "reader", "site"))
        if sort == "site":
            workers = psutil.Process(server).children(recursive=False)
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                chance.choice(workers).kill()
        else:
            name = chance.choice([one for one in self.actors if one.startswith(sort)])
            os.kill(self.actors[name].pid, signal.SIGKILL)
            self.actors[name].wait()
            self.start(name)
        self.killed[sort] = self.killed.get(sort, 0) + 1


def run(*, scale: float) -> dict[str, Any]:
    """Changes made and read, what was killed, and the differences found: there must be none."""
    with scratch.folder() as folder:
        environment = scratch.environment(folder)
        with installation.running(folder) as server:
            assert server is not None  # noqa: S101 - the embedded one
            owner = roles.embedded_target(server.location.socket_dir, owner=True)
            scratch.migrate(owner.conninfo(), environment)
            made = scratch.found_company(environment, tools=TOOLS)
            actors = folder / "actors"
            actors.mkdir(mode=0o755)
            with serving(environment, "palier.config.wsgi:application") as (port, head):
                race = _Race(
                    actors, port, made["secrets"], environment, time.time() + SECONDS * scale
                )
                _let_run(race, head)
            tables = scratch.tell(environment, _TABLES % (made["company"], made["company"]))
            return _judged(race, tables, SECONDS * scale)


def _let_run(race: _Race, server: int) -> None:
    chance = random.Random(20_261_125)
    for number in range(WRITERS):
        race.start(f"writer-{number}")
    for number in range(READERS):
        race.start(f"reader-{number}")
    while time.time() < race.until - KILL_EVERY_S:
        time.sleep(KILL_EVERY_S)
        race.kill(chance, server)
    for sort in ("writer", "reader"):
        for name, actor in race.actors.items():
            if name.startswith(sort):
                actor.wait()
        (race.folder / ENDED).touch()


def _judged(race: _Race, tables: dict[str, Any], seconds: float) -> dict[str, Any]:
    readers = [
        orjson.loads((race.folder / f"reader-{number}.json").read_bytes())
        for number in range(READERS)
    ]
    answers: dict[str, int] = {}
    for number in range(WRITERS):
        path = race.folder / f"writer-{number}.json"
        told = orjson.loads(path.read_bytes()) if path.exists() else {}
        for status, count in told.items():
            answers[status] = answers.get(status, 0) + count
    differences = sum(
        1
        for one in readers
        for key in one["versions"].keys() | tables["versions"].keys()
        if one["versions"].get(key) != tables["versions"].get(key)
    )
    return {
        "seconds": seconds,
        "changes": tables["head"],
        "changes_per_second": tables["head"] / seconds,
        "records": len(tables["versions"]),
        "killed": race.killed,
        "answers_of_surviving_writers": answers,
        "readers_at_head": [one["position"] for one in readers],
        "faults_of_readers": [fault for one in readers for fault in one["faults"]],
        "differences": differences,
    }
