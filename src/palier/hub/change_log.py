"""The change log: who changed when, in the order in which others may read it.

A row of `hub_change` stands for one change, or for the creation of entities with consecutive ids:
`span` of them, from `entity_id` on, at the ordinals from `ord` on. A load of a million rows logs
fifty rows instead of a million. Readers take rows apart with `EACH` (docs/adr/0010).
"""

from __future__ import annotations

from typing import Any

EACH = "CROSS JOIN LATERAL generate_series(0, c.span - 1) AS each_(place)"
"""Takes rows `c` of the log apart: a change's entity is `c.entity_id + each_.place`, its ordinal `c.ord + each_.place`."""


def creation_logged(*, company_id: int, set_id: int, first_ord: int, entity: str, ids: str) -> str:
    """The statement that logs the creation of entities; `ids` is a query of `id`. `count_logged` then tells how many."""
    return f"""
        INSERT INTO hub_change (company_id, set_id, ord, span, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, {first_ord} + min(n.place), count(*), '{entity}', min(n.id), 1, 'create'
        FROM (SELECT i.id, row_number() OVER (ORDER BY i.id) - 1 AS place FROM ({ids}) i) n
        GROUP BY n.id - n.place
        RETURNING span"""


def count_logged(cursor: Any) -> int:
    """How many creations the statement of `creation_logged` has just logged."""
    return sum(int(span) for (span,) in cursor.fetchall())


def changed_ids(*, entity: str = "") -> str:
    """The query of (entity, id) changed at positions in (after, until], of one entity or of all."""
    chosen = f"AND c.entity = '{entity}'" if entity else ""
    return f"""
        SELECT DISTINCT c.entity, c.entity_id + each_.place AS id
        FROM hub_change_set s JOIN hub_change c ON c.set_id = s.id
        CROSS JOIN LATERAL generate_series(
          greatest(%(after)s + 1 - s.first_pos - c.ord, 0), least(%(until)s - s.first_pos - c.ord, c.span - 1)
        ) AS each_(place)
        WHERE s.company_id = %(company)s AND s.first_pos IS NOT NULL
          AND s.first_pos + s.rows > %(after)s + 1 AND s.first_pos <= %(until)s
          AND s.first_pos + c.ord + c.span > %(after)s + 1 AND s.first_pos + c.ord <= %(until)s {chosen}
        ORDER BY 1, 2"""
