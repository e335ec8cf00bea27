"""Settings read from the environment, each with its default: the one list that doctor and docs show.

Plain Python: read before Django is set up.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PREFIX = "PALIER_"


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: its name without prefix, its default as shown, and what it does."""

    name: str
    default: str
    meaning: str
    secret: bool = False


VARIABLES = (
    Variable("DATA_DIR", "the user's data folder", "where the database, files and snapshots live"),
    Variable(
        "DATABASE_URL",
        "embedded PostgreSQL",
        "another PostgreSQL (15 or later), as its application role",
        secret=True,
    ),
    Variable(
        "DATABASE_OWNER_URL",
        "PALIER_DATABASE_URL",
        "the same database, as the role that owns the tables and migrates",
        secret=True,
    ),
    Variable("SECRET_KEY", "generated in the data folder", "signs sessions and links", secret=True),
    Variable("DEBUG", "0", "1 shows errors in the browser: never on a network"),
    Variable(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "host names the site answers to, comma separated",
    ),
    Variable("BASE_URL", "http://localhost:8000", "the public address, used in e-mails"),
    Variable(
        "EMAIL_URL", "files in the data folder", "smtp://user:password@host:587?tls=1", secret=True
    ),
    Variable("EMAIL_FROM", "Palier <palier@localhost>", "sender of e-mails"),
    Variable(
        "ALLOW_PRIVATE_HOSTS",
        "none",
        "private addresses that webhooks and connectors may reach: 1 for all, or names and networks, comma separated",
    ),
    Variable("TIME_ZONE", "Europe/Paris", "time zone of a new company"),
    Variable("LOG_LEVEL", "WARNING", "DEBUG, INFO, WARNING or ERROR"),
    Variable(
        "LANGUAGE",
        "fr",
        "language of the command line and of visitors without a preference: fr or en",
    ),
    Variable("PROCESS", "command", "set by palier itself: web, worker or command"),
    Variable("DATABASE_ROLE", "app", "set by palier itself: owner while it migrates"),
)


def read(name: str, default: str = "") -> str:
    """The value of `PALIER_<name>`, or `default` when unset or empty."""
    return os.environ.get(PREFIX + name, "") or default


def flag(name: str) -> bool:
    """Whether `PALIER_<name>` is switched on."""
    return read(name).lower() in {"1", "true", "yes", "on", "oui"}


def data_dir() -> Path:
    """The folder that holds everything: created by the commands, not here."""
    chosen = read("DATA_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/palier")
    import platformdirs

    return Path(platformdirs.user_data_path("palier"))


def secret_key() -> str:
    """The installation's key: from the environment, else made once and kept in the data folder."""
    given = read("SECRET_KEY")
    if given:
        return given
    path = data_dir() / "secret-key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(key)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    return key
