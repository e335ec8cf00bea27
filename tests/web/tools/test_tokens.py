"""Tokens are made, shown once, and revoked by the leader alone."""

from __future__ import annotations

import datetime as dt
import logging
import re
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts import tokens
from palier.accounts.permissions import Role
from palier.accounts.tokens import Scope

HTMX = {"HX-Request": "true"}
SECRET = re.compile(r"plr_[\w-]{40,}")


def _asked(**more: object) -> dict[str, object]:
    return {
        "name": "Boutique en ligne",
        "tool": "+",
        "new_tool": "boutique",
        "scopes": ["records:read", "records:write"],
        **more,
    }


class TestMaking:
    def test_shows_the_secret_once_with_a_command(self, workshop, caplog):
        browser = workshop.browse()
        with caplog.at_level(logging.DEBUG):
            answer = browser.post(reverse("tools:tokens"), _asked())
        page = answer.content.decode()
        (secret,) = set(SECRET.findall(page))
        assert f'value="{secret}"' in page
        assert "curl" in page
        assert answer["Cache-Control"] == "no-store"
        assert not SECRET.search(caplog.text)
        assert SECRET.search(browser.get(reverse("tools:tokens")).content.decode()) is None
        called = Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {secret}"})
        assert called.status_code == 200

    def test_keeps_what_was_asked(self, workshop):
        day = timezone.localdate() + dt.timedelta(days=3)
        workshop.browse().post(
            reverse("tools:tokens"), _asked(rate="120", expires_on=day.isoformat()), headers=HTMX
        )
        with workshop.scope():
            (token,) = tokens.list_tokens(company_id=workshop.company.id)
        assert (token.tool, token.rate_per_minute) == ("boutique", 120)
        assert token.scopes == {"records:read", "records:write"}
        zone = ZoneInfo(workshop.company.time_zone)
        last = timezone.localtime(token.expires_at - dt.timedelta(seconds=1), zone)
        assert last.date() == day
        assert timezone.localtime(token.expires_at, zone).time() == dt.time()

    def test_takes_a_tool_that_feeds_already(self, workshop, lumen):
        workshop.browse().post(reverse("tools:tokens"), _asked(tool="crm", new_tool=""))
        with workshop.scope():
            (token,) = tokens.list_tokens(company_id=workshop.company.id)
        assert token.tool == "crm"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"new_tool": ""}, "speaks for a tool"),
            ({"new_tool": "Ma Boutique"}, "Only small letters"),
            ({"scopes": []}, "required"),
            ({"rate": "0"}, "greater than or equal to 1"),
            ({"expires_on": "2020-01-01"}, "This day is past."),
            ({"tool": "stranger"}, "not one of the available choices"),
        ],
    )
    def test_says_what_is_wrong(self, workshop, wrong, said):
        answer = workshop.browse().post(reverse("tools:tokens"), _asked(**wrong))
        assert answer.status_code == 422
        assert said in answer.content.decode()
        with workshop.scope():
            assert tokens.list_tokens(company_id=workshop.company.id) == []

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.READER])
    def test_is_for_the_leader_alone(self, workshop, make_token, role):
        token = make_token().token
        browser = workshop.browse(role)
        assert browser.get(reverse("tools:tokens")).status_code == 403
        assert browser.post(reverse("tools:tokens"), _asked()).status_code == 403
        assert (
            browser.post(reverse("tools:revoke_token", args=[token.public_id])).status_code == 403
        )
        assert reverse("tools:tokens") not in browser.get(reverse("tools:list")).content.decode()


class TestList:
    def test_tells_tool_scopes_limit_and_last_use(self, workshop, make_token):
        made = make_token(rate_per_minute=30, scopes=[Scope.READ_RECORDS, Scope.READ_CHANGES])
        page = workshop.browse().get(reverse("tools:tokens")).content.decode()
        assert made.token.hint in page
        assert made.secret not in page
        assert "reads, follows changes" in page
        assert "30 requests a minute" in page
        assert "never used" in page
        Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {made.secret}"})
        assert "seen just now" in workshop.browse().get(reverse("tools:tokens")).content.decode()

    def test_tells_a_token_past_its_day(self, workshop, make_token):
        past = timezone.now() - dt.timedelta(minutes=1)
        make_token(expires_at=past)
        assert "Expired" in workshop.browse().get(reverse("tools:tokens")).content.decode()


class TestRevoking:
    def test_closes_the_door_at_once(self, workshop, make_token):
        made = make_token()
        bearer = {"Authorization": f"Bearer {made.secret}"}
        assert Client().get("/api/v1/customers", headers=bearer).status_code == 200
        answer = workshop.browse().post(
            reverse("tools:revoke_token", args=[made.token.public_id]), headers=HTMX
        )
        assert "Revoked" in answer.content.decode()
        assert (
            reverse("tools:revoke_token", args=[made.token.public_id])
            not in answer.content.decode()
        )
        assert Client().get("/api/v1/customers", headers=bearer).status_code == 401

    def test_works_without_javascript(self, workshop, make_token):
        token = make_token().token
        answer = workshop.browse().post(
            reverse("tools:revoke_token", args=[token.public_id]), follow=True
        )
        assert answer.redirect_chain == [(reverse("tools:tokens"), 302)]
        assert "it opens nothing any more" in answer.content.decode()
