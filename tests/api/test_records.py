"""Records one at a time."""

from __future__ import annotations

import datetime as dt

import pytest

from palier.hub import operations
from palier.hub.schema import ENTITIES

RECORD = {"name": "Menuiserie Exemple", "siren": "732829320", "city": "Lyon"}


def code_of(answer) -> tuple[int, str]:
    return answer.status, answer["errors"][0]["code"] if answer["errors"] else answer["code"]


class TestCreate:
    def test_answers_the_record_with_its_address_and_version(self, crm):
        made = crm("POST", "/customers", {**RECORD, "external_id": "a1"})
        assert made.status == 201
        assert made["name"] == "Menuiserie Exemple"
        assert made.headers["ETag"] == '"1"'
        assert made.headers["Location"] == f"/api/v1/customers/{made['id']}"
        assert crm("GET", made.headers["Location"]).body == made.body

    def test_refuses_an_identifier_that_is_known(self, crm):
        crm("POST", "/customers", {**RECORD, "external_id": "a1"})
        answer = crm("POST", "/customers", {"name": "Autre", "external_id": "a1"})
        assert code_of(answer) == (409, "hub.external-id-taken")

    def test_makes_up_an_identifier(self, crm):
        first, second = (crm("POST", "/customers", {"name": "Sans"}) for _ in range(2))
        assert first["id"] != second["id"]

    @pytest.mark.parametrize(
        ("told", "code"),
        [
            ({}, "hub.missing-field"),
            ({"name": ""}, "hub.missing-field"),
            ({"name": 5}, "hub.not-text"),
            ({"name": "x", "colour": "red"}, "hub.unknown-field"),
            ({"name": "x", "stage": "zz"}, "hub.not-a-choice"),
            ({"name": "x", "first_won_on": "2026-02-30"}, "hub.not-a-date"),
            ({"name": "x", "external_id": 5}, "hub.not-text"),
            ({"name": "x", "external_id": ""}, "hub.no-identifier"),
            ({"name": "x", "external_id": "y" * 1001}, "hub.identifier-too-long"),
            ({"name": "x", "object": ""}, "hub.not-text"),
            ({"name": "x\x00y"}, "hub.nul"),
            ({"name": "x", "external_id": "a\x00"}, "hub.nul"),
            ({"name": "x", "source_updated_at": "hier"}, "hub.not-an-instant"),
            ({"name": "x", "custom": {"vintage": 1}}, "api.custom-field-undeclared"),
            ({"name": "x", "custom": []}, "hub.not-an-object"),
            ({"name": "x", "id": "cus_" + "0" * 32}, "hub.unknown-field"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, crm, told, code):
        answer = crm("POST", "/customers", told)
        assert code_of(answer) == (422, code)
        assert answer["errors"][0]["message"]
        assert crm("GET", "/customers")["items"] == []

    def test_says_it_in_the_language_asked_for(self, crm):
        crm.language = "fr"
        answer = crm("POST", "/customers", {"name": "x", "stage": "zz"})
        assert "ne fait pas partie" in answer["detail"]

    @pytest.mark.parametrize(
        ("raw", "kind", "expected"),
        [
            (b"{", "application/json", (400, "api.not-json")),
            (b"\xff\xfe", "application/json", (400, "api.not-json")),
            (b"[]", "application/json", (422, "api.not-an-object")),
            (b"5", "application/json", (422, "api.not-an-object")),
            (b"NaN", "application/json", (400, "api.not-json")),
            (b"name=x", "application/x-www-form-urlencoded", (415, "api.content-type")),
            (
                b'{"name": "' + b"x" * (1 << 20) + b'"}',
                "application/json",
                (413, "api.body-too-large"),
            ),
        ],
    )
    def test_refuses_what_is_no_object(self, crm, raw, kind, expected):
        answer = crm("POST", "/customers", raw=raw, content_type=kind)
        assert (answer.status, answer["code"]) == expected

    @pytest.mark.parametrize("entity", list(ENTITIES))
    def test_takes_the_example_of_the_document(self, crm, entity):
        from palier.api.names import PLURALS
        from palier.api.schemas import input_schema

        example = input_schema(ENTITIES[entity], partial=False)["example"]
        answer = crm("POST", f"/{PLURALS[entity]}", example)
        assert answer.status == 201, answer.body
        for name, value in example.items():
            if name != "external_id" and not isinstance(value, dict):
                assert answer[name] == value


class TestPut:
    def test_says_whether_it_was_new(self, crm):
        assert crm.put("customer", "1", **RECORD).status == 201
        again = crm.put("customer", "1", **RECORD)
        assert (again.status, again.headers["Palier-Status"]) == (200, "unchanged")
        assert again["version"] == 1

    def test_replaces_what_the_tool_said(self, crm):
        crm.put("customer", "1", **RECORD)
        answer = crm.put("customer", "1", name="Menuiserie")
        assert (answer["name"], answer["city"], answer["version"]) == ("Menuiserie", None, 2)

    def test_joins_what_another_tool_knows_by_its_siren(self, shop, crm):
        first = crm.put("customer", "1", **RECORD)
        erp = shop.tool("erp")
        second = erp(
            "PUT", "/customers/by/erp/tiers/9", {"name": "MENUISERIE", "siren": "732829320"}
        )
        assert second["id"] == first["id"]
        assert crm("GET", "/customers/by/erp/tiers/9")["id"] == first["id"]

    def test_refuses_two_identifiers(self, crm):
        answer = crm("PUT", "/customers/by/crm/customer/1", {**RECORD, "external_id": "2"})
        assert code_of(answer) == (422, "api.identifiers-differ")

    def test_does_not_believe_a_clock_that_runs_ahead(self, shop, crm):
        tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
        crm.put("customer", "1", **RECORD, phone="+33111111111", source_updated_at=tomorrow)
        crm.put("customer", "1", **RECORD, phone="+33122222222")
        assert crm("GET", "/customers/by/crm/customer/1")["phone"] == "+33122222222"

    def test_leaves_what_is_newer_alone(self, crm):
        crm.put("customer", "1", **RECORD, source_updated_at="2026-11-01T00:00:00Z")
        late = crm.put("customer", "1", name="Vieux nom", source_updated_at="2026-10-01T00:00:00Z")
        assert late["name"] == "Menuiserie Exemple"

    def test_reuses_an_identifier_for_another_customer_without_mixing_them(self, crm):
        first = crm.put("customer", "1", **RECORD)
        other = crm.put("customer", "1", name="Verger Vert", siren="404833048")
        assert other["name"] == "Verger Vert"
        assert other["siren"] == "404833048"
        assert other["version"] > first["version"]


class TestAmend:
    def test_changes_some_fields_and_keeps_the_others(self, crm):
        made = crm.put("customer", "1", **RECORD)
        answer = crm("PATCH", f"/customers/{made['id']}", {"city": "Nantes"})
        assert (answer["city"], answer["siren"]) == ("Nantes", "732829320")

    def test_empties_a_field_by_null(self, crm):
        made = crm.put("customer", "1", **RECORD)
        assert crm("PATCH", f"/customers/{made['id']}", {"city": None})["city"] is None

    def test_keeps_parents(self, crm):
        parent = crm.put("customer", "1", **RECORD)
        made = crm.put("deal", "1", name="Affaire", customer={"id": parent["id"]})
        answer = crm("PATCH", f"/deals/{made['id']}", {"name": "Grande affaire"})
        assert answer["customer"] == {"id": parent["id"]}

    def test_lets_another_tool_say_something_for_the_first_time(self, shop, crm):
        made = crm.put("customer", "1", **RECORD)
        billing = shop.tool("erp")
        answer = billing("PATCH", f"/customers/{made['id']}", {"name": "M. E.", "naf": "4332A"})
        assert (answer["id"], answer["naf"]) == (made["id"], "4332A")
        tools = crm("GET", f"/customers/{made['id']}?include=sources")["sources"]
        assert {one["tool"] for one in tools} == {"crm", "erp"}

    def test_holds_to_the_version_that_was_read(self, crm):
        made = crm.put("customer", "1", **RECORD)
        path = f"/customers/{made['id']}"
        assert crm("PATCH", path, {"city": "Nantes"}, If_Match='"1"').status == 200
        late = crm("PATCH", path, {"city": "Brest"}, If_Match='"1"')
        assert (late.status, late["version"], late["changed"]) == (412, 2, ["city"])
        assert crm("GET", path)["city"] == "Nantes"

    def test_refuses_a_version_that_is_none(self, crm):
        made = crm.put("customer", "1", **RECORD)
        answer = crm("PATCH", f"/customers/{made['id']}", {"city": "x"}, If_Match="1")
        assert (answer.status, answer["code"]) == (400, "api.if-match-unusable")

    def test_does_not_correct_what_happened(self, crm):
        made = crm("POST", "/events", {"name": "visite", "occurred_at": "2026-11-01T08:00:00Z"})
        assert crm("PATCH", f"/events/{made['id']}", {"name": "x"}).status == 405

    def test_finds_nothing_under_an_id_of_another_kind(self, crm):
        made = crm.put("customer", "1", **RECORD)
        other = made["id"].replace("cus_", "con_")
        assert crm("PATCH", f"/contacts/{other}", {"last_name": "x"}).status == 404
        assert crm("GET", f"/contacts/{made['id']}").status == 404


class TestWithdraw:
    def test_lets_a_record_go_that_no_other_tool_knows(self, crm):
        made = crm.put("customer", "1", **RECORD)
        assert crm("DELETE", f"/customers/{made['id']}").status == 204
        assert crm("GET", f"/customers/{made['id']}").status == 404
        gone = crm("GET", "/customers?deleted=true")["items"]
        assert [one["id"] for one in gone] == [made["id"]]

    def test_keeps_what_another_tool_says(self, shop, crm):
        made = crm.put("customer", "1", **RECORD)
        shop.tool("erp").put("customer", "9", tool="erp", name="M. E.", siren="732829320")
        assert crm("DELETE", f"/customers/{made['id']}").status == 204
        assert crm("GET", f"/customers/{made['id']}")["name"] == "M. E."

    def test_works_by_identifier_once(self, crm):
        crm.put("customer", "1", **RECORD)
        assert crm("DELETE", "/customers/by/crm/customer/1").status == 204
        assert crm("DELETE", "/customers/by/crm/customer/1").status == 404

    def test_holds_to_the_version_that_was_read(self, crm):
        made = crm.put("customer", "1", **RECORD)
        crm.put("customer", "1", **{**RECORD, "city": "Nantes"})
        assert crm("DELETE", f"/customers/{made['id']}", If_Match='"1"').status == 412
        assert crm("GET", f"/customers/{made['id']}").status == 200

    def test_lets_an_event_go(self, crm):
        made = crm("POST", "/events", {"name": "visite", "occurred_at": "2026-11-01T08:00:00Z"})
        assert crm("DELETE", f"/events/{made['id']}").status == 204
        assert crm("GET", "/events")["items"] == []

    def test_lets_a_record_come_back_under_its_own_id(self, crm):
        made = crm.put("customer", "1", **RECORD)
        crm("DELETE", f"/customers/{made['id']}")
        assert crm.put("customer", "1", **RECORD)["id"] == made["id"]


class TestParents:
    @pytest.fixture
    def parent(self, crm):
        return crm.put("customer", "1", **RECORD, domain="menuiserie-exemple.example")

    @pytest.mark.parametrize(
        "named",
        [
            {"external_id": "1"},
            {"external_id": "1", "object": "customer"},
            {"external_id": "1", "object": "customer", "tool": "crm"},
            {"siren": "732829320"},
            {"domain": "menuiserie-exemple.example"},
            {"name": "menuiserie exemple"},
        ],
    )
    def test_are_named_in_several_ways(self, crm, parent, named):
        made = crm.put("deal", "1", name="Affaire", customer=named)
        assert made["customer"] == {"id": parent["id"]}

    def test_may_come_later(self, crm):
        made = crm.put("deal", "1", name="Affaire", customer={"external_id": "77"})
        assert made["customer"] is None
        parent = crm.put("customer", "77", name="Tard Venu")
        assert crm("GET", f"/deals/{made['id']}")["customer"] == {"id": parent["id"]}

    @pytest.mark.parametrize(
        "named",
        [
            {},
            {"id": 5},
            {"id": "x", "external_id": "1"},
            {"colour": "red"},
            "1",
            [],
            5,
            {"o": 1, "x": "1"},
            {"k": 5},
        ],
    )
    def test_are_refused_when_they_name_nothing(self, crm, named):
        answer = crm("POST", "/deals", {"name": "Affaire", "customer": named})
        assert code_of(answer) == (422, "hub.not-a-reference")


class TestList:
    @pytest.fixture
    def filled(self, crm):
        cities = ["Lyon", "Écully", None, "Lyon", "Brest"]
        for number, city in enumerate(cities):
            crm.put(
                "customer",
                str(number),
                name=f"Client {number}",
                city=city,
                first_won_on=f"2026-0{number + 1}-01",
            )
        return crm

    def names(self, crm, query: str) -> list[str]:
        answer = crm("GET", f"/customers?{query}")
        assert answer.status == 200, answer.body
        return [one["name"][-1] for one in answer["items"]]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", "01234"),
            ("sort=-id", "43210"),
            ("city=Lyon", "03"),
            ("city.not=Lyon", "124"),
            ("city.contains=ecu", "1"),
            ("city.known=false", "2"),
            ("first_won_on.from=2026-03-01", "234"),
            ("first_won_on.from=2026-02-01&first_won_on.before=2026-04-01", "12"),
            ("first_won_on=2026-03-01", "2"),
            ("search=client+3", "3"),
            ("sort=-first_won_on&limit=2", "43"),
            ("updated_at.from=2020-01-01T00:00:00Z", "01234"),
        ],
    )
    def test_filters_and_sorts(self, filled, query, expected):
        assert self.names(filled, query) == list(expected)

    @pytest.mark.parametrize(
        "sort", ["id", "-id", "city", "-city", "first_won_on", "updated_at", "name"]
    )
    def test_pages_show_every_record_once(self, filled, sort):
        found, after = [], ""
        while True:
            answer = filled("GET", f"/customers?sort={sort}&limit=2&after={after}")
            found += [one["id"] for one in answer["items"]]
            after = answer["next"]
            if not after:
                break
        assert len(found) == len(set(found)) == 5

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("colour=red", "hub.filter-unknown"),
            ("city.from=Lyon", "hub.filter-unsuited"),
            ("first_won_on=hier", "hub.filter-value-unusable"),
            ("first_won_on.contains=2", "hub.filter-unsuited"),
            ("stage=zz", "hub.filter-value-unusable"),
            ("city.known=maybe", "hub.filter-value-unusable"),
            ("props=1", "hub.filter-unknown"),
            ("sort=colour", "hub.sort-unusable"),
            ("after=zzz", "hub.cursor-unusable"),
            ("limit=0", "api.not-in-range"),
            ("limit=1001", "api.not-in-range"),
            ("limit=ten", "api.not-in-range"),
            ("custom.vintage=1", "hub.filter-unknown"),
            ("custom.a'b=1", "hub.filter-unknown"),
        ],
    )
    def test_says_what_cannot_be_asked(self, crm, query, code):
        answer = crm("GET", f"/customers?{query}")
        assert (answer.status, answer["code"]) == (400, code)

    def test_does_not_take_the_cursor_of_another_list(self, filled):
        cursor = filled("GET", "/customers?limit=2")["next"]
        assert filled("GET", f"/customers?limit=2&sort=-id&after={cursor}").status == 400
        assert filled("GET", f"/contacts?limit=2&after={cursor}").status == 400

    def test_finds_the_children_of_a_parent(self, crm):
        parent = crm.put("customer", "1", **RECORD)
        crm.put("deal", "1", name="Une", customer={"id": parent["id"]})
        crm.put("deal", "2", name="Autre")
        (found,) = crm("GET", f"/deals?customer={parent['id']}")["items"]
        assert found["name"] == "Une"
        assert crm("GET", "/deals?customer=dea_" + "0" * 32).status == 400


