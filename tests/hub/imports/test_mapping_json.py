from __future__ import annotations

import json

import pytest

from palier.hub.imports.mapping_json import MappingInvalid, from_json, to_json
from palier.hub.imports.presets import list_presets


def mapping(fields, **entity):
    return {"entities": [{"entity": "deal", "id": ["id"], "fields": fields, **entity}]}


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.tool)
def test_every_preset_survives_json(preset):
    for shape in preset.files:
        assert from_json(json.loads(json.dumps(to_json(shape.mapping)))) == shape.mapping


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ([], "a table is expected"),
        ({}, "either entities or a reason"),
        (mapping({"nope": "a"}), "there is no such field"),
        (
            mapping({"amount_minor": {"column": "a", "parser": "date"}}),
            r"does not give this type: money",
        ),
        (mapping({"name": {"colum": "a"}}), "unknown name “colum”"),
        (mapping({"name": {}}), "exactly one of column"),
        (mapping({"customer": "a"}), "ref is missing"),
        (mapping({"customer": {"ref": "@phone", "column": "a"}}), "a ref by key is one of"),
        (
            mapping({"status": {"column": "a", "values": {"x": "gagné"}}}),
            "is not one of open, won, lost",
        ),
        (mapping({"name": {"column": "a", "when": [{"column": "b"}]}}), "exactly one test"),
        (mapping({"name": "a"}, id=["#"]), "at least one column"),
        (
            {"entities": [{"entity": "invoice", "id": ["n"], "fields": {"number": "n"}}]},
            "“issued_on” is missing",
        ),
        ({**mapping({"name": "a"}), "timezone": "Mars/Base"}, "is not a time zone"),
        ({**mapping({"name": "a"}), "currency": "ZZZ"}, "is not a currency"),
        ({**mapping({"name": "a"}), "dates": "dym"}, "is expected"),
        (mapping({"name": {"column": "a", "fold": "sum"}}), "only numbers have a sum"),
    ],
)
def test_every_problem_is_named(raw, problem):
    with pytest.raises(MappingInvalid, match=problem):
        from_json(raw)


def test_all_problems_are_told_at_once():
    with pytest.raises(MappingInvalid) as refused:
        from_json(mapping({"nope": "a", "name": {}}))
    assert len(refused.value.problems) == 2
