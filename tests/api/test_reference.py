"""The reference page says everything that the OpenAPI document says, in both languages, and its commands run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from palier.accounts.tokens import Scope
from palier.api import answers, examples, refusals
from palier.api.reference import operations, schema, tags
from palier.wording.api import API

ELSEWHERE = {"api.idempotency-key-reused", "api.idempotency-key-unusable", "api.in-flight"}


def _told() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema()["paths"].items():
        for method, told in methods.items():
            yield path, method, told


def _page(tag: str, language: str = "fr") -> str:
    url = reverse("api:docs-of", args=[tag]) if tag else reverse("api:docs")
    answer = Client().get(url, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
class TestPage:
    def test_shows_every_operation_of_the_document_once(self):
        wanted = sorted(told["operationId"] for _path, _method, told in _told())
        shown = sorted(one.id for tag in tags() for one in operations(tag))
        assert shown == wanted
        for tag in tags():
            page = _page(tag)
            assert all(f'id="{one.id}"' in page for one in operations(tag)), tag

    def test_names_every_parameter(self):
        for tag in tags():
            page = _page(tag)
            names = {
                one["name"]
                for _path, _method, told in _told()
                if told["tags"][0] == tag
                for one in told.get("parameters", [])
            }
            assert {name for name in names if f"<code>{name}</code>" not in page} == set()

    def test_is_for_everybody_in_both_languages(self):
        assert "Créer une fiche" in _page("customers")
        assert "Raison sociale" in _page("customers")
        assert "Create a record" in _page("customers", "en")
        begin = _page("")
        assert "Commencer en dix lignes" in begin
        assert all(f"<code>{scope}</code>" in begin for scope in Scope)

    def test_knows_no_other_kind(self):
        assert Client().get(reverse("api:docs-of", args=["nothing"])).status_code == 404


class TestWords:
    def test_of_the_document_are_all_in_french(self):
        said = {
            told[part]
            for _path, _method, told in _told()
            for part in ("summary", "description")
            if told.get(part)
        }
        said |= {
            one["description"]
            for _path, _method, told in _told()
            for one in told.get("parameters", [])
            if one.get("description")
        }
        said |= {text for step in examples.STEPS for text in (step.title, step.says)}
        with translation.override("fr"):
            assert {text for text in said if translation.gettext(text) == text} == set()

    def test_say_what_every_operation_does(self):
        assert [
            told["operationId"] for _path, _method, told in _told() if not told.get("description")
        ] == []


class TestGuide:
    def test_shows_the_commands_that_the_page_shows(self):
        guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
        assert [step.title for step in examples.STEPS if step.command not in guide] == []
        assert all(f"`{scope}`" in guide for scope in Scope)


class TestCodes:
    def test_hold_every_code_that_the_api_gives(self):
        listed = {
            one if isinstance(one, str) else one.code for _status, _trait, one in answers.CODES
        }
        given = API.keys() | ELSEWHERE | {one.code for one in refusals.STATUSES}
        assert given - listed - set(answers.ROWS) == set()

    def test_have_the_status_that_is_answered(self):
        for status, _trait, one in answers.CODES:
            if not isinstance(one, str):
                assert refusals.STATUSES.get(one, 409) == status, one.code

    def test_explain_what_each_operation_may_refuse(self):
        for tag in tags():
            for one in operations(tag):
                assert {401, 403, 429} <= {bad.status for bad in one.problems}, one.id
        put = next(one for one in operations("customers") if one.id == "putCustomer")
        said = {code.code for bad in put.problems for code in bad.codes}
        assert {"api.not-your-tool", "hub.version-conflict", "api.in-flight"} <= said
        assert "api.rows-refused" not in said


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestCommands:
    def test_run_as_they_stand(self, shop, live_server):
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        secret = shop.make(tool=examples.TOOL).secret
        script = examples.settings_block(live_server.url).replace("plr_…", secret)
        script += (
            '\nset -o pipefail\ncurl() { command curl -sS -o "$OUT" -w \'%{http_code}\' "$@"; }\n'
        )
        script += "say() { printf '%s ' \"$1\"; }\nOUT=$(mktemp)\n"
        for number, step in enumerate(examples.STEPS):
            script += f"say step-{number}; {step.command}; echo\n"
        for tag in tags():
            script += _commands(tag)
        script = script.replace("for=20", "for=1")
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.stderr == ""
        told = dict(line.split() for line in done.stdout.splitlines())
        assert {name: status for name, status in told.items() if status[0] != "2"} == {}
        assert len(told) == len(examples.STEPS) + sum(
            len({one.id for one in operations(tag)}) for tag in tags()
        )


def _commands(tag: str) -> str:
    """The commands of a kind in the order of a record's life; what one takes away, another brings back."""
    found = {one.id: one.command for one in operations(tag)}
    script = ""
    for name, command in found.items():
        if name.startswith("withdraw") and "ByExternalId" in name:
            put = next(command for other, command in found.items() if other.startswith("put"))
            script += f"{put} > /dev/null\n"
        script += f"say {name}; {command}; echo\n"
        if name.startswith(("create", "put", "bulk")):
            script += "grep -oE '\"id\" ?: ?\"[a-z]+_[0-9a-f]{32}\"' $OUT | head -1 | grep -oE '[a-z]+_[0-9a-f]{32}' > $OUT.id && ID=$(cat $OUT.id)\n"
    return script
