"""What the OpenAPI document promises, tried by an independent reader of it."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = int(os.environ.get("PALIER_SCHEMA_EXAMPLES", "1"))
"""Cases of each operation: a few in `make test`, many in `make test-all`."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def api_schema(transactional_db, shop):
    from palier.config.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    secret = shop.make().secret
    shop.tool().put("customer", "1", name="Menuiserie Exemple", siren="732829320")
    schema.secret = secret
    return schema


@pytest.mark.django_db(transaction=True)
def test_every_answer_is_as_documented(api_schema):
    tried = 0
    for result in api_schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith("/stream"):  # ends by its own clock: tests/api/test_changes.py
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case):
            case.query.pop("wait", None)
            case.call_and_validate(
                headers={"Authorization": f"Bearer {api_schema.secret}"}, checks=CHECKS
            )

        answers()
        tried += 1
    assert tried > 90
