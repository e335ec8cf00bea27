"""Every ready-made connection, against a local server that answers as the tool documents."""

from __future__ import annotations

import datetime as dt
from importlib import resources

import pytest
from standins.server import pointed
from standins.tools import TOOLS

from palier.hub.connectors.manifest_toml import list_ready
from palier.hub.models import (
    Change,
    Contact,
    Customer,
    Deal,
    Invoice,
    MarketingSpend,
    Payment,
    RecurringLine,
    Subscription,
)

pytestmark = pytest.mark.django_db

MODELS = {
    "customer": Customer,
    "contact": Contact,
    "deal": Deal,
    "subscription": Subscription,
    "recurring_line": RecurringLine,
    "invoice": Invoice,
    "payment": Payment,
    "spend": MarketingSpend,
}
EXPECTED = {
    "pennylane": {"customer": 3, "subscription": 1, "invoice": 3, "payment": 1},
    "sellsy": {"customer": 3, "contact": 1, "deal": 1, "invoice": 2, "payment": 1},
    "axonaut": {
        "customer": 3,
        "contact": 1,
        "deal": 1,
        "subscription": 1,
        "invoice": 1,
        "payment": 1,
    },
    "hubspot": {"customer": 6, "contact": 1, "deal": 1},
    "stripe": {"customer": 3, "subscription": 1, "recurring_line": 2, "invoice": 1, "payment": 1},
    "shopify": {"customer": 3, "contact": 3, "invoice": 1, "payment": 1},
    "brevo": {"customer": 3, "contact": 3, "deal": 1, "invoice": 1},
    "odoo": {"customer": 3, "contact": 1, "deal": 1, "subscription": 1, "invoice": 1, "payment": 1},
    "google_ads": {"spend": 3},
}


def living() -> dict[str, int]:
    counts = {name: model.objects.filter(deleted_at=None).count() for name, model in MODELS.items()}
    return {name: count for name, count in counts.items() if count}


@pytest.fixture(params=sorted(TOOLS))
def tool(request, stand, connect):
    standin = stand(TOOLS[request.param]())
    path = resources.files("palier.hub.connectors").joinpath("manifests", f"{request.param}.toml")
    text = pointed(path.read_text(encoding="utf-8"), standin.url)
    standin.connector = connect(text, **standin.given)
    standin.name = request.param
    return standin


def fail_text(run) -> str:
    return f"{run.failure} {run.notices} {run.rejects} {[one['status'] for one in run.log]}"


class TestEveryTool:
    def test_is_read_whole(self, tool, sync):
        run = sync(tool.connector)

        assert run.status == "done", fail_text(run)
        assert living() == EXPECTED[tool.name]
        for counts in run.streams.values():
            if counts.get("at_source") is not None:
                assert counts["at_source"] == counts["received"]
        for model in (Deal, Subscription, Invoice, Payment, Contact):
            orphans = model.objects.filter(deleted_at=None)
            if model is Payment:
                orphans = orphans.filter(invoice_id=None)
            if tool.name != "brevo":
                assert not orphans.filter(customer_id=None).exists()

    def test_changes_nothing_the_second_time(self, tool, sync):
        sync(tool.connector)
        changes = Change.objects.count()

        run = sync(tool.connector)

        assert (run.status, run.created, run.updated) == ("done", 0, 0), fail_text(run)
        assert Change.objects.count() == changes

    def test_brings_a_change_then_a_deletion(self, tool, sync, clock):
        sync(tool.connector)
        clock.pass_(hours=2)
        tool.now = clock.now()
        tool.change()

        run = sync(tool.connector)

        assert run.status == "done", fail_text(run)
        assert run.updated == 1, fail_text(run)
        assert run.received < 12
        clock.pass_(hours=1)
        tool.now = clock.now()
        tool.delete()
        before = sum(living().values())

        run = sync(tool.connector, full=tool.name in {"shopify", "brevo"})

        assert run.status == "done", fail_text(run)
        assert run.deleted == (2 if tool.name == "shopify" else 1)
        assert sum(living().values()) == before - run.deleted


def only(name):
    return pytest.mark.parametrize("tool", [name], indirect=True)


class TestForgottenChanges:
    @pytest.mark.parametrize("tool", ["pennylane", "stripe"], indirect=True)
    def test_are_made_up_for_by_reading_everything(self, tool, sync, clock):
        sync(tool.connector)
        clock.pass_(days=35)
        tool.now = clock.now()
        tool.change()

        run = sync(tool.connector)

        assert run.status == "done", fail_text(run)
        assert run.updated


