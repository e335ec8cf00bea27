"""One writer or one reader of the race around the feed: a process that may be killed at any moment.

A writer says, corrects, withdraws and brings in records through the API. A reader keeps where it
stands and the version of each record in a file that it replaces whole, so that a killed one goes on
from its last file; a change that it has seen before, or out of order, is written down.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import orjson

ENTITIES = ("customers", "products")
KEYS = 400
"""Identifiers that writers share: few, so that they meet."""
PAGE = 500
ENDED = "ended"
"""The file by which readers know that no writer is left."""


class Caller:
    """A connection that is made anew whenever the server goes away."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body; 0 when nobody answered."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = None if body is None else orjson.dumps(body)
        try:
            self.connection.request(method, f"/api/v1{path}", sent, self.headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            time.sleep(0.2)
            return 0, None
        with contextlib.suppress(orjson.JSONDecodeError):
            return answer.status, orjson.loads(content) if content else None
        return answer.status, None


def write(call: Caller, tool: str, seed: int, until: float) -> dict[str, int]:
    """Write until a moment; how many requests got which status."""
    chance = random.Random(seed)
    answers: dict[str, int] = {}
    while time.time() < until:
        entity = chance.choice(ENTITIES)
        key = f"k{chance.randrange(KEYS)}"
        path = f"/{entity}/by/{tool}/{entity}/{key}"
        told = {"name": f"Exemple {chance.randrange(1000)}"}
        draw = chance.random()
        if draw < 0.70:
            status, _ = call("PUT", path, told)
        elif draw < 0.85:
            status, _ = call("DELETE", path)
        else:
            rows = [
                {"external_id": f"k{number}", **told} for number in chance.sample(range(KEYS), 40)
            ]
            status, _ = call("POST", f"/{entity}/bulk?object={entity}", rows)
        answers[str(status)] = answers.get(str(status), 0) + 1
    return answers


class Follower:
    """A reader and its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        told = orjson.loads(path.read_bytes()) if path.exists() else {}
        self.cursor: str = told.get("cursor", "0")
        self.position: int = told.get("position", 0)
        self.versions: dict[str, int] = told.get("versions", {})
        self.seen: int = told.get("seen", 0)
        self.faults: list[str] = told.get("faults", [])

    def take(self, page: Any) -> None:
        """Bring a page in, and keep it."""
        for item in page["items"]:
            if item["position"] <= self.position:
                self.faults.append(f"position {item['position']} after {self.position}")
            if item["version"] <= abs(self.versions.get(item["id"], 0)):
                self.faults.append(
                    f"{item['id']} version {item['version']} after {self.versions[item['id']]}"
                )
            self.position = item["position"]
            # what is gone is remembered by its last version, as a negative number
            self.versions[item["id"]] = (
                -item["version"] if item["op"] == "delete" else item["version"]
            )
            self.seen += 1
        self.cursor = page["next"]
        self.keep()

    def keep(self) -> None:
        """Replace the file whole."""
        told = {
            "cursor": self.cursor,
            "position": self.position,
            "versions": self.versions,
            "seen": self.seen,
            "faults": self.faults[:20],
        }
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(told))
        fresh.replace(self.path)


def read(call: Caller, path: Path, until: float) -> None:
    """Follow the feed until a moment, then until every writer has ended, then to its end."""
    follower = Follower(path)
    while True:
        late = time.time() >= until and path.with_name(ENDED).exists()
        wait = 0 if late else 5
        status, page = call("GET", f"/changes?after={follower.cursor}&limit={PAGE}&wait={wait}")
        if status == 200:
            follower.take(page)
            if late and not page["has_more"] and not page["items"]:
                return
        elif status:
            follower.faults.append(f"status {status}")
            follower.keep()
            time.sleep(0.5)


def main() -> None:
    """`writer|reader PORT TOKEN TOOL SEED UNTIL FILE`."""
    role, port, token, tool, seed, until, file = sys.argv[1:]
    call, path = Caller(int(port), token), Path(file)
    if role == "reader":
        read(call, path, float(until))
        return
    answers = write(call, tool, int(seed) + os.getpid(), float(until))
    path.write_bytes(orjson.dumps(answers))


if __name__ == "__main__":
    main()
