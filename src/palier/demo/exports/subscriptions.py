"""Abonnette, the subscription tool: JSON Lines. It knows customers by their invoicing code and SIREN."""

from __future__ import annotations

from palier.demo.exports.billing import customer_code
from palier.demo.exports.files import Export
from palier.demo.world import Company, Line, Subscription, World

ACCOUNTS, SUBSCRIPTIONS, LINES = (
    "abonnements-abonnette/accounts.jsonl",
    "abonnements-abonnette/subscriptions.jsonl",
    "abonnements-abonnette/recurring_lines.jsonl",
)


def account_id(company: Company) -> str:
    """The customer's identifier in this tool."""
    return f"acc-{company.number:05d}"


def subscription_id(subscription: Subscription) -> str:
    """The subscription's identifier in this tool."""
    return f"sub-{subscription.number:05d}"


def status(world: World, subscription: Subscription) -> str:
    """How the subscription stands on the last day."""
    running = next(
        (line for line in reversed(subscription.lines) if line.covers(world.period.last)), None
    )
    return running.status if running else "ended"


def write(world: World, export: Export) -> None:
    """Write the three files."""
    seen: dict[int, Company] = {s.company.number: s.company for s in world.subscriptions}
    export.write_lines(
        ACCOUNTS,
        [
            {
                "id": account_id(company),
                "name": company.renamed or company.name,
                "siren": company.siren,
                "billing_code": customer_code(company) if company.billing_number else None,
                "postal_code": company.postcode,
                "website": company.domain,
            }
            for company in seen.values()
        ],
    )
    export.write_lines(SUBSCRIPTIONS, [_subscription(world, s) for s in world.subscriptions])
    export.write_lines(
        LINES,
        [
            {
                "id": f"{subscription_id(s)}-{rank}",
                "subscription_id": subscription_id(s),
                "account_id": account_id(s.company),
                **_line(line),
            }
            for s in world.subscriptions
            for rank, line in enumerate(s.lines, 1)
        ],
    )


def _subscription(world: World, subscription: Subscription) -> dict[str, object]:
    last = subscription.lines[-1]
    ended = subscription.ended_on
    over = ended is not None and ended <= world.period.last
    trial = next((line for line in subscription.lines if line.status == "trial"), None)
    return {
        "id": subscription_id(subscription),
        "account_id": account_id(subscription.company),
        "plan": last.plan,
        "seats": last.quantity,
        "period": last.interval,
        "mrr_cents": 0 if over else last.annual_units // (6_000 * 12),
        "currency": "EUR",
        "status": status(world, subscription),
        "started_on": subscription.lines[0].starts_on.isoformat(),
        "trial_end_on": trial.ends_on.isoformat() if trial and trial.ends_on else None,
        "cancel_on": subscription.cancel_on.isoformat() if subscription.cancel_on else None,
        "ended_on": ended.isoformat() if over and ended else None,
        "end_reason": (last.end_reason or None) if over else None,
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "starts_on": line.starts_on.isoformat(),
        "ends_on": line.ends_on.isoformat() if line.ends_on else None,
        "unit_cents": line.amount,
        "seats": line.quantity,
        "interval": line.interval,
        "discount_percent": line.discount,
        "status": line.status,
        "plan": line.plan,
        "end_reason": line.end_reason or None,
        "currency": "EUR",
    }
