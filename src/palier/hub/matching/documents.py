"""docs/matching.md, written from the tables so that what is published is what runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from palier.hub.matching.proposing import STRONGER
from palier.hub.matching.reading import PROFILES
from palier.hub.matching.scoring import (
    AUTOMATIC,
    COMMON_SHARE,
    EXPECTED_PAIRS,
    FEWEST,
    LARGEST_BLOCK,
    REVIEW,
)
from palier.hub.matching.tables import Level, Profile

_HEAD = f"""# Matching

<!-- Written by `python -m palier.hub.matching.documents`; a test checks that it is fresh. -->

How Palier finds that two records are one and the same. Weights are base-2 logarithms: +1 doubles the odds. They are typed once,
the same for every installation, and never learnt from your data ([ADR 17](adr/0017-fixed-weights-in-our-own-sql.md)).

1. **Exact keys, when a record arrives** (`hub/identity.py`): SIREN (also inside a SIRET or a French VAT number), else VAT number, else a
   company's IBAN; a person's own e-mail; telephone and full name together; a company's name and postcode unless the SIRENs differ.
2. **Weights, after each import and every night.** Two records that share a block are compared field by field. The sum starts from the
   odds that two records drawn at random are one: {EXPECTED_PAIRS:g} pair expected for each record, so log2({EXPECTED_PAIRS:g} ÷ records).
   - {AUTOMATIC:g} and more **and** the guard holds: merged by itself, with an undo.
   - {REVIEW:g} and more: shown to people.
3. **People first.** Records said to be different are never proposed again; a refused pair comes back only when its weight has grown by {STRONGER:g};
   values that people fixed differently, and records that a rule has already merged once, are left to people.
4. **Never chains.** Records merge only in groups in which every two pass the guard.

A value shared by k records weighs less by `log2(k)` times the figure shown, between a floor and a ceiling; where the weight starts from
the share of records that have the value, it reads “log2(records ÷ k)”. Rarity is judged as if there were {FEWEST:,} records at least. A first name borne by one record in
{COMMON_SHARE:,}, and three at least, is a name and not a typing error. A block shared by more than {LARGEST_BLOCK} records tells nobody apart: it is left out, and the report says so.
"""


def text() -> str:
    """The whole document."""
    return "\n".join(
        [
            _HEAD,
            *(line for many in PROFILES.values() for one in many for line in _profile(one)),
        ]
    )


def _profile(profile: Profile) -> Iterator[str]:
    yield f"## {profile.name}\n"
    yield f"Blocks: {', '.join(block.name for block in profile.blocks)}.\n"
    yield "| field | outcome | verdict | weight | when a value is shared |"
    yield "|---|---|---|---|---|"
    for comparison in profile.comparisons:
        for level in comparison.levels:
            yield (
                f"| {comparison.field} | `{level.key}`: {level.words} | {level.verdict} "
                f"| {_weight(level)} | {_shared(level)} |"
            )
    guard = " ".join(profile.guard.split())
    yield f"\nGuard: `{guard}`\n"


def _weight(level: Level) -> str:
    if level.rarity is not None and level.rarity.of_all:
        return f"log2(records ÷ k) {level.weight:+g}" if level.weight else "log2(records ÷ k)"
    return f"{level.weight:+g}" if level.weight else "0"


def _shared(level: Level) -> str:
    rarity = level.rarity
    if rarity is None:
        return ""
    falls = "" if rarity.of_all else f"−{rarity.per_doubling:g} per doubling, "
    return f"{falls}from {rarity.ceiling:g} down to {rarity.floor:g}"


def rewrite(folder: Path) -> None:
    """Write the document into a folder of documentation."""
    (folder / "matching.md").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
