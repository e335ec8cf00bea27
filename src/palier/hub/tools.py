"""What a company says of its tools: how each is called, and of which kind it is.

The kind decides whom to believe by default (survivorship). Changing it has everything folded
again of which this tool speaks along with another; that is long, and therefore a job.
"""

from __future__ import annotations

from django.db import transaction

from palier.hub.models import Source
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.queries.tools import ToolUnknown
from palier.hub.refolding import refold
from palier.hub.schema import ENTITIES, SOURCE_KINDS
from palier.kernel.refusals import Refusal

LONGEST_LABEL = 120


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

    Entities of which it speaks alone stay as they are: whom to believe is no question there. The
    connection must be scoped to the company.
    """
    with exclusive_write(company_id=company_id, wait=True) as cursor:
        opened = OpenSet.begin(cursor, company_id=company_id)
        for entity in ENTITIES.values():
            if entity.appended:
                continue
            refold(cursor, opened, entity, ids=_shared(tool_id, entity.name))
        opened.seal(cursor, origin="rules", source_id=None, batch_id=None, person_id=person_id)
        return opened.next_ord


def _shared(tool_id: int, entity: str) -> str:
    """The entities of which this tool speaks and another does too."""
    return f"""
        SELECT DISTINCT mine.entity_id
        FROM (SELECT o.id FROM hub_source_object o WHERE o.source_id = {int(tool_id)} AND o.entity = '{entity}' OFFSET 0) o
        CROSS JOIN LATERAL (
          SELECT r.entity_id FROM hub_source_record r WHERE r.object_id = o.id AND r.deleted_at IS NULL OFFSET 0
        ) mine
        WHERE (
          SELECT count(*) FROM (
            SELECT 1 FROM hub_source_record s WHERE s.entity_id = mine.entity_id AND s.deleted_at IS NULL LIMIT 2
          ) two) > 1
    """
