"""Which tool is believed for which field, by the company's own rules: reading, trying out, setting them.

A rule is an order of tools and a strategy for those it does not name. It holds for what is written from
then on; `refold` makes it hold for what is there. What decides between two values, in this order:
a person's pin, the order of the tools, the strategy, the tool's own time of change, arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from palier.hub.models import FieldRule, Source
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.refolding import refold as fold_again
from palier.hub.schema import ENTITIES, Field
from palier.hub.survivorship import DEFAULT_OWNERS, OPT_OUT_WINS, UNLISTED
from palier.kernel.refusals import Refusal

GOVERNED = ("customer", "contact", "product", "deal", "subscription", "invoice", "payment")
"""Entities that several tools may tell of; lines and events belong to what they are part of."""
STRATEGIES = ("owner", "most_recent", "longest", "max", "min")


class FieldNotGoverned(Refusal):
    code = "ownership.field-not-governed"
    message = "No rule can be set for this field."


class StrategyUnknown(Refusal):
    code = "ownership.strategy-unknown"
    message = "There is no such way to choose between values."


class OwnerUnknown(Refusal):
    code = "ownership.tool-unknown"
    message = "There is no tool named “%(tool)s”."


@dataclass(frozen=True, slots=True)
class Owned:
    """How one field is decided: the tools in order, the strategy, and whether the company said so."""

    entity: str
    field: str
    survival: str
    tools: tuple[str, ...]
    by_company: bool
    fixed: bool = False


def is_governed(*, entity: str, field: str) -> bool:
    """Whether a company may say whom to believe for this field."""
    if entity not in GOVERNED or (entity, field) in OPT_OUT_WINS:
        return False
    return any(one.name == field and _ruled(one) for one in ENTITIES[entity].fields)


def list_owned(*, company_id: int, entity: str) -> tuple[Owned, ...]:
    """Every field of an entity and how it is decided, in the schema's order."""
    sources = _sources(company_id)
    rules = {
        rule.field: rule for rule in FieldRule.objects.filter(company_id=company_id, entity=entity)
    }
    return tuple(
        _owned(entity, field, rules.get(field.name), sources)
        for field in ENTITIES[entity].fields
        if _ruled(field)
    )


def get_owned(*, company_id: int, entity: str, field: str) -> Owned:
    """How one field is decided. Raises: `FieldNotGoverned`."""
    if not is_governed(entity=entity, field=field):
        raise FieldNotGoverned
    found = list_owned(company_id=company_id, entity=entity)
    return next(one for one in found if one.field == field)


def set_rule(
    *,
    company_id: int,
    entity: str,
    field: str,
    survival: str,
    tools: Sequence[str],
    person_id: int | None,
) -> None:
    """Say whom to believe for a field from now on. `refold` is the caller's next step.

    Raises: `FieldNotGoverned`, `StrategyUnknown`, `OwnerUnknown`.
    """
    _check(company_id, entity, field, survival, tools)
    FieldRule.objects.update_or_create(
        company_id=company_id,
        entity=entity,
        field=field,
        defaults={
            "survival": survival,
            "sources": list(dict.fromkeys(tools)),
            "person_id": person_id,
            "at": Now(),
        },
    )


def reset_rule(*, company_id: int, entity: str, field: str) -> None:
    """Go back to the default for a field. `refold` is the caller's next step."""
    FieldRule.objects.filter(company_id=company_id, entity=entity, field=field).delete()


