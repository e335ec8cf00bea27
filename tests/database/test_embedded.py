"""The embedded server, on folders of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from palier.database import embedded, location
from palier.database.embedded import EmbeddedServer, ServerVersionUnknown
from palier.database.location import SOCKET_PATH_LIMIT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the system user can reach (pytest's own are closed to it)."""
    path = Path(tempfile.mkdtemp(prefix="palier-embedded-"))
    path.chmod(0o711)
    yield path / "data"
    shutil.rmtree(path, ignore_errors=True)


def ask(server: EmbeddedServer, question: str) -> object:
    with psycopg.connect(
        host=str(server.location.socket_dir), user="postgres", autocommit=True
    ) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


class TestEmbeddedServer:
    def test_starts_answers_on_a_private_socket_and_stops(self, folder):
        server = EmbeddedServer(folder)

        assert server.start() is True
        assert ask(server, "SELECT 1") == 1
        assert ask(server, "SHOW listen_addresses") == ""
        assert server.location.socket_dir.stat().st_mode & 0o777 == 0o700
        assert server.release() is True
        assert not server.is_running()

    def test_leaves_the_server_to_the_others_who_use_it(self, folder):
        server = EmbeddedServer(folder)
        server.start()
        other = subprocess.Popen(
            [
                sys.executable,
                "-c",
                (
                    "import sys, pathlib; from palier.database.embedded import EmbeddedServer\n"
                    f"s = EmbeddedServer(pathlib.Path({str(folder)!r})); print(s.start(), flush=True)\n"
                    "sys.stdin.read(); print(s.release(), flush=True)"
                ),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "False"

        assert server.release() is False
        assert server.is_running()

        out, _ = other.communicate("")
        assert out.strip() == "True"
        assert not server.is_running()

    def test_takes_back_a_cluster_whose_server_was_killed(self, folder):
        server = EmbeddedServer(folder)
        server.start()
        ask(server, "SELECT 1 FROM (SELECT pg_switch_wal()) x")
        pid = int((server.location.cluster / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)
        os.close(server._users_lock)

        again = EmbeddedServer(folder)
        assert again.start() is True
        assert ask(again, "SELECT 1") == 1
        again.release()

    def test_ignores_a_lock_whose_number_belongs_to_another_programme(self, folder):
        server = EmbeddedServer(folder)
        server.start()
        lock = (server.location.cluster / "postmaster.pid").read_text()
        server.release()
        path = server.location.cluster / "postmaster.pid"
        path.write_text(lock.replace(lock.split()[0], str(os.getpid()), 1))
        if server.location.user:
            shutil.chown(path, server.location.user)

        again = EmbeddedServer(folder)
        assert again.start() is True
        again.release()

    def test_moves_a_cluster_of_an_older_version_and_keeps_its_data(self, folder, monkeypatch):
        shipped = location.wheel_versions()
        if len(shipped) < 2:
            pytest.skip("this wheel ships one PostgreSQL version only")
        old = min(shipped)
        with monkeypatch.context() as patch:
            for module in (location, embedded):
                patch.setattr(module, "wheel_versions", lambda: {old: shipped[old]})
            patch.setattr(embedded, "INITDB", ("--locale=C",))
            before = EmbeddedServer(folder)
            before.start()
            with psycopg.connect(
                host=str(before.location.socket_dir), user="postgres", autocommit=True
            ) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            assert str(ask(before, "SHOW server_version")).startswith(str(old))
            before.release()

        after = EmbeddedServer(folder)
        after.start()

        assert str(ask(after, "SHOW server_version")).startswith(str(max(shipped)))
        assert ask(after, "SELECT answer FROM kept") == 42
        assert (after.location.cluster.parent / f"postgres.{old}").exists()
        after.release()

    def test_refuses_a_cluster_of_a_version_it_does_not_know(self, folder):
        server = EmbeddedServer(folder)
        server.start()
        server.release()
        (server.location.cluster / "PG_VERSION").write_text("99\n")

        with pytest.raises(ServerVersionUnknown):
            EmbeddedServer(folder).start()

    def test_keeps_the_socket_where_its_path_fits(self, folder):
        deep = folder / ("x" * 60) / ("y" * 60)

        socket_dir = EmbeddedServer(deep).location.socket_dir

        assert len(str(socket_dir)) <= SOCKET_PATH_LIMIT

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
    def test_starts_from_a_copy_where_its_user_cannot_reach_the_environment(
        self, folder, monkeypatch
    ):
        monkeypatch.setattr(
            location, "reachable_by", lambda path, _: not path.name.startswith("pginstall")
        )
        monkeypatch.setattr(location, "COPIES", folder.parent / "programs")

        server = EmbeddedServer(folder)
        server.start()

        assert server.location.programs.is_relative_to(folder.parent / "programs")
        assert ask(server, "SELECT 42") == 42
        server.release()
