"""The server pages are measured on: the product's own addresses, and beside them a static page.

Never part of the product: only `palier bench` serves it. The static page is a view of the same
server that checks session, membership and company and returns the same bytes, stored (DESIGN §5).
`python -m palier.bench.page_server` fills the scratch installation and prints how to sign in.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.config.settings")

import django
from django.conf import settings

django.setup()
settings.ROOT_URLCONF = "palier.bench.page_server"

from django.core.exceptions import PermissionDenied  # noqa: E402 - Django is set up above
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import (  # noqa: E402
    connection,
    models,
    transaction,
)
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from palier.accounts.permissions import Permission, may  # noqa: E402
from palier.accounts.tokens import find_bearer  # noqa: E402

CUSTOMERS, DEALS = 1_000_000, 100_000
"""At scale 1. Source: DESIGN §5."""
SECONDS, QUERIES = "X-Server-Seconds", "X-Server-Queries"


def stored_at(name: str) -> Path:
    """Where the bytes of a page are kept for its static twin."""
    return Path(settings.DATA_DIR) / "stored-pages" / name


@cache
def _stored(name: str) -> bytes:
    return stored_at(name).read_bytes()


def static_page(request: HttpRequest, name: str) -> HttpResponse:
    """The same bytes for the same people, with nothing computed."""
    member = getattr(request, "member", None)
    if not request.user.is_authenticated or member is None:
        raise PermissionDenied
    if not may(member, Permission.VIEW_FIGURES):
        raise PermissionDenied
    return HttpResponse(_stored(name))


class BareRow(models.Model):
    """What the bare endpoint writes: one table, one key, as anybody would begin."""

    company_id = models.BigIntegerField()
    external_id = models.TextField()
    name = models.TextField()
    siren = models.TextField()
    city = models.TextField()
    postcode = models.TextField()
    objects: models.Manager[BareRow] = models.Manager()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_row"


@csrf_exempt
def bare_insert(request: HttpRequest) -> HttpResponse:
    """The least that an endpoint does which takes a record: whose token, what JSON, one row, one answer."""
    secret = request.headers["Authorization"].removeprefix("Bearer ")
    token = find_bearer(secret=secret, now=timezone.now())
    if token is None:
        raise PermissionDenied
    told = json.loads(request.body)
    with transaction.atomic():
        row = BareRow.objects.create(company_id=token.company_id, **told)
    return HttpResponse(json.dumps({"id": row.pk, **told}), status=201)


urlpatterns = [
    path("stored/<slug:name>/", static_page),
    path("bare/", bare_insert),
    path("", include("palier.web.urls")),
    path("api/v1/", include("palier.api.app")),
]
handler403 = "palier.web.http.forbidden"

_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site, each answer telling the seconds and the queries it took in the server."""
    queries = 0
    answered: list[Any] = []

    def counted(execute: Callable[..., Any], *call: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*call)

    def answer(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        answered[:] = [status, headers]
        return lambda _data: None

    began = time.perf_counter()
    with connection.execute_wrapper(counted):
        response = _django(environ, answer)
        body = b"".join(response)
        close = getattr(response, "close", None)
        if close is not None:
            close()
    seconds = time.perf_counter() - began
    status, headers = answered
    start_response(status, [*headers, (SECONDS, f"{seconds:.7f}"), (QUERIES, str(queries))])
    return [body]


def fill_hub(*, company_id: int, scale: float) -> None:
    """The customers and deals that lists are measured on."""
    from palier.hub.operations import write_records
    from palier.hub.records import Record, Tool

    customers, deals = max(100, round(CUSTOMERS * scale)), max(100, round(DEALS * scale))
    stages, steps = ("prospect", "customer", "churned"), ("Contact", "Devis", "Accord")
    told = {
        "customer": (
            Record(
                str(n),
                {
                    "name": f"Client {n * 7919 % customers}",
                    "city": f"Ville {n % 997}",
                    "stage": stages[n % 3],
                    "owner": f"Responsable {n % 7}",
                },
            )
            for n in range(customers)
        ),
        "deal": (
            Record(
                str(n),
                {
                    "name": f"Affaire {n}",
                    "customer": ["customer", str(n % customers)],
                    "stage": steps[n % 3],
                    "status": "open" if n % 5 else "won",
                    "amount_minor": n * 7919 % 1_000_000,
                },
            )
            for n in range(deals)
        ),
    }
    for entity, records in told.items():
        write_records(
            company_id=company_id,
            tool=Tool("crm", kind="crm"),
            object_name=entity,
            entity=entity,
            records=records,
        )


def fill(scale: float) -> dict[str, Any]:
    """A company with figures and a session of its leader: the cookie to send, and how many readings."""
    import datetime as dt
    from importlib import import_module

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core.management import call_command

    from palier.accounts import operations
    from palier.bench.page_readings import fill as fill_readings
    from palier.database.isolation import company_scope

    now = dt.datetime.now(dt.UTC)
    person = operations.create_person(
        email="bench@palier.example",
        name="Banc",
        password="banc d’essai",  # noqa: S106 - of a scratch installation
    )
    company = operations.create_company(
        name="Banc d’essai", owner_email=person.email, now=now
    ).company
    with company_scope(company.id):
        readings = fill_readings(company_id=company.id, today=now.date(), now=now)
        fill_hub(company_id=company.id, scale=scale)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    call_command("collectstatic", interactive=False, verbosity=0)
    return {
        "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "readings": readings,
        "stored": str(stored_at("")),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(fill(float(sys.argv[1]))))
