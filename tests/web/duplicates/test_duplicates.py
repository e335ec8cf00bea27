"""Pages of duplicates: what they show, to whom, and what decisions do."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.models import Customer, LinkEvent, MatchProposal, NeverMatch
from palier.hub.records import Record

HTMX = {"HX-Request": "true"}


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


@pytest.fixture
def decide(workshop):
    def act(proposal_id, choice, *, role=Role.MANAGER, htmx=False, **more):
        return workshop.browse(role).post(
            reverse("duplicates:decide", args=[proposal_id]),
            {"choice": choice, **more},
            headers=HTMX if htmx else {},
        )

    return act


@pytest.fixture
def live(workshop):
    def act():
        with workshop.scope():
            return set(Customer.objects.filter(deleted_at=None).values_list("pk", flat=True))

    return act


class TestQueue:
    def test_says_what_will_be_there(self, workshop):
        assert "No pair waits for you" in text(workshop.browse().get(reverse("duplicates:queue")))

    def test_lists_pairs_with_their_weights_in_words(self, workshop, two, propose):
        propose(*two)
        page = text(workshop.browse(Role.READER).get(reverse("duplicates:queue")))
        assert "Épicerie du Port and EPICERIE DU PORT" in page
        assert "+17 same e-mail · −12 before any comparison" not in page
        assert "+17 same e-mail · +4.3 similar name · −3.2 other postcode" in page

    def test_takes_as_many_queries_whatever_the_pairs(self, workshop, two, propose, customer_of):
        workshop.write("customer", *(Record(str(n), {"name": f"Client {n}"}) for n in range(9)))
        propose(*two)
        client = workshop.browse()
        client.get(reverse("duplicates:queue"))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("duplicates:queue"))
        for n in range(0, 8, 2):
            propose(customer_of(str(n)), customer_of(str(n + 1)))
        with CaptureQueriesContext(connection) as many:
            client.get(reverse("duplicates:queue"))
        assert len(many) == len(few)

    def test_shows_no_figure_before_there_are_enough_decisions(self, workshop, two, propose):
        page = text(workshop.browse().get(reverse("duplicates:queue")))
        assert page.count("Not measurable yet: 0 decisions, 20 are needed.") == 2


class TestPair:
    def test_shows_both_records_and_where_each_value_comes_from(self, workshop, two, propose):
        page = text(workshop.browse().get(reverse("duplicates:pair", args=[propose(*two)])))
        assert "44000" in page
        assert "44100" in page
        assert "Billing" in page
        assert "−3.2 other postcode" in page
        assert page.count("This record stays") == 2

    def test_lets_a_reader_look_but_not_decide(self, workshop, two, propose, decide):
        proposal = propose(*two)
        address = reverse("duplicates:pair", args=[proposal])
        assert "They are different" not in text(workshop.browse(Role.READER).get(address))
        assert decide(proposal, "merge", role=Role.MEMBER).status_code == 403

    def test_does_not_exist_without_its_records(self, workshop, two, propose):
        with workshop.scope():
            Customer.objects.filter(pk=two[0].pk).update(deleted_at="2026-01-01T00:00:00Z")
        answer = workshop.browse().get(reverse("duplicates:pair", args=[propose(*two)]))
        assert answer.status_code == 404


class TestDecide:
    def test_merges_into_the_record_that_was_chosen(self, workshop, two, propose, decide, live):
        answer = decide(propose(*two), "merge", survivor=two[1].pk)
        assert live() == {two[1].pk}
        page = text(workshop.browse().get(answer["Location"]))
        assert "The two records are one." in page
        assert "Take it back" in page

    def test_goes_on_to_the_next_pair_by_htmx(self, workshop, two, propose, customer_of, decide):
        workshop.write("customer", *(Record(str(n), {"name": f"Client {n}"}) for n in range(2)))
        following = propose(customer_of("0"), customer_of("1"), weight=1)
        answer = decide(propose(*two), "merge", htmx=True)
        assert "Client 0" in text(answer)
        assert "<html" not in text(answer)
        assert answer["HX-Push-Url"].startswith(reverse("duplicates:pair", args=[following]))

    def test_remembers_that_two_are_different(self, workshop, two, propose, decide, live):
        proposal = propose(*two)
        decide(proposal, "different")
        with workshop.scope():
            assert NeverMatch.objects.values_list("a", "b").get() == (two[0].pk, two[1].pk)
            assert MatchProposal.objects.get().status == "refused"
        assert len(live()) == 2

        workshop.browse().post(reverse("duplicates:reconsider", args=[proposal]))
        with workshop.scope():
            assert not NeverMatch.objects.exists()
            assert MatchProposal.objects.get().status == "open"

    def test_refuses_the_second_of_two_people(self, workshop, two, propose, decide):
        proposal = propose(*two)
        decide(proposal, "merge")
        answer = decide(proposal, "different", role=Role.LEADER, htmx=True)
        assert answer.status_code == 422
        assert "Somebody has decided this pair meanwhile." in text(answer)

    def test_refuses_records_that_changed_since_they_were_shown(
        self, workshop, two, propose, decide, live
    ):
        proposal = propose(*two)
        seen = {f"version-{one.pk}": one.version for one in two}
        workshop.write("customer", Record("C1", {"name": "Boulangerie"}))
        answer = decide(proposal, "merge", **seen)
        assert answer.status_code == 422
        assert "has changed since you opened this page" in text(answer)
        assert len(live()) == 2

    def test_puts_a_pair_aside_whose_record_is_gone(self, workshop, two, propose, decide):
        proposal = propose(*two)
        with workshop.scope():
            Customer.objects.filter(pk=two[0].pk).update(deleted_at="2026-01-01T00:00:00Z")
        answer = decide(proposal, "merge")
        assert answer["Location"] == reverse("duplicates:queue")
        with workshop.scope():
            assert MatchProposal.objects.get().status == "stale"


class TestGroup:
    def address(self):
        pattern = "email:equal name:close postcode:different"
        return reverse("duplicates:group") + f"?fiche=customer&motif={pattern}"

    def test_decides_the_pairs_shown_and_never_chains(
        self, workshop, two, propose, customer_of, live
    ):
        workshop.write("customer", Record("C2", {"name": "Épicerie (port)"}))
        third = customer_of("C2")
        ids = [propose(*two), propose(two[1], third, weight=5)]
        client = workshop.browse(Role.MANAGER)
        page = text(client.get(self.address()))
        assert page.count('name="pair"') == 2

        answer = client.post(self.address(), {"pair": ids, "choice": "merge"}, follow=True)
        assert "1 pair merged." in text(answer)
        assert "1 pair was left" in text(answer)
        assert live() == {two[0].pk, third.pk}

    def test_says_of_all_that_they_are_different(self, workshop, two, propose):
        ids = [propose(*two)]
        workshop.browse().post(self.address(), {"pair": ids, "choice": "different"})
        with workshop.scope():
            assert NeverMatch.objects.count() == 1

    def test_refuses_the_decision_of_a_reader(self, workshop, two, propose, live):
        ids = [propose(*two)]
        answer = workshop.browse(Role.READER).post(self.address(), {"pair": ids, "choice": "merge"})
        assert answer.status_code == 403
        assert len(live()) == 2


class TestSeparate:
    def test_gives_both_back_from_the_list(self, workshop, two, propose, decide, live):
        decide(propose(*two), "merge")
        with workshop.scope():
            event = LinkEvent.objects.get(kind="merge")
        client = workshop.browse(Role.MANAGER)
        assert "EPICERIE DU PORT" in text(client.get(reverse("duplicates:merges")))
        answer = client.post(reverse("duplicates:separate", args=[event.pk]), follow=True)
        assert live() == {one.pk for one in two}
        assert "separated on" in text(answer)

        again = client.post(reverse("duplicates:separate", args=[event.pk]), follow=True)
        assert "These records have been separated already." in text(again)

    def test_answers_404_for_a_merge_that_does_not_exist(self, workshop, two):
        answer = workshop.browse().post(reverse("duplicates:separate", args=[123456]))
        assert answer.status_code == 404


class TestCompare:
    def test_merges_two_customers_that_nothing_proposed(self, workshop, two, live):
        client = workshop.browse(Role.MANAGER)
        page = text(client.get(reverse("customers:show", args=[two[0].public_id])))
        choose = reverse("duplicates:choose", args=[two[0].public_id])
        assert choose in page
        found = text(client.get(choose + "?q=epicerie", headers=HTMX))
        compare = reverse("duplicates:compare", args=[two[0].public_id, two[1].public_id])
        assert compare in found
        assert "44100" in text(client.get(compare))

        answer = client.post(compare, {"survivor": two[0].pk}, follow=True)
        page = text(answer)
        assert "The two records are one." in page
        assert "Merged with 1 other record" in page
        assert "N-C1" in page
        assert "N-F9" in page
        assert "Merged with another record" in page
        assert live() == {two[0].pk}

    @pytest.mark.parametrize("role", [Role.MEMBER, Role.READER])
    def test_is_refused_to_those_who_may_not_correct(self, workshop, two, role):
        compare = reverse("duplicates:compare", args=[one.public_id for one in two])
        assert workshop.browse(role).get(compare).status_code == 403
        assert workshop.browse(role).post(compare).status_code == 403

    def test_does_not_merge_a_customer_with_itself(self, workshop, two):
        same = reverse("duplicates:compare", args=[two[0].public_id, two[0].public_id])
        answer = workshop.browse().post(same)
        assert answer.status_code == 422
        assert "Choose two different records." in text(answer)

    def test_does_not_find_an_unknown_customer(self, workshop, two):
        address = reverse("duplicates:compare", args=[two[0].public_id, uuid.uuid4()])
        assert workshop.browse().get(address).status_code == 404


class TestMergedAddress:
    def test_leads_to_the_record_that_stays_until_they_part(self, workshop, two, propose, decide):
        decide(propose(*two), "merge", survivor=two[0].pk)
        client = workshop.browse()
        stays = reverse("customers:show", args=[two[0].public_id])
        gone = reverse("customers:show", args=[two[1].public_id])
        assert client.get(gone)["Location"] == stays
        record = reverse("customers:record", args=["customer", two[1].pk])
        assert client.get(record)["Location"] == stays

        with workshop.scope():
            event = LinkEvent.objects.get(kind="merge")
        parted = client.post(
            reverse("duplicates:separate", args=[event.pk]), {"to": "record"}, follow=True
        )
        assert parted.redirect_chain[-1][0] == gone
        page = text(client.get(gone))
        assert "Separated from another record" in page
        assert "N-C1" not in page

    def test_is_unknown_for_a_record_that_was_never_merged(self, workshop, two):
        assert workshop.browse().get(
            reverse("customers:show", args=[uuid.uuid4()])
        ).status_code == 404  # fmt: skip
