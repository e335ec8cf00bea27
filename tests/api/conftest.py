"""A company with tools that speak to the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.test import Client

from palier.accounts import operations, tokens
from palier.accounts.models import Person
from palier.accounts.queries import Member
from palier.accounts.tokens import Scope, TokenMade
from palier.database.isolation import company_scope

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@dataclass
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class Caller:
    """A tool with its token."""

    secret: str
    language: str = "en"

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Answer:
        sent = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = Client().generic(
            method,
            path if path.startswith("/api/") else f"/api/v1{path}",
            sent,
            content_type=content_type,
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Accept-Language": self.language,
                **named,
            },
        )
        content = b"".join(response) if response.streaming else response.content
        told = dict(response.items())
        is_json = "json" in told.get("Content-Type", "")
        return Answer(
            response.status_code, told, orjson.loads(content) if is_json and content else content
        )

    def put(self, entity: str, external_id: str, tool: str = "crm", **fields: Any) -> Answer:
        answer = self("PUT", f"/{entity}s/by/{tool}/{entity}/{external_id}", fields)
        assert answer.status in {200, 201}, answer.body
        return answer


@dataclass
class Shop:
    """A company and its tools."""

    leader: Member

    @property
    def company_id(self) -> int:
        return self.leader.company.id

    def make(
        self, *, tool: str = "crm", scopes: Iterable[Scope] = tuple(Scope), **more: Any
    ) -> TokenMade:
        with company_scope(self.company_id):
            return tokens.make_token(
                author=self.leader, name=tool or "reader", tool=tool, scopes=scopes, now=NOW, **more
            )

    def tool(self, tool: str = "crm", **more: Any) -> Caller:
        return Caller(self.make(tool=tool, **more).secret)

    def scope(self):
        return company_scope(self.company_id)


@pytest.fixture
def open_shop(db: None) -> Callable[..., Shop]:
    def act(name: str = "Atelier Brun") -> Shop:
        slug = operations.slug_of(name)
        operations.create_person(
            email=f"l@{slug}.example", name="Léa", password="une longue phrase"
        )
        founded = operations.create_company(name=name, owner_email=f"l@{slug}.example", now=NOW)
        Person.objects.update(language="en")
        return Shop(founded.leader)

    return act


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()


@pytest.fixture
def crm(shop: Shop) -> Caller:
    return shop.tool("crm")
