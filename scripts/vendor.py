"""Copies pinned npm packages into the static files, with their licences and a list of hashes.

For maintainers only: users and continuous integration need no Node, the results are committed.

    python scripts/vendor.py          fetch, build and write (needs npm)
    python scripts/vendor.py --check  compare the committed files with the list (offline)
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "src" / "palier" / "web" / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"

PACKAGES = {
    "@fontsource-variable/inter": "5.3.0",
    "lucide-static": "1.62.0",
    "vega": "6.4.0",
    "vega-lite": "6.5.0",
    "vega-interpreter": "2.3.2",
    "esbuild": "0.28.1",
}
FONTS = {
    "fonts/inter-latin.woff2": "files/inter-latin-wght-normal.woff2",
    "fonts/inter-latin-ext.woff2": "files/inter-latin-ext-wght-normal.woff2",
    "fonts/inter.LICENSE.txt": "LICENSE",
}
ICONS = (
    "activity", "archive", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-up-down",
    "ban", "bell", "building-2", "calendar", "chart-line", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "chevrons-up-down", "circle", "circle-alert", "circle-check",
    "circle-dashed", "circle-question-mark", "circle-x", "clock", "copy", "database", "download",
    "ellipsis", "external-link", "eye", "file-up", "files", "filter", "flag", "gauge", "git-merge",
    "history", "house", "info", "key-round", "keyboard", "layout-dashboard", "link", "list-checks",
    "list-ordered", "loader-circle", "lock", "log-out", "mail", "menu", "minus", "monitor", "moon",
    "pencil", "pin", "play", "plug", "plus", "refresh-cw", "rotate-ccw", "search", "settings",
    "shield-check", "sun", "table", "tag", "trash-2", "triangle-alert", "undo-2", "upload", "user",
    "user-plus", "users", "workflow", "x",
)  # fmt: skip
ENTRY = """
export { View, parse } from "vega";
export { compile } from "vega-lite";
export { expressionInterpreter } from "vega-interpreter";
"""


def main() -> int:
    """Build the files, or check them with `--check`; the exit code says whether all is well."""
    if "--check" in sys.argv[1:]:
        return check()
    with tempfile.TemporaryDirectory() as folder:
        modules = _install(Path(folder))
        written = {
            **_fonts(modules),
            **_sprite(modules),
            **_charts(Path(folder), modules),
        }
    for name, content in written.items():
        path = STATIC / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    listed = {
        name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())
    }
    text = json.dumps({"packages": PACKAGES, "sha256": listed}, indent=2)
    MANIFEST.write_text(text + "\n", encoding="utf-8")
    return check()


def check() -> int:
    """0 when every listed file is there, unchanged."""
    listed: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))["sha256"]
    wrong = [name for name, digest in listed.items() if _digest(STATIC / name) != digest]
    for name in wrong:
        print(f"{name}: not the file that was vendored")
    return 1 if wrong else 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _install(folder: Path) -> Path:
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}))
    subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        check=True,
    )
    return folder / "node_modules"


def _fonts(modules: Path) -> dict[str, bytes]:
    package = modules / "@fontsource-variable" / "inter"
    return {target: (package / source).read_bytes() for target, source in FONTS.items()}


def _sprite(modules: Path) -> dict[str, bytes]:
    package = modules / "lucide-static"
    symbols = []
    for name in ICONS:
        drawing = (package / "icons" / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if inner is None:
            raise SystemExit(f"{name}: not an icon")
        body = re.sub(r"\s*\n\s*", "", inner[1])
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    return {
        "icons.svg": sprite.encode(),
        "vendor/icons.LICENSE.txt": (package / "LICENSE").read_bytes(),
    }


def _charts(folder: Path, modules: Path) -> dict[str, bytes]:
    (folder / "entry.js").write_text(ENTRY, encoding="utf-8")
    built = folder / "vega.js"
    subprocess.run(
        [
            str(modules / ".bin" / "esbuild"),
            "entry.js",
            "--bundle",
            "--minify",
            "--format=iife",
            "--global-name=vega",
            "--target=es2022",
            "--legal-comments=none",
            "--charset=utf8",
            f"--outfile={built}",
            "--metafile=meta.json",
            "--log-level=error",
        ],
        cwd=folder,
        check=True,
    )
    inputs = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["inputs"]
    names = {
        m[1] for path in inputs if (m := re.search(r".*node_modules/((?:@[^/]+/)?[^/]+)/", path))
    }
    return {
        "vendor/vega.js": built.read_bytes(),
        "vendor/vega.LICENSES.txt": "\n".join(
            _licence(modules / n) for n in sorted(names)
        ).encode(),
    }


def _licence(package: Path) -> str:
    described = json.loads((package / "package.json").read_text(encoding="utf-8"))
    files = sorted(
        p for p in package.iterdir() if p.name.upper().startswith(("LICENSE", "LICENCE"))
    )
    if not files:
        raise SystemExit(f"{package.name}: no licence file")
    title = f"{described['name']} {described['version']} ({described['license']})"
    return f"{title}\n{'-' * len(title)}\n{files[0].read_text(encoding='utf-8').strip()}\n"


if __name__ == "__main__":
    sys.exit(main())
