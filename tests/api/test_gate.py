"""Who may call: tokens, scopes, limits, idempotency."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from palier.accounts import idempotency, tokens
from palier.accounts.models import IdempotencyKey
from palier.accounts.tokens import Scope
from palier.api.app import api
from palier.api.names import PLURALS

RECORD = {"name": "Menuiserie Exemple", "siren": "732829320"}


def operations():
    """Every operation: path, method, scope it needs."""
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield f"{bound.prefix}{path}", method, operation.view_func.scope


class TestToken:
    def test_is_needed(self, db):
        answer = Client().get("/api/v1/customers")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("secret", ["", "plr_", "plr_unknown", "é", "plr_" + "x" * 5000])
    def test_is_refused_when_nobody_made_it(self, shop, secret):
        answer = Client().get(
            "/api/v1/customers",
            headers={"Authorization": f"Bearer {secret}".encode().decode("latin-1")},
        )
        assert answer.status_code == 401

    def test_ends_when_it_is_revoked(self, shop):
        made = shop.make()
        call = shop.tool()
        with shop.scope():
            tokens.revoke_token(
                author=shop.leader, public_id=made.token.public_id, now=timezone.now()
            )
        assert (
            Client()
            .get("/api/v1/customers", headers={"Authorization": f"Bearer {made.secret}"})
            .status_code
            == 401
        )
        assert call("GET", "/customers").status == 200

    def test_ends_on_its_day(self, shop):
        expired = shop.tool(expires_at=timezone.now() - dt.timedelta(seconds=1))
        assert expired("GET", "/customers").status == 401

    def test_opens_its_own_company_and_no_other(self, shop, open_shop):
        mine = shop.tool()
        theirs = open_shop("Verger Vert").tool()
        made = mine.put("customer", "1", **RECORD)

        assert theirs("GET", f"/customers/{made['id']}").status == 404
        assert theirs("PATCH", f"/customers/{made['id']}", {"city": "Lyon"}).status == 404
        assert theirs("DELETE", f"/customers/{made['id']}").status == 404
        assert theirs("GET", "/customers/by/crm/customer/1").status == 404
        assert theirs("DELETE", "/customers/by/crm/customer/1").status == 404
        assert theirs("GET", "/customers")["items"] == []
        assert theirs("GET", "/changes")["items"] == []
        assert theirs("GET", "/tools")["items"] == []
        parent = theirs("POST", "/contacts", {"last_name": "Brun", "customer": {"id": made["id"]}})
        assert parent.status == 422
        assert parent["errors"][0]["code"] == "api.parent-unknown"

    def test_is_seen_when_it_was_used(self, shop):
        made = shop.make()
        Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {made.secret}"})
        with shop.scope():
            (token,) = tokens.list_tokens(company_id=shop.company_id)
        assert token.last_used_at is not None


class TestScope:
    def test_is_stated_by_every_operation(self):
        stated = list(operations())
        assert len(stated) > 8 * len(PLURALS)
        assert {scope for _path, _method, scope in stated} == set(Scope)

    def test_is_needed_by_every_operation(self, shop):
        for scope in Scope:
            others = [one for one in Scope if one is not scope]
            call = shop.tool(scopes=others)
            for path, method, needed in operations():
                if needed is not scope:
                    continue
                real = path.format(
                    record_id="cus_" + "0" * 32,
                    tool="crm",
                    object_name="customer",
                    external_id="1",
                    entity="customer",
                    name="x",
                )
                answer = call(method, real, {})
                assert (answer.status, answer["code"]) == (403, "api.scope-missing"), (method, path)

    def test_never_writes_for_another_tool(self, shop):
        shop.tool("crm").put("customer", "1", **RECORD)
        erp = shop.tool("erp")
        assert erp("PUT", "/customers/by/crm/customer/1", RECORD).status == 403
        assert erp("DELETE", "/customers/by/crm/customer/1").status == 403
        made = erp("GET", "/customers/by/crm/customer/1")
        assert erp("DELETE", f"/customers/{made['id']}")["code"] == "hub.nothing-to-withdraw"


class TestLimit:
    def test_is_off_by_default(self, crm):
        assert "RateLimit-Limit" not in crm("GET", "/customers").headers

    def test_tells_what_is_left_and_then_stops(self, shop):
        call = shop.tool(rate_per_minute=2)
        left = [call("GET", "/customers").headers["RateLimit-Remaining"] for _ in range(2)]
        assert left == ["1", "0"]
        stopped = call("GET", "/customers")
        assert stopped.status == 429
        assert 0 < int(stopped.headers["Retry-After"]) <= 60

    def test_begins_again_with_the_next_minute(self, shop):
        token = shop.make(rate_per_minute=1).token
        with shop.scope():
            at = dt.datetime(2026, 11, 23, 9, 0, 59, tzinfo=dt.UTC)
            assert not tokens.take_allowance(token=token, now=at).exhausted
            assert tokens.take_allowance(token=token, now=at).exhausted
            later = at + dt.timedelta(seconds=1)
            assert not tokens.take_allowance(token=token, now=later).exhausted

    @pytest.mark.parametrize("limit", [0, -1, 10**9])
    def test_is_a_sensible_number(self, shop, limit):
        with pytest.raises(tokens.TokenLimitUnusable):
            shop.make(rate_per_minute=limit)


class TestMakeToken:
    def test_needs_a_tool_to_write(self, shop):
        with pytest.raises(tokens.TokenNeedsTool):
            shop.make(tool="", scopes=[Scope.WRITE_RECORDS])

    def test_needs_a_scope(self, shop):
        with pytest.raises(tokens.TokenNeedsScope):
            shop.make(scopes=[])

    def test_keeps_no_secret(self, shop):
        made = shop.make()
        with connection.cursor() as cursor, shop.scope():
            cursor.execute("SELECT t::text FROM accounts_api_token t")
            assert made.secret not in cursor.fetchone()[0]


class TestIdempotencyKey:
    def test_does_the_work_once(self, crm):
        first = crm("POST", "/customers", RECORD, Idempotency_Key="k1")
        again = crm("POST", "/customers", RECORD, Idempotency_Key="k1")
        assert (first.status, again.status) == (201, 201)
        assert first.body == again.body
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
        assert len(crm("GET", "/customers")["items"]) == 1

    def test_is_not_taken_for_another_request(self, crm):
        crm("POST", "/customers", RECORD, Idempotency_Key="k1")
        other = crm("POST", "/customers", {"name": "Autre"}, Idempotency_Key="k1")
        assert (other.status, other["code"]) == (422, "api.idempotency-key-reused")

    def test_may_be_sent_again_after_a_refusal(self, crm):
        assert crm("POST", "/customers", {"city": "Lyon"}, Idempotency_Key="k1").status == 422
        assert crm("POST", "/customers", RECORD, Idempotency_Key="k1").status == 201

    def test_is_another_for_another_tool(self, shop, crm):
        crm("POST", "/products", {"name": "Vis"}, Idempotency_Key="k1")
        answer = shop.tool("erp")("POST", "/products", {"name": "Clou"}, Idempotency_Key="k1")
        assert answer.status == 201

    def test_is_forgotten_after_a_day(self, shop, crm):
        crm("POST", "/customers", RECORD, Idempotency_Key="k1")
        with shop.scope():
            IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
            assert idempotency.forget_old_keys(company_id=shop.company_id, now=timezone.now()) == 1
        assert crm("POST", "/customers", RECORD, Idempotency_Key="k1").status == 201

    def test_has_a_sensible_length(self, crm):
        assert crm("POST", "/customers", RECORD, Idempotency_Key="k" * 256).status == 400

    @pytest.mark.django_db(transaction=True)
    def test_makes_one_record_of_two_requests_at_once(self, shop, crm):
        answers = []

        def send() -> None:
            try:
                answers.append(crm("POST", "/customers", RECORD, Idempotency_Key="k1").status)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(answers) <= {201, 409}
        assert 201 in answers
        assert len(crm("GET", "/customers")["items"]) == 1
