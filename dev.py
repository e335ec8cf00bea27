"""What the Makefile calls: environment, checks, tests and the first start. Standard library only."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
UV_REQUIREMENT = "uv>=0.9"
MOST_TEST_PROCESSES = 4  # each has a database of its own on one server, which takes 80 connections
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command: str | Path, quiet: bool = False, check: bool = True) -> int:
    """Run a command from the repository's root; stop with its exit code when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL if quiet else None,
        env={**os.environ, "PALIER_DATA_DIR": os.environ.get("PALIER_DATA_DIR", str(ROOT / "var"))},
    )
    if check and done.returncode != 0:
        sys.exit(done.returncode)
    return done.returncode


def apt_install(*packages: str) -> bool:
    """Install Debian packages when we may; whether that worked."""
    if not (IS_ROOT and shutil.which("apt-get")):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
    ):
        if (
            subprocess.run(
                command, check=False, env=environment, stdout=subprocess.DEVNULL
            ).returncode
            != 0
        ):
            return False
    return True


def ensure_environment(lock: str) -> None:
    """The virtual environment, synchronised with a lock file; nothing to do when it already is."""
    if sys.version_info < (3, 11):
        sys.exit(
            "Palier needs Python 3.11 or later: install it, then run make again with PYTHON=python3.11"
        )
    if not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        if find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
            package = f"python3.{sys.version_info.minor}-venv"
            if not (apt_install(package) or apt_install("python3-venv")):
                sys.exit(f"Python's venv module is missing. Run: sudo apt-get install {package}")
        run(sys.executable, "-m", "venv", VENV)
    if not (BIN / "uv").exists():
        run(
            PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV_REQUIREMENT
        )
    stamp = VENV / "palier-synced"
    content = (ROOT / "requirements" / f"{lock}.lock").read_bytes() + (
        ROOT / "pyproject.toml"
    ).read_bytes()
    wanted = f"{lock} {hashlib.sha256(content).hexdigest()}"
    have = stamp.read_text().strip() if stamp.exists() else ""
    if have == wanted or (
        lock == "runtime" and have.startswith("dev ") and have == f"dev {_digest('dev')}"
    ):
        return
    run(
        BIN / "uv",
        "pip",
        "sync",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        f"requirements/{lock}.lock",
    )
    run(
        BIN / "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--no-deps",
        "--no-build-isolation",
        "--editable",
        ".",
    )
    run(PYTHON, "-m", "compileall", "-q", VENV / "lib", quiet=True, check=False)
    stamp.write_text(wanted)


def _digest(lock: str) -> str:
    content = (ROOT / "requirements" / f"{lock}.lock").read_bytes() + (
        ROOT / "pyproject.toml"
    ).read_bytes()
    return hashlib.sha256(content).hexdigest()


def ensure_chromium() -> None:
    """What the browser tests need: the system's Chromium, and a library that their driver loads; Debian's packages when root."""
    missing = []
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        missing.append("chromium")
    if sys.platform == "linux" and not loads("libatomic.so.1"):
        missing.append("libatomic1")  # Playwright's own Node; a minimal Debian does without
    if missing and not apt_install(*missing):
        sys.exit(f"The browser tests need more. Run: sudo apt-get install {' '.join(missing)}")


def loads(library: str) -> bool:
    """Whether the system has a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def check() -> None:
    """Every check that runs no test: format of code, types, contracts between packages."""
    ensure_environment("dev")
    run(BIN / "ruff", "format", "--check", "--quiet", ".")
    run(BIN / "ruff", "check", ".")
    run(BIN / "mypy")
    run(BIN / "lint-imports", "--no-cache")


def test(*arguments: str) -> None:
    """Every check, then the tests; the last line is pytest's own."""
    ensure_environment("dev")
    ensure_chromium()
    check()
    processes = str(min(os.cpu_count() or 1, MOST_TEST_PROCESSES))
    run(BIN / "pytest", "--numprocesses", processes, "--dist", "loadfile", *arguments)


def main() -> None:
    """Run the target named on the command line."""
    target = sys.argv[1] if len(sys.argv) > 1 else "run"
    if target == "run":
        ensure_environment("runtime")
        sys.stdout.flush()
        environment = {
            **os.environ,
            "PALIER_DATA_DIR": os.environ.get("PALIER_DATA_DIR", str(ROOT / "var")),
        }
        os.execve(
            PYTHON, [str(PYTHON), "-m", "palier", "start", "--demo", *sys.argv[2:]], environment
        )
    elif target == "test":
        test("-m", "not slow")
    elif target == "test-all":
        test()
    elif target == "bench":
        ensure_environment("dev")
        for name in ("ingest", "metrics", "pages"):
            run(PYTHON, "-m", "palier", "bench", name)
    elif target == "fmt":
        ensure_environment("dev")
        run(BIN / "ruff", "check", "--fix", "--quiet", ".", check=False)
        run(BIN / "ruff", "format", ".")
    elif target == "check":
        check()
    else:
        sys.exit(f"Unknown target {target}: run, test, test-all, bench, fmt or check")


if __name__ == "__main__":
    main()
