"""The French of the pages is complete, typeset, and the one that is shipped.

`python scripts/messages.py` updates the catalogue; these tests say what it or its translator forgot.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import polib
import pytest
from django.conf import settings
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
NARROW = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK = "\N{NO-BREAK SPACE}"
PLACEHOLDER = re.compile(r"%\(\w+\)\d*[sdf]")
ADDRESS = re.compile(r"\w+://\S+")
TYPOGRAPHY = {
    "a straight apostrophe": re.compile(r"'"),
    "straight or English quotation marks": re.compile(r"[\"“”]"),
    "three points instead of …": re.compile(r"\.\.\."),
    "no narrow space before ; ! ?": re.compile(rf"(?<![{NARROW}?!])[;!?]"),
    "no narrow space inside « »": re.compile(rf"«(?!{NARROW})|(?<!{NARROW})»"),
    "no no-break space before :": re.compile(rf"(?<!{NO_BREAK}):(?!\d)"),
    "no no-break space before % or €": re.compile(rf"(?<=[\w)])[ {NARROW}]?[%€](?!\w)"),
    "no no-break space after n°": re.compile(rf"n°(?!{NO_BREAK})"),
    "two spaces, or one at an end": re.compile(r" {2}|^ | $"),
    "an ending in brackets": re.compile(r"\w\((e|s|es|ne|trice)\)"),
    "a capital without its accent": re.compile(
        r"\b(A (?=l[ae’]|partir|venir)|Ec|Eq|Et(?=a[pt])|Ev|Etr)"
    ),
}
"""What a French typesetter would send back, placeholders, addresses and keys set apart."""


def load_script() -> ModuleType:
    """The maintainers' script; `scripts` is not a package."""
    spec = importlib.util.spec_from_file_location(
        "messages_script", ROOT / "scripts" / "messages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return SCRIPT.committed()


def said(entry: polib.POEntry) -> Iterator[str]:
    """Each French sentence of an entry."""
    yield from entry.msgstr_plural.values() if entry.msgid_plural else (entry.msgstr,)


def faults_in(sentence: str) -> list[str]:
    """What is wrong with the typography of a French sentence."""
    bare = ADDRESS.sub("x", PLACEHOLDER.sub("x", sentence)).replace("%%", "%")
    return [name for name, pattern in TYPOGRAPHY.items() if pattern.search(bare)]


def misplaced(entry: polib.POEntry) -> bool:
    """Whether a translation fills other placeholders than its message."""
    wanted = set(PLACEHOLDER.findall(entry.msgid))
    plural = set(PLACEHOLDER.findall(entry.msgid_plural)) | wanted
    return any(set(PLACEHOLDER.findall(text)) not in (wanted, plural) for text in said(entry))


class TestCatalogue:
    def test_says_every_message_of_the_code_and_no_other(self, catalogue: polib.POFile) -> None:
        wanted = {key: message.plural for key, message in SCRIPT.found_messages().items()}
        have = {(entry.msgctxt or "", entry.msgid): entry.msgid_plural for entry in catalogue}
        assert sorted(wanted.keys() - have.keys()) == [], (
            "run python scripts/messages.py and translate"
        )
        assert sorted(have.keys() - wanted.keys()) == [], "obsolete: run python scripts/messages.py"
        assert have == wanted

    def test_leaves_nothing_empty_fuzzy_or_obsolete(self, catalogue: polib.POFile) -> None:
        left = [
            entry.msgid
            for entry in catalogue
            if entry.fuzzy or entry.obsolete or not all(said(entry))
        ]
        assert left == []

    def test_fills_the_placeholders_of_its_messages(self, catalogue: polib.POFile) -> None:
        assert [entry.msgid for entry in catalogue if misplaced(entry)] == []

    def test_keeps_the_percent_signs_that_formatting_needs(self, catalogue: polib.POFile) -> None:
        lone = re.compile(r"(?<!%)(?:%%)*%(?![%(])")
        formatted = [entry for entry in catalogue if PLACEHOLDER.search(entry.msgid)]
        assert [
            entry.msgid for entry in formatted if any(lone.search(text) for text in said(entry))
        ] == []

    def test_is_typeset_as_french_is(self, catalogue: polib.POFile) -> None:
        faults = [
            (fault, text)
            for entry in catalogue
            for text in said(entry)
            for fault in faults_in(text)
        ]
        assert faults == []

    def test_is_compiled_as_it_is_written(self) -> None:
        assert not SCRIPT.is_stale(), "run python scripts/messages.py"

    def test_counts_none_and_one_as_singular(self) -> None:
        with translation.override("fr"):
            shown = [
                translation.ngettext("%(count)s row", "%(count)s rows", n) % {"count": n}
                for n in (0, 1, 2)
            ]
        assert shown == ["0 ligne", "1 ligne", "2 lignes"]

    def test_is_the_one_that_pages_read(self) -> None:
        assert SCRIPT.CATALOGUE.parents[2] in settings.LOCALE_PATHS
        with translation.override("fr"):
            assert translation.gettext("Forgotten password?") == f"Mot de passe oublié{NARROW}?"


class TestMarking:
    def test_gives_translators_whole_sentences_with_named_placeholders(self) -> None:
        assert list(SCRIPT.badly_marked()) == []

    @pytest.mark.parametrize(
        "code",
        [
            '_(f"{name} is saved")',
            'gettext("%s rows")',
            'pgettext("title", "%d %% of %s")',
            'ngettext("%d row", "rows", n)',
        ],
    )
    def test_refuses_what_cannot_be_translated(self, code: str) -> None:
        assert [line for line, _fault in SCRIPT.faults_of(code)] == [1] * len(
            list(SCRIPT.faults_of(code))
        )
        assert list(SCRIPT.faults_of(code)) != []

    @pytest.mark.parametrize(
        "code",
        ['_("%(count)s rows")', '_("100 %")', '_("100 %% sure")', "_(message)", 'other(f"{x}")'],
    )
    def test_accepts_what_can(self, code: str) -> None:
        assert list(SCRIPT.faults_of(code)) == []


class TestExtraction:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ('_("Plain")', ("", "Plain", "")),
            ('_("In two " "parts")', ("", "In two parts", "")),
            ('translation.pgettext_lazy("deal", "Won")', ("deal", "Won", "")),
            ('ngettext("%(n)s row", "%(n)s rows", 2)', ("", "%(n)s row", "%(n)s rows")),
            ('class Late(Refusal):\n    message = "Too late."', ("", "Too late.", "")),
            (
                'class Late(Refusal):\n    message: ClassVar[str] = _("Too late.")',
                ("", "Too late.", ""),
            ),
        ],
    )
    def test_reads_modules(self, code: str, expected: tuple[str, str, str]) -> None:
        assert shapes(SCRIPT.python_messages, code) == [expected]

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ('{% translate "Plain" %}', ("", "Plain", "")),
            ('{% translate "Won" context "deal" as label %}', ("deal", "Won", "")),
            ('{% notice text=_("As an argument") %}', ("", "As an argument", "")),
            (
                "{% blocktranslate with a=b %}Of {{ a }}{% endblocktranslate %}",
                ("", "Of %(a)s", ""),
            ),
            (
                "{% blocktranslate trimmed %}\n  In two\n  lines\n{% endblocktranslate %}",
                ("", "In two lines", ""),
            ),
            (
                "  {% blocktranslate count n=n %}\n{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
                ("", "\n%(n)s row", "%(n)s rows"),
            ),
        ],
    )
    def test_reads_templates(self, code: str, expected: tuple[str, str, str]) -> None:
        assert shapes(SCRIPT.template_messages, code) == [expected]


