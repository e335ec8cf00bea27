from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path, reverse
from django.utils import timezone, translation

from palier.accounts import operations
from palier.accounts.models import Membership, Person
from palier.accounts.permissions import Access, Permission, access_of
from palier.kernel.refusals import Refusal
from palier.web import http
from palier.web import urls as real

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
SCOPES = ("palier.company_id", "palier.person_id", "palier.invitation", "palier.directory")


class Declined(Refusal):
    code = "test.declined"
    message = "Not today."


class Absent(Refusal):
    code = "test.thing-unknown"
    message = "Nothing."


@http.require(Permission.VIEW_FIGURES)
def figures(request):
    zone = timezone.get_current_timezone_name()
    return HttpResponse(f"{request.member.company.slug} {zone} {translation.get_language()}")


@http.require(Permission.MANAGE_SETTINGS)
def change(request):
    return HttpResponse("changed")


@http.require(Permission.VIEW_FIGURES)
def broken(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('palier.company_id')")
        assert cursor.fetchone()[0] == str(request.member.company.id)
    if "sql" in request.GET:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
    raise {"refusal": Declined, "absent": Absent, "bug": RuntimeError}[request.GET["with"]]


urlpatterns = [
    *real.urlpatterns,
    path("figures", figures),
    path("change", change),
    path("broken", broken),
]
handler403 = "palier.web.http.forbidden"
handler404 = "palier.web.http.not_found"
handler500 = "palier.web.http.server_error"
pytestmark = pytest.mark.urls(__name__)


def _scopes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}', true)" for name in SCOPES))
        return [value or "" for value in cursor.fetchone()]


@pytest.fixture
def founded(db):
    return operations.create_company(
        name="Atelier Brun", owner_email="claire@brun.example", now=NOW, time_zone="Indian/Reunion"
    )


@pytest.fixture
def client(founded):
    client = Client(raise_request_exception=False)
    client.force_login(Person.objects.get())
    return client


class TestMemberMiddleware:
    def test_gives_company_time_zone_and_language(self, client):
        Person.objects.update(language="en")
        answer = client.get("/figures")

        assert answer.content == b"atelier-brun Indian/Reunion en"
        assert answer["Content-Language"] == "en"

    def test_takes_everything_back(self, client):
        before = (timezone.get_current_timezone_name(), translation.get_language())
        client.get("/figures")

        assert _scopes() == ["", "", "", ""]
        assert (timezone.get_current_timezone_name(), translation.get_language()) == before

    @pytest.mark.parametrize("how", ["refusal", "absent", "bug"])
    def test_takes_the_scope_back_after_an_exception(self, client, how):
        answer = client.get("/broken", {"with": how})

        assert answer.status_code == {"refusal": 409, "absent": 404, "bug": 500}[how]
        assert _scopes() == ["", "", "", ""]

    @pytest.mark.django_db(transaction=True)
    def test_takes_the_scope_back_after_a_database_error(self, client):
        assert client.get("/broken", {"with": "bug", "sql": "1"}).status_code == 500
        assert _scopes() == ["", "", "", ""]

    def test_forgets_a_company_the_person_has_left(self, client, founded):
        client.get("/figures")
        second = operations.create_company(
            name="Verger", owner_email="claire@brun.example", now=NOW
        )
        from palier.database.isolation import company_scope

        with company_scope(founded.company.id):
            Membership.objects.update(ended_at=NOW, ended_by_id=founded.leader.person_id)

        assert client.get("/figures").content.startswith(second.company.slug.encode())

    def test_asks_the_same_few_questions_whatever_the_number_of_companies(
        self, client, django_assert_num_queries
    ):
        client.get("/figures")
        # session, person, and for each of two scopes: set, put back; then memberships
        with django_assert_num_queries(7):
            client.get("/figures")
        for name in ("Un", "Deux", "Trois"):
            operations.create_company(name=name, owner_email="claire@brun.example", now=NOW)
        with django_assert_num_queries(7):
            client.get("/figures")

    def test_asks_nothing_for_a_visitor(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            Client().get(reverse("account_signup"))


class TestRequire:
    def test_sends_a_visitor_to_sign_in_and_back(self, db):
        assert Client().get("/figures?a=1")["Location"] == "/account/login/?next=/figures%3Fa%3D1"

    def test_makes_htmx_leave_the_page_rather_than_swap_a_form_into_it(self, db):
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/team/?q=2"}
        answer = Client().get("/figures", headers=headers)

        assert answer["HX-Redirect"] == "/account/login/?next=/team/%3Fq%3D2"

    def test_refuses_a_role_without_the_permission(self, client, founded):
        from palier.database.isolation import company_scope

        with company_scope(founded.company.id):
            Membership.objects.update(role="READER")

        assert client.get("/change").status_code == 403
        assert client.post("/change").status_code == 403

    def test_never_lets_a_reading_permission_write(self, client):
        assert client.post("/figures").status_code == 405
        assert client.post("/change").content == b"changed"

    def test_states_itself_on_the_view(self):
        assert access_of(figures) == Access("MEMBER", Permission.VIEW_FIGURES, None)
        assert access_of(SimpleNamespace) is None


class TestSaid:
    def test_fills_a_refusal_in_the_readers_language(self):
        from palier.accounts.companies import CompanyExists

        with translation.override("en"):
            assert "“brun”" in http.said(CompanyExists(slug="brun"))


class TestServerError:
    def test_needs_neither_database_nor_session(self):
        assert http.server_error(RequestFactory().get("/")).status_code == 500


@pytest.mark.django_db
class TestErrors:
    def test_say_that_a_form_has_grown_stale_in_the_frame_of_palier(self):
        client = Client(enforce_csrf_checks=True)
        answer = client.post(reverse("account_login"), {"login": "x", "password": "x"})

        assert answer.status_code == 403
        assert "403_csrf.html" in [template.name for template in answer.templates]

    def test_answer_a_fragment_with_a_sentence_and_no_page(self):
        answer = Client().get("/nulle-part/", headers={"HX-Request": "true"})

        assert answer.status_code == 404
        assert answer["HX-Reswap"] == "none"
        assert "palier:announce" in answer["HX-Trigger"]
        assert answer.content == b""