def count_changes(
    *, company_id: int, entity: str, field: str, survival: str, tools: Sequence[str]
) -> int:
    """How many records a rule would change, without changing any.

    Raises: `FieldNotGoverned`, `StrategyUnknown`, `OwnerUnknown`.
    """
    _check(company_id, entity, field, survival, tools)
    now = get_owned(company_id=company_id, entity=entity, field=field)
    sources = _sources(company_id)
    was, will = _ranks(now.tools, sources), _ranks(tools, sources)
    ranked = ", ".join(f"({number}, {was[number]}, {will[number]})" for number, _, _ in sources)
    if not ranked:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH ranked(source_id, was, will) AS (VALUES {ranked}),
            said AS MATERIALIZED (
              SELECT r.entity_id, r.id AS rid, r.fields->%(field)s AS value, k.was, k.will,
                     r.source_updated_at, r.written_at
              FROM hub_source_object o JOIN ranked k ON k.source_id = o.source_id
              JOIN hub_source_record r ON r.object_id = o.id
              WHERE o.company_id = %(company)s AND o.entity = %(entity)s AND r.company_id = %(company)s
                AND r.deleted_at IS NULL AND r.fields ? %(field)s AND r.fields->>%(field)s IS DISTINCT FROM ''
            ), won AS (
              SELECT entity_id, {_winner("was", now.survival)} AS was, {_winner("will", survival)} AS will
              FROM said GROUP BY entity_id HAVING count(*) > 1
            )
            SELECT count(*) FROM won
            WHERE nullif(was, 'null'::jsonb) IS DISTINCT FROM nullif(will, 'null'::jsonb) AND NOT EXISTS (
              SELECT 1 FROM hub_field_pin p WHERE p.entity_id = won.entity_id AND p.field = %(field)s)
            """,
            {"company": company_id, "entity": entity, "field": field},
        )
        return int(cursor.fetchone()[0])


def _winner(rank: str, survival: str) -> str:
    """The value that wins under one set of ranks, as `fold` chooses it."""
    strategy = {
        "longest": "-length(value #>> '{}'), ",
        "min": "value #>> '{}', ",
        "max": "value #>> '{}' DESC NULLS LAST, ",
    }.get(survival, "")
    order = f"{rank}, {strategy}source_updated_at DESC NULLS LAST, written_at DESC, rid DESC"
    return f"(array_agg(value ORDER BY {order}) FILTER (WHERE value <> 'null'::jsonb OR {rank} = 0))[1]"


def refold(*, company_id: int, entity: str, person_id: int | None) -> int:
    """Fold every record of an entity that several source records tell of again; the number of changes.

    The connection must be scoped to the company. It waits for an import that is running.
    """
    with exclusive_write(company_id=company_id, wait=True) as cursor:
        opened = OpenSet.begin(cursor, company_id=company_id)
        _list_several(cursor, company_id, entity)
        fold_again(cursor, opened, ENTITIES[entity], ids="SELECT entity_id FROM hub_reruled")
        opened.seal(cursor, origin="rules", source_id=None, batch_id=None, person_id=person_id)
        return opened.next_ord


def _list_several(cursor: Any, company_id: int, entity: str) -> None:
    """Entities of which several source records tell, in `hub_reruled`: one pass over the whole table."""
    cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on")
    cursor.execute("DROP TABLE IF EXISTS hub_reruled")
    cursor.execute(
        """
        CREATE TEMP TABLE hub_reruled ON COMMIT DROP AS
        SELECT r.entity_id FROM hub_source_object o JOIN hub_source_record r ON r.object_id = o.id
        WHERE o.company_id = %s AND o.entity = %s AND r.company_id = %s AND r.deleted_at IS NULL
        GROUP BY r.entity_id HAVING count(*) > 1
        """,
        [company_id, entity, company_id],
    )
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")


def _ruled(field: Field) -> bool:
    return field.type not in {"ref", "json"}


def _sources(company_id: int) -> list[tuple[int, str, str]]:
    found = Source.objects.filter(company_id=company_id).order_by("pk")
    return list(found.values_list("pk", "name", "kind"))


def _owned(
    entity: str, field: Field, rule: FieldRule | None, sources: list[tuple[int, str, str]]
) -> Owned:
    if rule is not None:
        return Owned(entity, field.name, rule.survival, tuple(rule.sources), by_company=True)
    kinds = DEFAULT_OWNERS.get((entity, field.name), ())
    ranked = sorted(
        (kinds.index(kind), number, name) for number, name, kind in sources if kind in kinds
    )
    return Owned(
        entity,
        field.name,
        field.survival,
        tuple(name for _, _, name in ranked),
        by_company=False,
        fixed=(entity, field.name) in OPT_OUT_WINS,
    )


def _ranks(tools: Sequence[str], sources: list[tuple[int, str, str]]) -> dict[int, int]:
    return {
        number: tools.index(name) if name in tools else UNLISTED for number, name, _kind in sources
    }


def _check(company_id: int, entity: str, field: str, survival: str, tools: Sequence[str]) -> None:
    if not is_governed(entity=entity, field=field):
        raise FieldNotGoverned
    if survival not in STRATEGIES:
        raise StrategyUnknown
    known = {name for _, name, _ in _sources(company_id)}
    for tool in tools:
        if tool not in known:
            raise OwnerUnknown(tool=tool)
