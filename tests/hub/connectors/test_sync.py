"""Reading a tool, whatever it does meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest
from standins.generic import STYLES, Generic
from standins.server import Fault

from palier.hub.connectors import connecting, running
from palier.hub.models import Change, Connector, ConnectorStream, Customer, SourceRecord

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return sorted(Customer.objects.filter(deleted_at=None).values_list("name", flat=True))


def expected(tool: Generic) -> list[str]:
    return sorted(one["name"] for one in tool.items)


@pytest.fixture(params=STYLES)
def tool(request, stand):
    return stand(Generic(style=request.param))


class TestEveryStyle:
    def test_reads_everything_once(self, tool, connect, sync):
        run = sync(connect(tool.manifest()))

        assert run.status == "done", (run.failure, run.notices)
        assert names() == expected(tool)
        assert (run.received, run.created, run.unchanged) == (25, 25, 0)
        counts = run.streams["customers"]
        assert (counts["at_source"], counts["in_hub"]) == (25, 25)

    def test_changes_nothing_the_second_time(self, tool, connect, sync):
        connector = connect(tool.manifest())
        sync(connector)
        changes = Change.objects.count()

        run = sync(connector)

        assert (run.status, run.created, run.updated) == ("done", 0, 0)
        assert Change.objects.count() == changes
        assert run.batch_id is None

    def test_brings_a_change(self, tool, connect, sync, clock):
        connector = connect(tool.manifest())
        sync(connector)
        clock.pass_(hours=2)
        tool.now = clock.now()
        tool.touch(7, name="Atelier renommé")
        tool.items.append(tool.customer(26, updated_at="2026-11-20T11:00:00Z"))

        run = sync(connector)

        assert (run.created, run.updated) == (1, 1)
        assert names() == expected(tool)

    def test_deletes_what_a_whole_list_lacks(self, tool, connect, sync):
        connector = connect(tool.manifest())
        sync(connector)
        del tool.items[3]

        run = sync(connector, full=True)

        assert (run.status, run.deleted) == ("done", 1)
        assert names() == expected(tool)

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(429, {"Retry-After": "3"}),
            Fault(500),
            Fault(503),
            Fault(cut=True),
            Fault(200, body=b"<html>maintenance</html>"),
        ],
        ids=["429", "500", "503", "cut", "html"],
    )
    def test_outlasts_a_passing_fault(self, tool, fault, connect, sync, clock):
        tool.fail(fault, None, fault, fault)

        run = sync(connect(tool.manifest()))

        assert run.status == "done"
        assert (run.received, run.created) == (25, 25)
        assert names() == expected(tool)
        assert clock.waits
        if fault.status == 429:
            assert set(clock.waits) == {3.0}

    def test_goes_on_after_a_failure_where_it_stopped(self, tool, connect, sync, clock):
        connector = connect(tool.manifest())
        tool.before[2] = lambda: setattr(tool, "always", Fault(500))
        failed = sync(connector)
        if tool.style == "single":
            return
        assert failed.status == "failed"
        assert failed.failure["code"] == "connector.unavailable"
        assert Customer.objects.count() == 10
        tool.always = None
        clock.pass_(hours=1)

        run = sync(connector)

        assert run.status == "done"
        assert run.created == 15
        assert names() == expected(tool)
        assert SourceRecord.objects.count() == 25

    def test_goes_on_after_each_slice(self, tool, connect, sync, clock):
        connector = connect(tool.manifest())
        runs = {sync(connector, slice_=dt.timedelta(0)).pk for _ in range(9)}
        if tool.style != "single":
            assert len(runs) < 9
        assert names() == expected(tool)
        assert SourceRecord.objects.count() == 25

    def test_finds_rows_that_a_deletion_moved_to_an_earlier_page(self, tool, connect, sync):
        tool.before[2] = lambda: tool.items.pop(0)

        run = sync(connect(tool.manifest()))

        assert set(expected(tool)) <= set(names())
        assert run.status == "done", run.notices


class Killed(BaseException):
    """A process that stops at once, as after `kill -9`: nothing of it runs any more."""


class TestKilled:
    def test_at_any_moment_loses_nothing_and_doubles_nothing(
        self, stand, connect, sync, clock, monkeypatch
    ):
        tool = stand(Generic(style="offset", count=15))
        moments = 0

        def count() -> dt.datetime:
            nonlocal moments
            moments += 1
            if moments == deadly:
                raise Killed
            return clock.at

        monkeypatch.setattr(clock, "now", count)
        deadly = 0
        connector = connect(tool.manifest())
        deadly, survived, died = 2, False, 0
        while not survived:
            moments = 0
            try:
                run = sync(connector, full=True)
                survived = run.status == "done"
            except Killed:
                died += 1
                deadly += 1
        assert died > 5
        assert names() == expected(tool)
        assert SourceRecord.objects.count() == 15
        assert connector.runs.count() == 1


class TestTimes:
    def test_reads_many_with_one_time_of_change(self, stand, connect, sync):
        tool = stand(Generic(style="keyset"))
        for one in tool.items:
            one["updated_at"] = "2026-11-02T00:00:00Z"

        sync(connect(tool.manifest()))

        assert names() == expected(tool)

    def test_brings_a_row_that_committed_late(self, stand, connect, sync, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        tool.items.append(tool.customer(99, updated_at="2026-11-01T00:18:00Z"))

        run = sync(connector)

        assert run.created == 1

    def test_goes_by_the_tools_clock(self, stand, connect, sync, clock):
        """The tool is an hour late: a change made now bears a time that our clock passed long ago."""
        tool = stand(Generic(style="cursor"))
        tool.clock_skew = dt.timedelta(hours=-1)
        connector = connect(tool.manifest())
        sync(connector)
        tool.touch(3, name="Atelier en retard", updated_at="2026-11-20T08:00:30Z")

        assert sync(connector).updated == 1

    def test_is_not_misled_by_a_time_in_the_future(self, stand, connect, sync, clock):
        tool = stand(Generic(style="cursor"))
        tool.items[4]["updated_at"] = "2099-01-01T00:00:00Z"
        connector = connect(tool.manifest())
        sync(connector)
        clock.pass_(hours=1)
        tool.now = clock.now()
        tool.touch(3, name="Atelier à temps")

        assert sync(connector).updated == 1

    def test_reads_everything_again_every_week(self, stand, connect, sync, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        tool.items[3]["name"] = "Changé sans le dire"
        assert sync(connector).updated == 0
        clock.pass_(days=8)

        run = sync(connector)

        assert (run.received, run.updated) == (25, 1)

    def test_makes_no_version_of_a_replay(self, stand, connect, sync, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        clock.pass_(hours=1)
        tool.now = clock.now()
        for number in range(1, 26):
            tool.touch(number)

        run = sync(connector)

        assert (run.received, run.updated, run.unchanged) == (25, 0, 25)


class TestDeletions:
    def test_are_braked_when_a_list_shrinks(self, stand, connect, sync):
        tool = stand(Generic(style="cursor", count=40))
        connector = connect(tool.manifest())
        sync(connector)
        kept, tool.items = tool.items, tool.items[:20]

        run = sync(connector, full=True)

        assert (run.status, run.deleted) == ("to_check", 0)
        assert run.notices[0]["code"] == "connector.brake"
        assert Customer.objects.filter(deleted_at=None).count() == len(kept)

        run = sync(connector, full=True, accept_deletions=True)
        assert run.deleted == 20

    def test_never_follow_an_empty_list(self, stand, connect, sync):
        tool = stand(Generic(style="cursor", count=3))
        connector = connect(tool.manifest())
        sync(connector)
        tool.items = []

        run = sync(connector, full=True)

        assert (run.status, run.deleted) == ("to_check", 0)

    def test_never_follow_a_list_shorter_than_told(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        tool.told = 25
        del tool.items[5]

        run = sync(connector, full=True)

        assert (run.status, run.deleted) == ("to_check", 0)
        assert run.notices[0]["code"] == "connector.short-list"

    def test_can_be_undone_with_the_run(self, stand, connect, sync, company):
        from palier.hub.connectors.ledger import undo_run

        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        gone = tool.items.pop(3)
        run = sync(connector, full=True)
        assert gone["name"] not in names()

        undo_run(company_id=company.id, run_id=run.pk, person_id=None)

        assert gone["name"] in names()


class TestDrift:
    def test_refuses_rows_whose_mapped_field_is_gone(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        del tool.items[2]["name"]

        run = sync(connect(tool.manifest()))

        assert (run.status, run.created, run.rejected) == ("to_check", 24, 1)
        assert run.rejects[0]["id"] == "c003"
        assert run.rejects[0]["code"] == "connector.field-changed"

    def test_refuses_rows_whose_mapped_field_changed_its_type(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        tool.items[2]["name"] = {"display": "Atelier"}
        tool.items[3]["size"] = "beaucoup"

        run = sync(connect(tool.manifest()))

        assert {one["code"] for one in run.rejects} == {"connector.field-changed", "import.number"}
        assert (run.created, run.rejected) == (23, 2)

    def test_tells_of_a_new_field(self, stand, connect, sync, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        clock.pass_(hours=1)
        tool.now = clock.now()
        tool.touch(2, loyalty="gold")

        run = sync(connector)

        assert run.status == "to_check"
        assert run.notices == [
            {"code": "connector.new-field", "params": {"stream": "customers", "path": "loyalty"}}
        ]

    def test_keeps_a_rejected_row_from_being_deleted(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        tool.items[3]["size"] = "beaucoup"

        run = sync(connector, full=True)

        assert (run.rejected, run.deleted) == (1, 0)

    def test_fails_when_the_list_itself_is_gone(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        tool.fail(Fault(200, body=b'{"data": []}'))

        run = sync(connect(tool.manifest()))

        assert (run.status, run.failure["code"]) == ("failed", "connector.answer-changed")


class TestAccess:
    def test_holds_a_connection_whose_access_was_revoked(
        self, stand, connect, sync, company, clock
    ):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        sync(connector)
        tool.token = "un-autre"

        run = sync(connector)

        assert (run.status, run.failure["code"]) == ("failed", "connector.reconnect")
        connector.refresh_from_db()
        assert connector.state == "reconnect"
        assert running.list_due(company_id=company.id, now=clock.now()) == []
        with pytest.raises(running.OnHold):
            sync(connector)

        connecting.reconnect(
            company_id=company.id,
            connector_id=connector.pk,
            given={"token": "un-autre"},
            now=clock.now(),
        )
        assert running.list_due(company_id=company.id, now=clock.now()) == [connector.pk]
        assert sync(connector).status == "done"

    def test_keeps_secrets_sealed_and_out_of_the_ledger(self, stand, connect, sync):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        run = sync(connector)

        connector.refresh_from_db()
        assert "jeton-fictif" not in connector.secrets + str(connector.settings)
        assert "jeton-fictif" not in str(run.log)
        assert [one["status"] for one in run.log] == [200, 200, 200]
        assert run.requests == 3

    def test_tries_again_later_after_a_failure(self, stand, connect, sync, company, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())
        tool.always = Fault(500)
        sync(connector)

        connector.refresh_from_db()
        assert (connector.state, connector.failures) == ("failing", 1)
        assert running.list_due(company_id=company.id, now=clock.now()) == []
        clock.pass_(minutes=11)
        assert running.list_due(company_id=company.id, now=clock.now()) == [connector.pk]

    def test_is_due_again_after_its_interval(self, stand, connect, sync, company, clock):
        connector = connect(stand(Generic()).manifest())
        assert running.list_due(company_id=company.id, now=clock.now()) == [connector.pk]
        sync(connector)
        clock.pass_(minutes=59)
        assert running.list_due(company_id=company.id, now=clock.now()) == []
        clock.pass_(minutes=2)
        assert running.list_due(company_id=company.id, now=clock.now()) == [connector.pk]

    def test_forgets_credentials_when_disconnected(self, stand, connect, sync, company, clock):
        connector = connect(stand(Generic()).manifest())
        sync(connector)

        connecting.disconnect(company_id=company.id, connector_id=connector.pk, now=clock.now())

        connector.refresh_from_db()
        assert (connector.secrets, connector.settings) == (None, {})
        assert Customer.objects.filter(deleted_at=None).count() == 25

    def test_cannot_be_connected_twice(self, stand, connect):
        tool = stand(Generic())
        connect(tool.manifest())
        with pytest.raises(connecting.AlreadyConnected):
            connect(tool.manifest())
        assert Connector.objects.count() == 1


class TestRehearse:
    def test_shows_what_would_come_and_keeps_nothing(self, stand, connect, company, clock):
        tool = stand(Generic(style="cursor"))
        connector = connect(tool.manifest())

        (trial,) = connecting.rehearse(
            company=company, connector_id=connector.pk, now=clock.now, sleep=clock.sleep
        )

        assert (trial.received, trial.total, trial.created) == (10, 25, 10)
        assert trial.rows[0]["name"] == "Atelier fictif 1"
        assert not Customer.objects.exists()
        assert not ConnectorStream.objects.exists()
