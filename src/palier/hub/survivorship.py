"""Which tool owns which field: the order in which sources are believed.

A person's pin beats all. Then the owners of the field in order, then every other source; among
equals the strategy of the field decides (most recent by default). Source: hub.md §4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from palier.hub.schema import Entity

UNLISTED = 1000
"""Rank of a source that is no owner of a field: after every owner."""

_ACCOUNTING = ("billing", "crm", "shop", "subscriptions", "support")
_SALES = ("crm", "billing", "subscriptions", "shop", "support")

DEFAULT_OWNERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{
        ("customer", field): _ACCOUNTING
        for field in (
            "legal_name",
            "siren",
            "siret",
            "vat_no",
            "iban",
            "address_line",
            "postcode",
            "city",
            "country",
        )
    },
    **{
        ("customer", field): _SALES
        for field in (
            "name",
            "stage",
            "owner",
            "segment",
            "industry",
            "acquisition_channel",
            "domain",
            "phone",
        )
    },
}
"""Kinds of tool in order of trust, by entity and field; the French defaults of hub.md §4."""

OPT_OUT_WINS = frozenset({("contact", "opt_in_email")})
"""A refusal from any source wins, always (hub.md §4, GDPR)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one source stands for one field: `rank` (lower is believed first) under `survival`."""

    field: str
    survival: str
    source_id: int
    rank: int


def standings(
    *,
    entity: Entity,
    sources: Iterable[tuple[int, str, str]],
    rules: Mapping[str, tuple[str, tuple[str, ...]]],
) -> list[Standing]:
    """Every (field, source) of an entity with its rank.

    `sources` are (id, name, kind); `rules` the company's own, field → (survival, source names).
    """
    listed = list(sources)
    found = []
    for field in entity.fields:
        own = rules.get(field.name)
        kinds = DEFAULT_OWNERS.get((entity.name, field.name), ())
        for source_id, name, kind in listed:
            if own is not None:
                survival, names = own
                rank = names.index(name) if name in names else UNLISTED
            else:
                survival = field.survival
                rank = kinds.index(kind) if kind in kinds else UNLISTED
            found.append(Standing(field.name, survival, source_id, rank))
    return found