class TestTypography:
    @pytest.mark.parametrize(
        "sentence",
        [
            "L'essai", "Vraiment ?", "Vraiment?", f"Fini{NO_BREAK}!", "Un ; deux", "« mot »", "«mot»", "Ligne : 3",
            f"Ligne{NARROW}: 3", "100 %", "12€", "n° 4", "Chargement...", "Dit “mot”", " Espace", "Vous êtes connecté(e)",
            "Etat des lieux", "A partir de demain", "%(name)s : fini",
        ],
    )  # fmt: skip
    def test_sends_bad_spacing_back(self, sentence: str) -> None:
        assert faults_in(sentence) != []

    @pytest.mark.parametrize(
        "sentence",
        [
            "L’essai", f"Vraiment{NARROW}?", f"«{NARROW}%(name)s{NARROW}»{NO_BREAK}: fini", f"100{NO_BREAK}%%", "Remise (%)",
            f"12{NO_BREAK}€", "À 10:30", "Voir https://palier.example/?a=1;b", f"n°{NO_BREAK}4", "%(part)s sur %(whole)s", "État",
        ],
    )  # fmt: skip
    def test_lets_good_french_through(self, sentence: str) -> None:
        assert faults_in(sentence) == []


def shapes(
    read: Callable[[str], Iterator[object]], code: str
) -> list[tuple[object, object, object]]:
    """Context, id and plural of each message found."""
    return [
        (getattr(m, "context", 0), getattr(m, "text", 0), getattr(m, "plural", 0))
        for m in read(code)
    ]
