"""Every code has its sentence, every field its word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

import palier.hub as hub
from palier.hub.imports.mapping import CUSTOM_TYPES, PARSERS_OF
from palier.hub.imports.messages import MESSAGES
from palier.hub.schema import ENTITIES, SOURCE_KINDS
from palier.wording import labels
from palier.wording.sentences import SENTENCES, sentence

HUB = Path(hub.__file__).parent


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class TestSentences:
    def test_cover_every_code_of_the_one_door(self):
        door = "".join(
            (HUB / name).read_text(encoding="utf-8") for name in ("checks.py", "staging.py")
        )
        codes = set(re.findall(r'"(hub\.[a-z-]+)"', door))
        assert len(codes) > 10
        assert codes - SENTENCES.keys() == set()

    def test_cover_every_code_of_imports(self):
        source = "".join(
            path.read_text(encoding="utf-8") for path in (HUB / "imports").rglob("*.py")
        )
        codes = set(
            re.findall(
                r'(?:Bad|bad|Notice|Rejection)\(\s*(?:[a-z_.]+, )*"(import\.[a-z_]+)"', source
            )
        )
        assert len(codes) > 20
        assert codes - SENTENCES.keys() == set()
        assert MESSAGES.keys() <= SENTENCES.keys()

    def test_name_entities_and_fields_in_words(self):
        assert (
            sentence("import.missing_id", {"entity": "deal_event"})
            == "The identifier of the step of a deal is empty."
        )
        assert "“Amount”" in sentence("hub.missing-field", {"field": "amount_minor"})
        assert "“Étage”" in sentence("hub.unknown-field", {"field": "custom.étage"})

    def test_survive_parameters_of_another_version(self):
        assert sentence("import.date", {"other": "x"}) == "“%(value)s” is not a date."
        assert sentence("import.never_heard_of") == "import.never_heard_of"


class TestLabels:
    @pytest.mark.parametrize("entity", ENTITIES)
    def test_name_every_field_and_choice(self, entity):
        assert labels.entity(entity) != entity
        assert labels.entity(entity, many=True) != entity
        for field in ENTITIES[entity].fields:
            assert labels.field(entity, field.name) != field.name, field.name
            for choice in field.choices:
                assert labels.choice(entity, field.name, choice) != choice, (field.name, choice)

    def test_name_every_parser_and_kind_of_tool(self):
        parsers = {name for names in PARSERS_OF.values() for name in names} | set(CUSTOM_TYPES)
        assert parsers <= labels.PARSERS.keys()
        assert set(SOURCE_KINDS) <= labels.SOURCE_KINDS.keys()
