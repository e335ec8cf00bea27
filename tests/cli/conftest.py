"""Real processes on an installation of their own, as a person types them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TIMEOUT_S = 120


class Installation:
    """Commands on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("PALIER_", "DJANGO_"))
            },
            "PALIER_DATA_DIR": str(folder),
        }

    def start(
        self, *arguments: str | Path, language: str = "en", stderr: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "palier", *map(str, arguments)],
            env={**self.environment, "PALIER_LANGUAGE": language},
            text=True,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )

    def run(self, *arguments: str | Path, code: int = 0, language: str = "en") -> str:
        process = self.start(*arguments, language=language)
        out, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == code, (process.returncode, out[-2000:], err[-2000:])
        return out + ("" if code in {0, 3} else err)

    def json(self, *arguments: str | Path, code: int = 0, language: str = "en") -> dict:
        return json.loads(self.run(*arguments, "--json", code=code, language=language))


@pytest.fixture(scope="package")
def installed() -> Iterator[Installation]:
    root = Path(tempfile.mkdtemp(prefix="palier-cli-"))
    root.chmod(0o711)
    installation = Installation(root / "data")
    installation.run("company", "create", "Société Étoilée", "--owner", "cheffe@etoilee.example")
    yield installation
    shutil.rmtree(root, ignore_errors=True)
