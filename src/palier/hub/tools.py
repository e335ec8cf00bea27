"""What a company says of its tools: how each is called, and of which kind it is.

The kind decides whom to believe by default (survivorship). Changing it has everything folded
again of which this tool speaks along with another; that is long, and therefore a job.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from palier.hub.models import Source, SourceObject
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.queries.tools import ToolUnknown
from palier.hub.refolding import refold
from palier.hub.schema import ENTITIES, SOURCE_KINDS
from palier.hub.scratch import cleared
from palier.kernel.refusals import Refusal

LONGEST_LABEL = 120
SLICE = 10_000
"""Records whose entities are folded again in one transaction: about a second of the company's write lock [ours]."""


class ToolKindUnknown(Refusal):
    code = "hub.tool-kind-unknown"
    message = "A tool is of one of these kinds: %(kinds)s."


def change_tool(*, company_id: int, tool_id: int, label: str, kind: str) -> bool:
    """Call a tool otherwise and say of which kind it is; whether the kind has changed.

    Raises: `ToolUnknown`, `ToolKindUnknown`.
    """
    if kind not in SOURCE_KINDS:
        raise ToolKindUnknown(kinds=", ".join(SOURCE_KINDS))
    with transaction.atomic():
        row = (
            Source.objects.select_for_update(of=("self",))
            .filter(company_id=company_id, pk=tool_id)
            .first()
        )
        if row is None:
            raise ToolUnknown
        changed = row.kind != kind
        row.label, row.kind = label.strip()[:LONGEST_LABEL] or row.name, kind
        row.save(update_fields=["label", "kind"])
    return changed


def refold_tool(*, company_id: int, tool_id: int, person_id: int | None) -> int:
    """Fold again what this tool and another speak of; the number of changes this made.

    Entities of which it speaks alone stay as they are: whom to believe is no question there. Works in
    slices, each whole in itself, so that other writers come in between; one that was cut short is
    taken up by running it again. The connection must be scoped to the company.
    """
    changes = 0
    objects = SourceObject.objects.filter(company_id=company_id, source_id=tool_id)
    for object_id, name in list(objects.order_by("pk").values_list("pk", "entity")):
        entity = ENTITIES.get(name or "")
        if entity is None or entity.appended:
            continue
        after: str | None = ""
        while after is not None:
            with exclusive_write(company_id=company_id, wait=True) as cursor:
                after = _take_slice(cursor, object_id, after)
                opened = OpenSet.begin(cursor, company_id=company_id)
                refold(cursor, opened, entity, ids=_SHARED)
                opened.seal(
                    cursor, origin="rules", source_id=None, batch_id=None, person_id=person_id
                )
                changes += opened.next_ord
    return changes


def _take_slice(cursor: Any, object_id: int, after: str) -> str | None:
    """Put the next records of an object into `hub_retired`; where the slice ends, or None after the last."""
    cursor.execute(
        f"""
        WITH slice AS (
          INSERT INTO {cleared(cursor, "hub_retired")} (id, entity_id, external_id)
          SELECT r.id, r.entity_id, r.external_id FROM hub_source_record r
          WHERE r.object_id = %s AND r.external_id > %s AND r.deleted_at IS NULL
          ORDER BY r.external_id LIMIT {SLICE}
          RETURNING external_id
        )
        SELECT count(*), max(external_id) FROM slice
        """,
        [object_id, after],
    )
    count, last = cursor.fetchone()
    return last if count == SLICE else None


_SHARED = """
    SELECT DISTINCT mine.entity_id FROM hub_retired mine
    WHERE (
      SELECT count(*) FROM (
        SELECT 1 FROM hub_source_record s WHERE s.entity_id = mine.entity_id AND s.deleted_at IS NULL LIMIT 2
      ) two) > 1
"""
"""Those entities of a slice of which others speak too."""
