"""Pages of imports: files laid down, columns settled, trial, run, report, and the ways back."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.hub.models import Customer, Deal, ImportBatch, ImportMapping
from palier.journeys.load import run_import_job
from palier.web.imports import uploads

pytestmark = pytest.mark.usefixtures("media")
HTMX = {"HX-Request": "true"}
CLIENTS = (
    "Code client;Raison sociale;Ville;Statut;Mail\n"
    "A1;Boulangerie du Port;Nantes;Actif;contact@port.example\n"
    "A2;Menuiserie Élan;Rennes;Prospect;bonjour@elan.example\n"
    "A3;Fleurs & Co;Lille;Archivé;fleurs@co.example\n"
)
DEALS = (
    "id,customer,name,amount,status\n"
    + "".join(f'D{n},x,Projet {n},"1,200.50",won\n' for n in range(6))
    + "D9,x,Autre,abc,open\n"
)


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


def laid(client, *files, tool=""):
    """Lay files down; the answer."""
    given = [
        SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
        for name, content in files
    ]
    return client.post(reverse("imports:new"), {"exports": given, "tool": tool})


@pytest.fixture
def client(workshop):
    return workshop.browse(Role.MANAGER)


@pytest.fixture
def draft(client):
    """An import of one table, still open: its number."""
    return int(laid(client, ("clients.csv", CLIENTS))["Location"].split("/")[2])


def run(workshop, batch_id):
    with workshop.scope():
        run_import_job(company_id=workshop.company.id, batch_id=batch_id)
    with connection.cursor() as cursor:  # the worker has taken the refresh that follows
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'metrics.refresh'")


def status(workshop, batch_id):
    with workshop.scope():
        return ImportBatch.objects.get(pk=batch_id).status


def act(client, name, *args, **data):
    return client.post(reverse(f"imports:{name}", args=args), data)


def columns(client, batch_id, index=0):
    """The controls of the correction page as they stand: what a browser would send back."""
    page = client.get(reverse("imports:table", args=[batch_id, index])).content.decode()
    found = {}
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = (
            chosen.group(1) if chosen else re.search(r'<option value="([^"]*)"', body).group(1)
        )
    found.pop("entite", None)
    return found


class TestNew:
    def test_keeps_the_files_and_shows_what_they_hold(self, client, media):
        answer = laid(client, ("clients.csv", CLIENTS), ("photo.csv", b"\x89PNG\r\n\x1a\n...."))
        page = text(client.get(answer["Location"]))
        assert "Customer: Name" in page
        assert "guessed: please check" in page
        assert "“Statut”: nothing says what “Archivé” means" in page
        assert "This file is not a table but an image" in page
        assert list((media / "imports" / "incoming").iterdir()) == []

    def test_recognises_a_tool_by_its_label(self, client, workshop):
        laid(
            client,
            ("clients.csv", CLIENTS),
            tool="  CONTACTELLE (second CRM of the demonstration) ",
        )
        with workshop.scope():
            assert ImportBatch.objects.get().source_name == "demo_contactelle"

    def test_asks_for_a_file(self, client):
        answer = client.post(reverse("imports:new"), {"tool": ""})
        assert answer.status_code == 422
        assert "Choose at least one file." in text(answer)

    def test_refuses_what_is_too_large(self, client, workshop, settings):
        settings.IMPORT_MAX_BYTES = 50
        answer = laid(client, ("clients.csv", CLIENTS))
        assert answer.status_code == 422
        assert "“clients.csv” is larger than" in text(answer)
        with workshop.scope():
            assert not ImportBatch.objects.exists()

    def test_says_when_the_disk_is_full(self, client, workshop, monkeypatch):
        full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - closed by the view
        monkeypatch.setattr(uploads.tempfile, "NamedTemporaryFile", lambda **_options: full)
        answer = laid(client, ("clients.csv", CLIENTS))
        assert answer.status_code == 422
        assert "no space left on the disk" in text(answer)
        with workshop.scope():
            assert not ImportBatch.objects.exists()

    def test_needs_the_token_of_the_form(self, workshop):
        client = Client(enforce_csrf_checks=True)
        client.force_login(Person.objects.get(pk=workshop.people[Role.LEADER].person_id))
        assert laid(client, ("clients.csv", CLIENTS)).status_code == 403
        client.get(reverse("imports:new"))
        token = client.cookies["csrftoken"].value
        given = {
            "exports": SimpleUploadedFile("clients.csv", CLIENTS.encode()),
            "csrfmiddlewaretoken": token,
        }
        assert client.post(reverse("imports:new"), given).status_code == 302

    @pytest.mark.parametrize("role", [Role.MEMBER, Role.READER])
    def test_is_closed_to_those_who_may_not_import(self, workshop, role):
        assert workshop.browse(role).get(reverse("imports:new")).status_code == 403
        assert laid(workshop.browse(role), ("clients.csv", CLIENTS)).status_code == 403


class TestPlan:
    def test_leaves_a_table_out_and_takes_it_in_again(self, client, draft):
        act(client, "leave_out", draft, 0)
        page = text(client.get(reverse("imports:show", args=[draft])))
        assert "left out" in page
        assert "Import 1 table" not in page
        act(client, "take_in", draft, 0)
        assert "Import 1 table" in text(client.get(reverse("imports:show", args=[draft])))

    def test_names_what_keeps_a_table_from_being_imported(self, client, workshop):
        batch_id = int(
            laid(client, ("notes.csv", "quand;combien\n2026-01-01;12\n"))["Location"].split("/")[2]
        )
        page = text(client.get(reverse("imports:show", args=[batch_id])))
        assert "to be settled" in page
        assert "Nothing in this table is recognised" in page
        answer = act(client, "start", batch_id)
        assert answer.status_code == 422
        assert status(workshop, batch_id) == "draft"

    def test_shows_itself_to_readers_without_actions(self, workshop, draft):
        page = text(workshop.browse(Role.READER).get(reverse("imports:show", args=[draft])))
        assert "Customer: Name" in page
        assert reverse("imports:start", args=[draft]) not in page


class TestTable:
    def test_saves_what_a_person_corrects(self, client, workshop, draft):
        given = columns(client, draft)
        answer = act(
            client,
            "table",
            draft,
            0,
            **{
                **given,
                "c2": "customer.segment",
                "id.customer": "Code client",
                "v3.2": "churned",
                "dates": "dmy",
            },
        )
        assert answer["Location"].endswith("#table-0")
        assert "settled by you" in text(client.get(reverse("imports:show", args=[draft])))
        run(workshop, draft)
        with workshop.scope():
            found = {row.name: (row.segment, row.city, row.stage) for row in Customer.objects.all()}
        assert found["Fleurs & Co"] == ("Lille", None, "churned")
        assert len(found) == 3

    def test_asks_again_when_a_needed_field_has_no_column(self, client, workshop, draft):
        answer = act(client, "table", draft, 0, **{**columns(client, draft), "c1": ""})
        assert answer.status_code == 422
        assert "No column gives “Name” (customer)" in text(answer)
        assert 'data-status="422"' in text(answer)

    def test_asks_what_the_values_of_a_new_choice_mean(self, client, draft):
        given = {**columns(client, draft), "c2": "customer.kind"}
        given = {name: value for name, value in given.items() if not name.startswith("v2.")}
        first = act(client, "table", draft, 0, **given)
        assert first.status_code == 422
        assert "Say what each value of “Ville” means" in text(first)
        second = act(
            client, "table", draft, 0, **given, **{"v2.0": "company", "v2.1": "company", "v2.2": ""}
        )
        assert second.status_code == 302

    def test_starts_over_when_rows_describe_something_else(self, client, draft):
        page = text(client.get(reverse("imports:table", args=[draft, 0]) + "?entite=contact"))
        assert '<input type="hidden" name="base" value="contact">' in page
        assert '<option value="contact.email" selected>' in page

    def test_feeds_a_second_entity_from_the_same_rows(self, client, workshop, draft):
        given = {**columns(client, draft), "c4": "contact.email", "id.customer": "Code client"}
        answer = act(client, "table", draft, 0, **given)
        assert answer.status_code == 302, text(answer)
        run(workshop, draft)
        with workshop.scope():
            from palier.hub.models import Contact

            assert (
                min(
                    Contact.objects.filter(customer_id__isnull=False).values_list(
                        "email", flat=True
                    )
                )
                == "bonjour@elan.example"
            )

    def test_ignores_fields_that_do_not_exist(self, client, draft):
        assert (
            act(
                client, "table", draft, 0, **{**columns(client, draft), "c2": "customer.prov"}
            ).status_code
            == 302
        )
        assert (
            act(
                client, "table", draft, 0, **{**columns(client, draft), "base": "nonsense"}
            ).status_code
            == 302
        )
        assert client.get(reverse("imports:table", args=[draft, 7])).status_code == 404

    def test_is_remembered_for_the_next_file_of_the_tool(self, client, workshop):
        first = int(
            laid(client, ("clients.csv", CLIENTS), tool="Fichier")["Location"].split("/")[2]
        )
        act(client, "table", first, 0, **{**columns(client, first), "c2": "customer.segment"})
        run(workshop, first)
        with workshop.scope():
            assert ImportMapping.objects.get().tool == "Fichier"
        second = laid(client, ("clients-2.csv", CLIENTS), tool="fichier")["Location"]
        page = text(client.get(second))
        assert "as last time" in page
        assert "Customer: Segment" in page


class TestRehearse:
    def test_counts_and_writes_nothing(self, client, workshop, draft):
        page = text(act(client, "rehearse", draft))
        assert "Trial: nothing was written" in page
        assert "2 records created" in page
        assert "has no equivalent in the mapping" in page
        assert status(workshop, draft) == "draft"
        with workshop.scope():
            assert not Customer.objects.exists()

    def test_swaps_only_the_trial(self, client, draft):
        swapped = client.post(reverse("imports:rehearse", args=[draft]), headers=HTMX)
        assert (
            swapped.content.decode().strip().startswith('<section class="section stack" id="trial"')
        )

    @pytest.mark.django_db(transaction=True)
    def test_does_not_wait_for_an_import_that_runs(self, client, workshop, draft, owner_connection):
        from palier.hub.operations import WRITE_LOCK

        owner_connection.execute(
            "SELECT pg_advisory_lock(%s, %s)", [WRITE_LOCK, workshop.company.id]
        )
        answer = act(client, "rehearse", draft)
        owner_connection.execute("SELECT pg_advisory_unlock_all()")
        assert answer.status_code == 422
        assert "Another import of this company is running" in text(answer)


class TestStart:
    def test_hands_the_import_to_the_worker_once(self, client, workshop, draft):
        assert act(client, "start", draft).status_code == 302
        assert status(workshop, draft) == "waiting"
        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'imports.run'")
            jobs = [json.loads(row[0]) for row in cursor.fetchall()]
        assert [(one["company_id"], one["batch_id"]) for one in jobs] == [
            (workshop.company.id, draft)
        ]
        assert act(client, "start", draft).status_code == 409

    def test_shows_progress_that_a_reload_and_htmx_both_follow(self, client, workshop, draft):
        act(client, "start", draft)
        url = reverse("imports:show", args=[draft])
        assert "Waiting for its turn" in text(client.get(url))
        assert f'hx-get="{url}?vu=4"' in text(client.get(url + "?vu=3", headers=HTMX))
        assert "palier:announce" in client.get(url + "?vu=9", headers=HTMX).get("HX-Trigger", "")
        run(workshop, draft)
        assert client.get(url, headers=HTMX)["HX-Redirect"] == url

    def test_says_which_import_it_waits_for(self, client, workshop, draft):
        with workshop.scope():
            other = ImportBatch.objects.create(
                company_id=workshop.company.id, status="running", started_at=timezone.now()
            )
        act(client, "start", draft)
        page = text(client.get(reverse("imports:show", args=[draft])))
        assert "Waiting for another import to finish" in page
        assert reverse("imports:show", args=[other.pk]) in page


class TestReport:
    @pytest.fixture
    def done(self, client, workshop, draft):
        act(client, "start", draft)
        run(workshop, draft)
        return draft

    def test_counts_names_refused_rows_and_gives_them_back(self, client, workshop, done):
        page = text(client.get(reverse("imports:show", args=[done])))
        assert "2 records created" in page
        assert "1 row refused" in page
        download = client.get(reverse("imports:rejects", args=[done, 0]))
        content = b"".join(download.streaming_content).decode("utf-8-sig")
        assert download["Content-Disposition"].startswith("attachment")
        corrected = content.replace("Archivé", "Actif")
        again = int(laid(client, ("clients-corriges.csv", corrected))["Location"].split("/")[2])
        run(workshop, again)
        with workshop.scope():
            assert sorted(Customer.objects.values_list("name", flat=True)) == [
                "Boulangerie du Port",
                "Fleurs & Co",
                "Menuiserie Élan",
            ]

    def test_says_that_a_second_time_changes_nothing(self, client, workshop, done):
        again = int(
            laid(
                client,
                (
                    "clients.csv",
                    CLIENTS.replace("A3;Fleurs & Co;Lille;Archivé;fleurs@co.example\n", ""),
                ),
            )["Location"].split("/")[2]
        )
        run(workshop, again)
        assert "Nothing new" in text(client.get(reverse("imports:show", args=[again])))

    def test_is_undone_after_a_question(self, client, workshop, done):
        assert "Undo this import?" in text(client.get(reverse("imports:undo", args=[done])))
        act(client, "undo", done)
        page = text(client.get(reverse("imports:show", args=[done])))
        assert "everything is as it was before this import" in page
        assert "by Manager" in page
        with workshop.scope():
            assert not Customer.objects.filter(deleted_at=None).exists()
        assert act(client, "undo", done)["Location"] == reverse("imports:show", args=[done])

    def test_waits_with_undoing_while_another_import_runs(self, client, workshop, done):
        with workshop.scope():
            ImportBatch.objects.create(
                company_id=workshop.company.id, status="running", started_at=timezone.now()
            )
        assert act(client, "undo", done).status_code == 422
        assert status(workshop, done) == "done"

    def test_gives_no_file_from_elsewhere(self, client, workshop, done):
        assert client.get(reverse("imports:rejects", args=[done, 5])).status_code == 404
        with workshop.scope():
            batch = ImportBatch.objects.get(pk=done)
            batch.report["files"][0]["rejects_file"] = "/etc/passwd"
            batch.save()
        assert client.get(reverse("imports:rejects", args=[done, 0])).status_code == 404


class TestFailure:
    @pytest.fixture
    def dead(self, workshop, draft):
        """An import whose worker was killed."""
        with workshop.scope():
            ImportBatch.objects.filter(pk=draft).update(
                status="running", started_at=timezone.now() - dt.timedelta(minutes=5)
            )
        return draft

    def test_says_that_nothing_was_written_and_starts_again(self, client, workshop, dead):
        page = text(client.get(reverse("imports:show", args=[dead])))
        assert "The import was interrupted before its end: nothing was written." in page
        act(client, "reopen", dead)
        assert status(workshop, dead) == "draft"
        run(workshop, dead)
        assert status(workshop, dead) == "done"

    def test_believes_a_young_import_to_be_alive(self, client, workshop, dead):
        with workshop.scope():
            ImportBatch.objects.filter(pk=dead).update(started_at=timezone.now())
        client.get(reverse("imports:show", args=[dead]))
        assert status(workshop, dead) == "running"

    def test_reopens_only_what_failed(self, client, draft):
        assert act(client, "reopen", draft).status_code == 409


class TestImports:
    def test_lists_what_was_done_and_by_whom(self, client, workshop, draft):
        run(workshop, draft)
        page = text(workshop.browse(Role.READER).get(reverse("imports:list")))
        assert "clients.csv" in page
        assert "done, with rows refused" in page
        assert "Manager" in page
        assert reverse("imports:new") not in page

    def test_forgets_files_that_were_not_imported(self, client, workshop, draft, media):
        act(client, "give_up", draft)
        with workshop.scope():
            assert not ImportBatch.objects.exists()
        assert not list((media / "imports" / str(workshop.company.id)).iterdir())

    @pytest.mark.parametrize("name", ["show", "undo", "give_up", "start", "rehearse", "reopen"])
    def test_is_nobody_elses(self, open_workshop, draft, name):
        other = open_workshop("Verger Vert").browse()
        assert other.get(reverse(f"imports:{name}", args=[draft])).status_code in {404, 405}
        assert other.post(reverse(f"imports:{name}", args=[draft])).status_code in {404, 405}

    def test_keeps_to_constant_questions(self, client, workshop, draft, django_assert_num_queries):
        from django.test.utils import CaptureQueriesContext

        client.get(reverse("imports:list"))
        with CaptureQueriesContext(connection) as one:
            client.get(reverse("imports:list"))
        expected = len(one)  # now: the next request empties the log
        for name in "abc":
            laid(client, (f"{name}.csv", CLIENTS))
        with django_assert_num_queries(expected):
            client.get(reverse("imports:list"))


def test_reads_amounts_and_refuses_the_rest(client, workshop):
    batch_id = int(laid(client, ("deals.csv", DEALS))["Location"].split("/")[2])
    run(workshop, batch_id)
    page = text(client.get(reverse("imports:show", args=[batch_id])))
    assert "“abc” is not an amount." in page
    with workshop.scope():
        assert set(Deal.objects.values_list("amount_minor", flat=True)) == {120_050}
