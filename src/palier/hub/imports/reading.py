"""A mapping run over a table: records and rejections, entity by entity.

reading = read(mapping=…, table=…)
for entity in mapping.entities:
for item in reading.records(entity=entity): ...   # Record | Rejection
reading.notices                                        # how dates were read, cells left out
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from palier.hub.imports.decode.tables import Table
from palier.hub.imports.entity_run import Draft, Dropped, EntityRun
from palier.hub.imports.grouping import grouped_records
from palier.hub.imports.mapping import EntityMapping, FileMapping
from palier.hub.imports.messages import Notice
from palier.hub.imports.survey import Keys, Survey, survey
from palier.hub.records import Record, Rejection

DEFAULT_TIMEZONE = "Europe/Paris"


@dataclass(slots=True)
class Reading:
    """A table read with a mapping."""

    mapping: FileMapping
    table: Table
    survey: Survey
    dropped: dict[tuple[str, str], Dropped] = field(default_factory=dict)

    def records(self, *, entity: EntityMapping) -> Iterator[Record | Rejection]:
        """What the table gives of one entity of the mapping, from its first row.

        The rows that the file itself gets wrong (ragged…) come with the first entity only.
        """
        at = next(at for at, one in enumerate(self.mapping.entities) if one is entity)
        run = EntityRun(
            mapping=self.mapping,
            table=self.table,
            survey=self.survey,
            dropped=self.dropped,
            entity=entity,
        )
        keys = self.survey.keys[at]
        if entity.grouped and not entity.has_ordinal:
            return grouped_records(run=run, rows=run.drafts(with_damage=at == 0), keys=keys)
        rows = run.drafts(with_damage=at == 0, direct=not keys.twice)
        return _single_records(run, rows, keys)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What to know of this reading; complete once the records were taken."""
        left_out = tuple(
            Notice(
                "import.cells_dropped",
                {
                    "column": column,
                    "count": str(one.count),
                    "line": str(one.line),
                    "value": one.value,
                },
            )
            for (column, _), one in self.dropped.items()
        )
        return (*self.table.notices, *self.survey.notices, *left_out)


def read(*, mapping: FileMapping, table: Table, timezone: str = DEFAULT_TIMEZONE) -> Reading:
    """Prepares the reading of a table: a first look over its rows, then records on demand.

    `timezone` is the company's. Raises `MissingColumns`, `DatesMixed`.
    """
    return Reading(mapping, table, survey(mapping=mapping, table=table, timezone=timezone))


def records(
    *, mapping: FileMapping, table: Table, timezone: str = DEFAULT_TIMEZONE
) -> Iterator[tuple[EntityMapping, Record | Rejection]]:
    """All the entities of a table, one after the other."""
    reading = read(mapping=mapping, table=table, timezone=timezone)
    for entity in mapping.entities:
        for item in reading.records(entity=entity):
            yield entity, item


def _single_records(
    run: EntityRun, batches: Iterator[list[Draft | Rejection | Record]], keys: Keys
) -> Iterator[Record | Rejection]:
    """One record per row; of rows with the same identifier the last one, the others reported."""
    twice: dict[str, list[tuple[Record, Draft]]] = {}
    record = run.record
    for batch in batches:
        if not keys.twice:
            yield from [record(one) if isinstance(one, Draft) else one for one in batch]
            continue
        for draft in batch:
            item = record(draft) if isinstance(draft, Draft) else draft
            if keys.twice and isinstance(item, Record) and hash(item.external_id) in keys.twice:
                twice.setdefault(item.external_id, []).append((item, cast("Draft", draft)))
            else:
                yield item
    for same in twice.values():
        last = same[-1][0]
        for earlier, draft in same[:-1]:
            if earlier.fields != last.fields:
                params = {"line": str(last.line)}
                yield Rejection(draft.line, None, "import.superseded", params, tuple(draft.row))
        yield last
