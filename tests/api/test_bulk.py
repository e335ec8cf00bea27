"""Many records in one call."""

from __future__ import annotations

import orjson
import pytest

from palier.api import bulk

NDJSON = "application/x-ndjson"


def lines(*rows) -> bytes:
    return b"\n".join(orjson.dumps(row) for row in rows)


def customers(count: int, **fields) -> list[dict]:
    return [
        {"external_id": str(number), "name": f"Client {number}", **fields}
        for number in range(count)
    ]


class TestBulk:
    @pytest.mark.parametrize("kind", ["application/json", NDJSON])
    def test_brings_rows_in_and_again_changes_nothing(self, crm, kind):
        rows = customers(250)
        raw = orjson.dumps(rows) if kind != NDJSON else lines(*rows)
        first = crm("POST", "/customers/bulk", raw=raw, content_type=kind)
        assert first.status == 200
        assert {name: first[name] for name in ("read", "created", "updated", "unchanged", "rejected")} == {
            "read": 250, "created": 250, "updated": 0, "unchanged": 0, "rejected": 0,
        }  # fmt: skip
        again = crm("POST", "/customers/bulk", raw=raw, content_type=kind)
        assert (again["created"], again["unchanged"]) == (0, 250)
        assert crm("GET", "/customers/by/crm/customer/249")["name"] == "Client 249"

    def test_tells_which_rows_are_refused_and_keeps_the_others(self, crm):
        raw = b"\n".join([
            lines({"external_id": "1", "name": "Bon"}),
            b"{not json",
            b"",
            lines({"external_id": "2", "name": "x", "stage": "zz"}),
            lines({"name": "Sans identifiant"}),
            lines([1]),
            lines({"external_id": "3"}),
            lines({"external_id": "4", "name": "x", "object": "company"}),
            lines({"external_id": "5", "name": "Bon"}),
        ])  # fmt: skip
        answer = crm("POST", "/customers/bulk", raw=raw, content_type=NDJSON)
        assert (answer["read"], answer["created"], answer["rejected"]) == (8, 2, 6)
        assert [(one["row"], one["code"]) for one in answer["errors"]] == [
            (2, "api.row-not-json"),
            (3, "hub.not-a-choice"),
            (4, "hub.no-identifier"),
            (5, "api.not-an-object"),
            (6, "hub.missing-field"),
            (7, "api.objects-differ"),
        ]

    def test_writes_nothing_when_it_is_all_or_nothing(self, crm):
        rows = [*customers(3), {"external_id": "9", "name": "x", "stage": "zz"}]
        answer = crm("POST", "/customers/bulk?atomic=true", rows)
        assert (answer.status, answer["errors"][0]["row"]) == (422, 4)
        assert crm("GET", "/customers")["items"] == []
        assert crm("POST", "/customers/bulk?atomic=true", customers(3)).status == 200

    def test_tells_what_became_of_each_row(self, crm):
        crm("POST", "/customers/bulk", customers(2))
        rows = [
            {"external_id": "0", "name": "Client 0"},
            {"external_id": "1", "name": "Autre"},
            {"external_id": "2", "name": "Neuf"},
        ]
        told = crm("POST", "/customers/bulk?return=rows", rows)["rows"]
        assert [(one["row"], one["external_id"], one["status"]) for one in told] == [
            (1, "0", "unchanged"),
            (2, "1", "updated"),
            (3, "2", "created"),
        ]
        assert crm("GET", f"/customers/{told[2]['id']}")["name"] == "Neuf"

    @pytest.mark.parametrize("count", [5, 1500])
    def test_tells_it_of_events_and_of_many_rows(self, crm, count):
        rows = [
            {"external_id": str(n), "name": "visite", "occurred_at": "2026-11-01T08:00:00Z"}
            for n in range(count)
        ]
        told = crm("POST", "/events/bulk?return=rows", rows)["rows"]
        assert [one["status"] for one in told] == ["created"] * count
        told = crm("POST", "/events/bulk?return=rows", rows)["rows"]
        assert [one["status"] for one in told] == ["unchanged"] * count

    def test_names_parents_by_their_ids(self, crm):
        parents = [crm.put("customer", str(n), name=f"Client {n}")["id"] for n in range(2)]
        rows = [
            {"external_id": str(n), "name": "Affaire", "customer": {"id": parents[n % 2]}}
            for n in range(4)
        ]
        assert crm("POST", "/deals/bulk", rows)["created"] == 4
        assert len(crm("GET", f"/deals?customer={parents[0]}")["items"]) == 2

    def test_takes_the_last_of_two_rows_of_one_identifier(self, crm):
        rows = [{"external_id": "1", "name": "Un"}, {"external_id": "1", "name": "Deux"}]
        assert crm("POST", "/customers/bulk", rows).status == 200
        assert crm("GET", "/customers/by/crm/customer/1")["name"] == "Deux"

    @pytest.mark.parametrize(
        ("raw", "kind", "expected"),
        [
            (b"{}", "application/json", (422, "api.not-an-array")),
            (b"[", "application/json", (400, "api.not-json")),
            (b"a;b", "text/csv", (415, "api.content-type")),
        ],
    )
    def test_refuses_what_holds_no_rows(self, crm, raw, kind, expected):
        answer = crm("POST", "/customers/bulk", raw=raw, content_type=kind)
        assert (answer.status, answer["code"]) == expected

    def test_takes_no_rows_at_all(self, crm):
        assert crm("POST", "/customers/bulk", raw=b"\n\n", content_type=NDJSON)["read"] == 0
        assert crm("POST", "/customers/bulk", [])["read"] == 0

    def test_bounds_rows_and_their_size(self, crm, monkeypatch):
        monkeypatch.setattr(bulk, "MOST_ROWS", 3)
        answer = crm("POST", "/customers/bulk", raw=lines(*customers(4)), content_type=NDJSON)
        assert (answer.status, answer["code"]) == (413, "api.too-many-rows")
        long = lines({"external_id": "1", "name": "x" * bulk.MOST_ROW_BYTES})
        answer = crm("POST", "/customers/bulk", raw=long, content_type=NDJSON)
        assert (answer.status, answer["code"]) == (413, "api.row-too-large")

    def test_is_done_once_for_its_key(self, crm):
        rows = customers(3)
        first = crm("POST", "/customers/bulk", rows, Idempotency_Key="b1")
        again = crm("POST", "/customers/bulk", rows, Idempotency_Key="b1")
        assert first.body == again.body
        assert again["created"] == 3

    def test_types_the_fields_of_the_company(self, crm):
        crm("POST", "/fields/customer", {"name": "millesime", "type": "int"})
        rows = customers(1200, custom={"millesime": 2020})
        rows[700]["custom"] = {"millesime": "deux mille"}
        answer = crm("POST", "/customers/bulk", raw=lines(*rows), content_type=NDJSON)
        assert (answer["created"], answer["rejected"]) == (1199, 1)
        assert answer["errors"][0]["row"] == 701
        assert answer["errors"][0]["field"] == "custom.millesime"
