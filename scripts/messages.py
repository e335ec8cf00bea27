"""The French catalogue: find every message of the source, keep translations, compile. For maintainers.

    python scripts/messages.py [FOLDER OF .po-lines TO MERGE]

No gettext programme is needed: Babel reads Python, Django turns templates into calls, polib writes.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.conf import settings

SOURCE = Path(__file__).resolve().parent.parent / "src" / "palier"
CATALOGUE = SOURCE / "locale" / "fr" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}
CALL = re.compile(r"\b(n?p?gettext)\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:\s*,\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))*)")
TEXT = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
Message = tuple[str | None, str, str | None]
"""Context, message id, plural id."""


def in_python(source: str) -> Iterator[Message]:
    """Messages of a module: marked ones, and what refusals say (`message` in a class body)."""
    for _line, found, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        one, plural = (found[0], found[1]) if isinstance(found, tuple) else (found, None)
        if one:
            yield context, one, plural
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for inside in node.body:
            target = inside.targets[0] if isinstance(inside, ast.Assign) else getattr(inside, "target", None)
            value = getattr(inside, "value", None)
            if (
                isinstance(target, ast.Name) and target.id == "message"
                and isinstance(value, ast.Constant) and isinstance(value.value, str)
            ):
                yield None, value.value, None


def in_template(source: str) -> Iterator[Message]:
    """Messages of a template, as Django itself finds them."""
    from django.utils.translation.template import templatize

    for call in CALL.finditer(templatize(source)):
        texts = [ast.literal_eval(text) for text in TEXT.findall(call.group(2))]
        name = call.group(1)
        if name == "gettext":
            yield None, texts[0], None
        elif name == "ngettext":
            yield None, texts[0], texts[1]
        elif name == "pgettext":
            yield texts[0], texts[1], None
        else:
            yield texts[0], texts[1], texts[2]


def find() -> dict[tuple[str | None, str], str | None]:
    """Every message of the source: (context, id) to its plural."""
    found: dict[tuple[str | None, str], str | None] = {}
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix == ".py":
            messages = in_python(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            messages = in_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for context, one, plural in messages:
            found[context, one] = plural or found.get((context, one))
    return found


def translations(folder: Path | None) -> dict[tuple[str | None, str], polib.POEntry]:
    """What is already translated: the catalogue, then the files of a folder."""
    files = [CATALOGUE] if CATALOGUE.exists() else []
    files += sorted(folder.glob("*.po-lines")) if folder else []
    return {
        (entry.msgctxt, entry.msgid): entry
        for path in files for entry in polib.pofile(path.read_text(encoding="utf-8")) if entry.translated()
    }


def catalogue(folder: Path | None = None) -> polib.POFile:
    """The catalogue as it should be: every message, sorted, with the translation that is known."""
    known = translations(folder)
    made = polib.POFile(wrapwidth=110)
    made.metadata = {
        "Language": "fr", "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit", "Plural-Forms": "nplurals=2; plural=(n > 1);",
    }
    for (context, one), plural in sorted(find().items(), key=lambda item: (item[0][1], item[0][0] or "")):
        entry = polib.POEntry(msgid=one, msgctxt=context, flags=["python-format"] if "%(" in one else [])
        old = known.get((context, one))
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else {0: "", 1: ""}
        elif old:
            entry.msgstr = old.msgstr
        made.append(entry)
    return made


def main() -> None:
    """Write and compile the catalogue; say what is missing."""
    settings.configure()
    made = catalogue(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(CATALOGUE))
    made.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    missing = made.untranslated_entries()
    print(f"{len(made)} messages, {len(missing)} without translation")
    for entry in missing:
        print(f"  {entry.msgctxt or ''} {entry.msgid!r} {entry.msgid_plural!r}")


if __name__ == "__main__":
    main()
