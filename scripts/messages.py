"""Keeps the French catalogue in step with the code; needs no gettext programme.

For maintainers only: users get the compiled catalogue, which is committed.

    python scripts/messages.py              read the code, update django.po, compile django.mo
    python scripts/messages.py FOLDER…      the same, and fill what is missing from the *.po-lines files of a folder
    python scripts/messages.py --check      change nothing; say what is missing, obsolete, stale or badly marked

A *.po-lines file holds plain `msgid`/`msgstr` pairs (`msgctxt` and `msgid_plural` included), as one
writes them along with a page. What the catalogue already says wins over them: correct the catalogue.
The exit code is 1 as long as something is left to do.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parents[1] / "src" / "palier"
CATALOGUE = SOURCE / "locale" / "fr" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
HEADER = {
    "Language": "fr",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}
WIDTH = 110
CALLS = {
    "_": ("id",), "gettext": ("id",), "gettext_lazy": ("id",), "gettext_noop": ("id",),
    "ngettext": ("id", "plural"), "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"), "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"), "npgettext_lazy": ("context", "id", "plural"),
}  # fmt: skip
"""What each translating function takes, in order."""
OVERRIDDEN = (
    "Incorrect code.",
    "Incorrect password.",
    "Please type your current password.",
    "The password reset token was invalid.",
    "Too many failed login attempts. Try again later.",
    "Use a security key",
    "Use authenticator app or code",
    "Use your password",
    "You cannot generate recovery codes without having two-factor authentication enabled.",
    "You must type the same password each time.",
)
"""Message ids of Django and allauth that our catalogue words anew, because their French is poor."""
PLACEHOLDER = re.compile(r"%\((\w+)\)\d*[sdf]")
ANONYMOUS = re.compile(r"(?<!%)(?:%%)*%[-+0-9.]*[sdf](?!\w)")

Key = tuple[str, str]
"""Context (empty when there is none) and message id."""


@dataclass(slots=True)
class Message:
    """One message of the code: its plural if it has one, and where it is said."""

    text: str
    context: str = ""
    plural: str = ""
    places: set[str] = field(default_factory=set)


def found_messages() -> dict[Key, Message]:
    """Every message that the code can say, by context and id."""
    found: dict[Key, Message] = {("", text): Message(text) for text in OVERRIDDEN}
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix == ".py":
            messages = python_messages(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            messages = template_messages(path.read_text(encoding="utf-8"))
        else:
            continue
        for message in messages:
            known = found.setdefault((message.context, message.text), message)
            known.plural = known.plural or message.plural
            known.places.add(path.relative_to(SOURCE).as_posix())
    return found


def python_messages(code: str) -> Iterator[Message]:
    """Messages of a module: translating calls, and what refusals say (`message` in a class body)."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                yield from _declared(statement)
        elif isinstance(node, ast.Call):
            names = CALLS.get(_name(node.func), ())
            texts = [_text(argument) for argument in node.args[: len(names)]]
            if names and len(texts) == len(names) and all(texts):
                yield _message(names, [text for text in texts if text])


def template_messages(code: str) -> Iterator[Message]:
    """Messages of a template, as Django itself finds them."""
    if not settings.configured:
        settings.configure()
    calls = "\n".join(line.lstrip() for line in templatize(code).splitlines())
    for _line, name, given, _comments in extract_python(
        io.BytesIO(calls.encode()), list(CALLS), (), {}
    ):
        texts = (
            [given] if isinstance(given, str) else [text for text in given if isinstance(text, str)]
        )
        if texts:
            yield _message(CALLS[name], texts)


def badly_marked() -> Iterator[str]:
    """Where an f-string, or a placeholder without a name, is given to a translating call."""
    for path in sorted(SOURCE.rglob("*.py")):
        for line, fault in faults_of(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(SOURCE)}:{line}: {fault}"


def faults_of(code: str) -> Iterator[tuple[int, str]]:
    """Line and fault of each message of a module that nobody could translate."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        for given in node.args[: len(CALLS.get(_name(node.func), ()))]:
            if isinstance(given, ast.JoinedStr):
                yield given.lineno, "an f-string cannot be translated"
            elif ANONYMOUS.search(_text(given) or ""):
                yield given.lineno, "a placeholder needs a name"


def written_lines(folder: Path) -> Iterator[polib.POEntry]:
    """Translations of the *.po-lines files of a folder."""
    for path in sorted(folder.glob("*.po-lines")):
        yield from polib.pofile(path.read_text(encoding="utf-8"))


def committed() -> polib.POFile:
    """The catalogue as it stands in the repository; empty before the first run."""
    return polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()


def updated(messages: dict[Key, Message], translations: Iterable[polib.POEntry]) -> polib.POFile:
    """The catalogue of these messages, filled with the first translation given for each."""
    known: dict[Key, polib.POEntry] = {}
    for entry in translations:
        if entry.translated() and not entry.fuzzy:
            known.setdefault((entry.msgctxt or "", entry.msgid), entry)
    catalogue = polib.POFile(wrapwidth=WIDTH)
    catalogue.metadata = dict(HEADER)
    for key in sorted(messages, key=lambda key: (key[1], key[0])):
        catalogue.append(_entry(messages[key], known.get(key)))
    return catalogue


def is_stale() -> bool:
    """Whether the compiled catalogue says something else than the written one."""
    return not COMPILED.is_file() or COMPILED.read_bytes() != committed().to_binary()


def main(arguments: list[str]) -> int:
    """Update the catalogue, or with `--check` only say what is wrong."""
    folders = [Path(argument) for argument in arguments if argument != "--check"]
    messages = found_messages()
    before = committed()
    lines = [entry for folder in folders for entry in written_lines(folder)]
    catalogue = updated(messages, [*before, *lines])
    faults = [
        f"to translate: {entry.msgid!r} ({', '.join(sorted(messages[entry.msgctxt or '', entry.msgid].places))})"
        for entry in catalogue.untranslated_entries()
    ]
    faults += badly_marked()
    if "--check" not in arguments:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(CATALOGUE))
        COMPILED.write_bytes(committed().to_binary())
    else:
        faults += [
            f"obsolete: {e.msgid!r}" for e in before if (e.msgctxt or "", e.msgid) not in messages
        ]
        faults += [f"{COMPILED.name} is not the compiled {CATALOGUE.name}"] if is_stale() else []
    for fault in faults:
        print(fault)
    print(f"{len(catalogue)} messages, {len(catalogue.untranslated_entries())} to translate")
    return 1 if faults else 0


def _declared(statement: ast.stmt) -> Iterator[Message]:
    """The message of a class; one wrapped in a translating call is read as a call."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    else:
        return
    text = _text(statement.value) if statement.value is not None else None
    if text and any(isinstance(target, ast.Name) and target.id == "message" for target in targets):
        yield Message(text)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _message(names: tuple[str, ...], texts: list[str]) -> Message:
    given = dict(zip(names, texts, strict=False))
    return Message(given["id"], given.get("context", ""), given.get("plural", ""))


def _entry(message: Message, known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.text, msgctxt=message.context or None)
    if PLACEHOLDER.search(message.text + message.plural):
        entry.flags = ["python-format"]
    if not message.plural:
        entry.msgstr = known.msgstr if known else ""
        return entry
    entry.msgid_plural = message.plural
    given = known.msgstr_plural if known else {}
    entry.msgstr_plural = {0: given.get(0, ""), 1: given.get(1, "")}
    return entry


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