class TestProvenance:
    def test_tells_the_tool_of_each_value(self, shop, crm):
        crm.put("customer", "1", **RECORD)
        shop.tool("erp").put(
            "customer", "9", tool="erp", name="M. E.", siren="732829320", naf="4332A"
        )
        told = crm("GET", "/customers/by/crm/customer/1?include=provenance")["provenance"]
        assert told["naf"]["tool"] == "erp"
        assert told["naf"]["external_id"] == "9"


class TestLongImport:
    @pytest.mark.django_db(transaction=True)
    def test_is_waited_for_and_then_answered_503(self, shop, crm, monkeypatch):
        import threading

        from django.db import connection

        from palier.database.isolation import company_scope
        from palier.hub import speaking

        monkeypatch.setattr(speaking, "PATIENCE_S", 0.2)
        holding, done = threading.Event(), threading.Event()

        def hold() -> None:
            with (
                company_scope(shop.company_id),
                operations.exclusive_write(company_id=shop.company_id, wait=True),
            ):
                holding.set()
                done.wait(20)
            connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        holding.wait(20)
        try:
            answer = crm("PUT", "/customers/by/crm/customer/1", RECORD)
        finally:
            done.set()
            thread.join()
        assert (answer.status, answer["code"]) == (503, "hub.another-write-running")
        assert int(answer.headers["Retry-After"]) > 0
        assert crm.put("customer", "1", **RECORD).status == 201
