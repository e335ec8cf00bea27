"""PostgreSQL from the wheel: start, stop, stale lock, upgrade; on a private Unix socket, no port.

The server runs as the user who starts it; as root it runs as the system user `palier`, because
PostgreSQL refuses root. Every process that uses it holds a shared lock; the last one out stops it,
so that a command leaves the server as it found it even when several run at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from palier.database.location import (
    Location,
    ServerDidNotStart,
    copy_of,
    locate,
    reachable_by,
    wheel_versions,
)
from palier.kernel.refusals import Refusal

SUPERUSER = "postgres"
START_TIMEOUT_S = 120
"""Seconds to wait for a start: recovery after a crash replays the write-ahead log first."""
ATTEMPTS = 5
"""Starts tried while processes of a killed server still hold its shared memory."""

CONFIGURATION = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "'256MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "wal_buffers": "'64MB'",  # the log of two chunks of an import: then its own process writes it
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_min_messages": "'warning'",
}
"""Settings of the embedded server, for a machine with 2 cores and 4 GiB or more [ours]."""

INITDB = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
"""Case and accents by Unicode, the same on every system (PostgreSQL 17 and later)."""


class ServerVersionUnknown(Refusal):
    code = "database.version-unknown"
    message = (
        "The data in %(folder)s was made by PostgreSQL %(found)s, which this version of Palier does not ship. "
        "Install the previous version of Palier, save it with pg_dump, then restore it with this one."
    )


class EmbeddedServer:
    """The PostgreSQL server of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.location = locate(data_dir)
        self._users_lock: int | None = None

    # -- for everybody -------------------------------------------------------------------------

    def start(self) -> bool:
        """Make sure the server runs and hold it for this process; True when this call started it.

        Raises: `ServerDidNotStart`, `ServerVersionUnknown`.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._exclusive():
            if self._users_lock is None:
                self._users_lock = os.open(
                    self.data_dir / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600
                )
                fcntl.flock(self._users_lock, fcntl.LOCK_SH)
            if self.is_running():
                return False
            self._prepare()
            self._launch()
            return True

    def release(self) -> bool:
        """Let go; the last process out stops the server. True when this call stopped it."""
        if self._users_lock is None:
            return False
        with self._exclusive():
            try:
                fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                self._run("pg_ctl", "-D", str(self.location.cluster), "-m", "fast", "-w", "stop")
                return True
            finally:
                os.close(self._users_lock)
                self._users_lock = None

    def is_running(self) -> bool:
        """Whether a server answers for this cluster."""
        return (
            self.location.cluster.exists()
            and self._run("pg_ctl", "-D", str(self.location.cluster), "status").returncode == 0
            and self._run(
                "pg_isready", "-h", str(self.location.socket_dir), "-U", SUPERUSER
            ).returncode
            == 0
        )

    def log_tail(self, lines: int = 8) -> str:
        """The last lines of the server's log."""
        try:
            text = (self.location.cluster.parent / "postgres.log").read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    # -- inside ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        descriptor = os.open(self.data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _run(
        self, program: str, *arguments: str, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [str(self.location.programs / program), *arguments]
        environment = {**os.environ, "LC_ALL": "C"}
        as_user: dict[str, object] = {}
        if self.location.user is not None:
            entry = pwd.getpwnam(self.location.user)
            as_user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile() as output:  # a daemon that inherits a pipe would keep it open
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=cwd or "/",
                check=False,
                **as_user,  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(
                command, done.returncode, output.read().decode(errors="replace"), ""
            )

    def _own(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if self.location.user is not None:
            shutil.chown(path, self.location.user)
        path.chmod(mode)

    def _prepare(self) -> None:
        cluster = self.location.cluster
        if cluster.parent != self.data_dir:
            cluster.parent.mkdir(parents=True, exist_ok=True)
            self._own(cluster.parent, 0o711)
        self._own(self.location.socket_dir, 0o700)
        log = cluster.parent / "postgres.log"
        log.touch()
        if self.location.user is not None:
            shutil.chown(log, self.location.user)
        self._own(cluster, 0o700)
        if not (cluster / "PG_VERSION").exists():
            self._initialise(cluster)
        found, shipped = int((cluster / "PG_VERSION").read_text()), wheel_versions()
        if found != max(shipped):
            if found not in shipped:
                raise ServerVersionUnknown(folder=str(cluster), found=found)
            self._upgrade(shipped[found])
        lines = [f"{key} = {value}" for key, value in CONFIGURATION.items()]
        lines.append(f"unix_socket_directories = '{self.location.socket_dir}'")
        self._write(cluster / "palier.conf", "\n".join(lines) + "\n")
        self._clear_stale_lock()

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        if self.location.user is not None:
            shutil.chown(path, self.location.user)

    def _initialise(self, cluster: Path, locale: tuple[str, ...] | None = None) -> None:
        locale = INITDB if locale is None else locale
        made = self._run(
            "initdb",
            "-D",
            str(cluster),
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            *locale,
        )
        if made.returncode != 0:
            shutil.rmtree(cluster, ignore_errors=True)
            raise ServerDidNotStart(log=made.stdout[-2000:])
        with (cluster / "postgresql.conf").open("a", encoding="utf-8") as handle:
            handle.write("\ninclude_if_exists = 'palier.conf'\n")

    def _clear_stale_lock(self) -> None:
        """Remove a postmaster.pid whose process is gone or is not PostgreSQL (its number was reused)."""
        import psutil

        lock = self.location.cluster / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        try:
            process = psutil.Process(pid)
            alive = (
                process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            alive = False
        if not alive:
            lock.unlink(missing_ok=True)
            for left in self.location.socket_dir.glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)

    def _launch(self) -> None:
        log = self.location.cluster.parent / "postgres.log"
        for _attempt in range(ATTEMPTS):
            started = self._run(
                "pg_ctl",
                "-D",
                str(self.location.cluster),
                "-l",
                str(log),
                "-w",
                "-t",
                str(START_TIMEOUT_S),
                "start",
            )
            if started.returncode == 0:
                _wait(self.is_running, seconds=10)
                return
            if "still in use" not in self.log_tail():
                break
            time.sleep(1)  # processes of a killed server notice its death within a second
            self._clear_stale_lock()
        raise ServerDidNotStart(log=self.log_tail() or started.stdout[-2000:])

    def _upgrade(self, old: Path) -> None:
        """Move the cluster to the newest version shipped; the old one stays beside it."""
        cluster = self.location.cluster
        if self.location.user is not None and not reachable_by(old, self.location.user):
            old = copy_of(old)
        self._enable_checksums(old)
        fresh = cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._own(fresh, 0o700)
        self._initialise(fresh)
        done = self._run(
            "pg_upgrade",
            "-b",
            str(old / "bin"),
            "-d",
            str(cluster),
            "-D",
            str(fresh),
            "-U",
            SUPERUSER,
            "-s",
            str(self.location.socket_dir),
            cwd=self.location.socket_dir,
        )
        if done.returncode != 0:
            raise ServerDidNotStart(log=done.stdout[-2000:])
        kept = cluster.with_name(f"postgres.{(cluster / 'PG_VERSION').read_text().strip()}")
        shutil.rmtree(kept, ignore_errors=True)
        cluster.rename(kept)
        fresh.rename(cluster)

    def _enable_checksums(self, old: Path) -> None:
        """PostgreSQL 18 makes clusters with checksums and upgrades only from such ones."""
        programs = self.location.programs
        self.location = Location(
            self.location.cluster, self.location.socket_dir, old / "bin", self.location.user
        )
        try:
            self._run("pg_checksums", "-D", str(self.location.cluster), "--enable")
        finally:
            self.location = Location(
                self.location.cluster, self.location.socket_dir, programs, self.location.user
            )


def _wait(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerDidNotStart(log="the server started but does not answer")
        time.sleep(0.05)