class TestValues:
    @only("pennylane")
    def test_pennylane(self, tool, sync):
        sync(tool.connector)
        customer = Customer.objects.get(name="Atelier Brumaire")
        assert (customer.siren, customer.city, customer.stage) == ("552100554", "Lyon", "customer")
        invoice = Invoice.objects.get(number="F-1")
        assert (invoice.net_minor, invoice.gross_minor, invoice.status) == (
            100_000,
            120_000,
            "paid",
        )
        assert invoice.customer_id == customer.id
        assert Invoice.objects.get(number="F-3").kind == "credit_note"
        subscription = Subscription.objects.get()
        assert (subscription.status, subscription.billing_period) == ("active", "month")
        assert Payment.objects.get().amount_minor == 120_000

    @only("sellsy")
    def test_sellsy(self, tool, sync):
        sync(tool.connector)
        assert Deal.objects.get().amount_minor == 500_000
        assert Contact.objects.get().job_title == "Gérante"
        assert Payment.objects.get().invoice_id == Invoice.objects.get(number="FA-8").id

    @only("sellsy")
    def test_sellsy_renews_an_expired_token(self, tool, sync, clock):
        sync(tool.connector)
        assert tool.tokens == 1
        clock.pass_(hours=2)
        sync(tool.connector)
        assert tool.tokens == 2
        tool.token = "revoque-avant-l-heure"
        run = sync(tool.connector)
        assert (run.status, tool.tokens) == ("done", 3)

    @only("axonaut")
    def test_axonaut(self, tool, sync):
        sync(tool.connector)
        deal = Deal.objects.get()
        assert (deal.status, deal.won_on, deal.opened_on) == (
            "won",
            dt.date(2026, 10, 1),
            dt.date(2026, 9, 1),
        )
        assert Payment.objects.get().amount_minor == 60_050
        assert Customer.objects.get(name="Verger Fictif").stage == "prospect"

    @only("hubspot")
    def test_hubspot(self, tool, sync):
        sync(tool.connector)
        deal = Deal.objects.get()
        assert deal.customer_id == Customer.objects.get(name="Atelier Brumaire").id
        assert deal.contact_id == Contact.objects.get().id
        assert (deal.status, deal.won_on) == ("won", dt.date(2026, 10, 1))
        assert Contact.objects.get().opt_in_email is False
        assert all("after" not in (one.body or {}) for one in tool.asked)

    @only("stripe")
    def test_stripe(self, tool, sync, clock):
        sync(tool.connector)
        line = RecurringLine.objects.get(plan="Pro")
        assert (line.amount_minor, line.quantity, line.interval) == (4900, 2, "month")
        assert line.customer_id == Customer.objects.get(name="Atelier Brumaire").id
        payment = Payment.objects.get()
        assert (payment.fee_minor, payment.method) == (325, "card")
        assert Invoice.objects.get().settled_on == dt.date(2025, 10, 10)
        assert Customer.objects.filter(name="c2@exemple.example").exists()
        clock.pass_(hours=2)
        tool.now = clock.now()
        tool.change()
        sync(tool.connector)
        assert RecurringLine.objects.filter(deleted_at=None).count() == 1

    @only("shopify")
    def test_shopify(self, tool, sync):
        sync(tool.connector)
        order = Invoice.objects.get()
        assert (order.kind, order.gross_minor, order.status) == ("order", 5990, "paid")
        assert Payment.objects.get().invoice_id == order.id
        assert Contact.objects.filter(opt_in_email=True).count() == 3

    @only("brevo")
    def test_brevo(self, tool, sync):
        sync(tool.connector)
        assert Contact.objects.get(last_name="Fictive 1").opt_in_email is False
        assert Contact.objects.get(last_name="Fictive 2").opt_in_email is True
        assert Deal.objects.get().customer_id == Customer.objects.get(name="Atelier Brumaire").id

    @only("odoo")
    def test_odoo(self, tool, sync):
        sync(tool.connector)
        customer = Customer.objects.get(name="Atelier Brumaire")
        assert (customer.vat_no, customer.email, customer.owner) == (
            "FR83404833048",
            None,
            "Camille Fictive",
        )
        assert Customer.objects.get(name="Verger Fictif").stage == "prospect"
        assert Contact.objects.get().customer_id == customer.id
        assert Subscription.objects.get().mrr_minor == 4990
        assert Invoice.objects.get().status == "paid"

    @only("google_ads")
    def test_google_ads(self, tool, sync):
        sync(tool.connector)
        spend = MarketingSpend.objects.get(day="2026-11-01")
        assert (spend.spend_minor, spend.clicks, spend.attributed_value_minor) == (1235, 10, 9999)
        assert tool.tokens == 1


def test_every_ready_manifest_has_a_standin():
    assert set(list_ready()) == set(TOOLS) == set(EXPECTED)
