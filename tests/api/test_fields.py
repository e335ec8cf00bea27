"""Fields of the company's own."""

from __future__ import annotations

import pytest


class TestDeclare:
    def test_adds_a_field_that_is_typed_from_then_on(self, crm):
        made = crm(
            "POST", "/fields/customer", {"name": "millesime", "type": "int", "label": "Millésime"}
        )
        assert (made.status, made["label"]) == (201, "Millésime")
        assert crm.put("customer", "1", name="x", custom={"millesime": 2020})["custom"] == {
            "millesime": 2020
        }
        answer = crm(
            "PUT", "/customers/by/crm/customer/1", {"name": "x", "custom": {"millesime": "y"}}
        )
        assert answer["errors"][0]["code"] == "hub.not-a-whole-number"
        listed = [one for one in crm("GET", "/fields")["items"] if one["custom"]]
        assert [one["name"] for one in listed] == ["custom.millesime"]

    @pytest.mark.parametrize(
        ("type_", "good", "bad"),
        [
            ("text", "x", 5),
            ("int", 5, "5"),
            ("decimal", "1.50", "un"),
            ("share", "0.5", "2"),
            ("date", "2026-11-01", "2026-13-01"),
            ("datetime", "2026-11-01T08:00:00Z", "hier"),
            ("bool", True, "oui"),
            ("choice", "a", "c"),
        ],
    )
    def test_has_a_type(self, crm, type_, good, bad):
        choices = {"choices": ["a", "b"]} if type_ == "choice" else {}
        assert (
            crm("POST", "/fields/customer", {"name": "f", "type": type_, **choices}).status == 201
        )
        assert crm.put("customer", "1", name="x", custom={"f": good})["custom"] == {"f": good}
        assert crm(
            "GET",
            f"/customers?custom.f={str(good).lower() if good is True else good}".replace(
                "+", "%2B"
            ),
        )["items"]
        assert (
            crm("PUT", "/customers/by/crm/customer/1", {"name": "x", "custom": {"f": bad}}).status
            == 422
        )

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({}, (422, "api.declaration-unusable")),
            ({"name": 5}, (422, "api.declaration-unusable")),
            ({"name": "Été"}, (422, "hub.custom-field-name-unusable")),
            ({"name": "x", "type": "money"}, (422, "hub.custom-field-type-unusable")),
            ({"name": "x", "type": "choice"}, (422, "hub.custom-field-choices-unusable")),
            ({"name": "x", "choices": ["a"]}, (422, "hub.custom-field-choices-unusable")),
            (
                {"name": "x", "type": "choice", "choices": ["a", "a"]},
                (422, "hub.custom-field-choices-unusable"),
            ),
            ({"name": "x", "type": "choice", "choices": [5]}, (422, "api.declaration-unusable")),
            ({"name": "x", "colour": "red"}, (422, "api.declaration-unusable")),
        ],
    )
    def test_says_what_is_wrong(self, crm, told, expected):
        answer = crm("POST", "/fields/customer", told)
        assert (answer.status, answer["code"]) == expected

    def test_refuses_a_name_that_is_taken(self, crm):
        crm("POST", "/fields/customer", {"name": "x"})
        answer = crm("POST", "/fields/customer", {"name": "x"})
        assert (answer.status, answer["code"]) == (409, "hub.custom-field-exists")
        assert crm("POST", "/fields/contact", {"name": "x"}).status == 201

    def test_knows_no_other_entities(self, crm):
        assert crm("POST", "/fields/spaceship", {"name": "x"}).status == 404


class TestArchive:
    def test_keeps_values_and_takes_no_more(self, crm):
        crm("POST", "/fields/customer", {"name": "x"})
        crm.put("customer", "1", name="x", custom={"x": "y"})
        assert crm("DELETE", "/fields/customer/x")["archived_at"] is not None
        assert crm("DELETE", "/fields/customer/x").status == 404
        assert crm("GET", "/customers/by/crm/customer/1")["custom"] == {"x": "y"}
        answer = crm("PUT", "/customers/by/crm/customer/1", {"name": "x", "custom": {"x": "z"}})
        assert answer["errors"][0]["code"] == "api.custom-field-undeclared"

    def test_comes_back_with_another_type(self, crm):
        crm("POST", "/fields/customer", {"name": "x"})
        crm("DELETE", "/fields/customer/x")
        assert crm("POST", "/fields/customer", {"name": "x", "type": "int"})["type"] == "int"
