"""Two records side by side, field by field, with what differs and what it weighs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.hub import queries
from palier.hub.queries import Evidence, FieldValue, Link, Side
from palier.web import formats
from palier.web.components import Provenance
from palier.web.duplicates import words
from palier.web.records import shown
from palier.wording import labels


@dataclass(frozen=True, slots=True)
class Half:
    """One side of a line: the value as written, and where it comes from."""

    text: str
    provenance: Provenance | None
    empty: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One field on both sides; `evidence` is what it weighs, in words."""

    label: str
    a: Half
    b: Half
    differs: bool
    evidence: str
    against: bool

    @property
    def halves(self) -> tuple[Half, Half]:
        """Both sides, in the order of the heads."""
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class Head:
    """One record as a column’s head."""

    id: int
    version: int
    name: str
    url: str
    told: str
    stays: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page shows: two heads, their lines, and the weights that no field carries."""

    heads: tuple[Head, Head]
    lines: tuple[Line, ...]
    others: tuple[str, ...]


def load(*, company_id: int, a: Link, b: Link) -> tuple[Side, Side] | None:
    """Both records, or None when one is gone."""
    found = [
        queries.get_side(company_id=company_id, entity=one.entity, record_id=one.id)
        for one in (a, b)
    ]
    return (found[0], found[1]) if found[0] and found[1] else None


def compare(
    sides: tuple[Side, Side], *, currency: str, evidence: tuple[Evidence, ...] = ()
) -> Comparison:
    """Fields that either side has or that were compared, in the schema’s order."""
    a, b = sides
    entity = a.link.entity
    weights = {one.field: one for one in evidence}
    mine = {one.name: one for one in a.fields}
    theirs = {one.name: one for one in b.fields}
    lines = []
    for name in dict.fromkeys([*mine, *theirs]):
        if name in shown.HIDDEN:
            continue
        halves = [_half(entity, fields.get(name), currency) for fields in (mine, theirs)]
        weight = weights.pop(name, None)
        if halves[0].empty and halves[1].empty and weight is None:
            continue
        lines.append(
            Line(
                labels.field(entity, name),
                halves[0],
                halves[1],
                halves[0].text != halves[1].text and not (halves[0].empty or halves[1].empty),
                words.evidence(entity, weight) if weight else "",
                bool(weight and weight.weight < 0),
            )
        )
    # what was compared first, then what differs, then the rest
    order = {labels.field(entity, one.field): place for place, one in enumerate(evidence)}
    lines.sort(key=lambda one: (order.get(one.label, len(order)), not one.differs))
    older = min(sides, key=lambda one: one.link.id)
    return Comparison(
        (_head(a, stays=a is older), _head(b, stays=b is older)),
        tuple(lines),
        tuple(words.evidence(entity, one) for one in evidence if one.field in weights),
    )


def _half(entity: str, field: FieldValue | None, currency: str) -> Half:
    if field is None or field.value is None:
        return Half(formats.UNKNOWN, None, empty=True)
    text = shown.text_of(entity, field.name, field.type, field.value, currency=currency)
    return Half(text, shown.origin_of(field.origin), empty=False)


def _head(side: Side, *, stays: bool) -> Head:
    told = ngettext("%(count)s source", "%(count)s sources", side.sources) % {
        "count": formats.number(side.sources)
    }
    if side.tools:
        told = _("%(told)s: %(tools)s") % {"told": told, "tools": ", ".join(side.tools)}
    return Head(
        side.link.id,
        side.version,
        side.link.label or labels.entity(side.link.entity),
        shown.url_of(side.link),
        told,
        stays,
    )
