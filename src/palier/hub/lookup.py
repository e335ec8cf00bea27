"""Weak keys, and keys by which others point at a record ("the customer whose domain is …"): written once needed.

Most companies refer by one or two kinds of key, and every kind costs an index entry a record. So a
kind is registered when a reference first uses it, or when the first record comes that it might
link; the keys of the records already there are written then, and from then on those of every record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from django.db import connection

from palier.hub.identity import LOOKUP_KINDS, WEAK_KEYS, KeyMaker
from palier.hub.models import KeyKind, SourceObject
from palier.hub.scratch import cleared

_PAGE = 20_000
"""Records read at a time while their keys are written [ours]."""


def kinds_in_use(*, company_id: int, entity: str) -> frozenset[str]:
    """Kinds of weak and look-up key that are written for this entity."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM hub_key_kind WHERE company_id = %s AND entity = %s",
            [company_id, entity],
        )
        return frozenset(kind for (kind,) in cursor.fetchall())


def open_kinds(cursor: Any, *, company_id: int, needed: Iterable[tuple[str, str]]) -> None:
    """Register kinds of key that are needed (entity, kind), and write the keys of the records there."""
    for entity in sorted({entity for entity, _ in needed}):
        asked = {kind for of, kind in needed if of == entity} & _kinds_of(entity)
        fresh = asked - kinds_in_use(company_id=company_id, entity=entity)
        if not fresh:
            continue
        KeyKind.objects.bulk_create(
            KeyKind(company_id=company_id, entity=entity, kind=kind) for kind in sorted(fresh)
        )
        maker = KeyMaker(company_id=company_id, entity=entity, kinds=frozenset(fresh))
        objects = SourceObject.objects.filter(company_id=company_id, entity=entity)
        for object_id in list(objects.values_list("id", flat=True)):
            _write_object(cursor, maker, object_id)


def _kinds_of(entity: str) -> frozenset[str]:
    weak = WEAK_KEYS.get(entity)
    return LOOKUP_KINDS.get(entity, frozenset()) | ({weak.kind} if weak is not None else set())


def _write_object(cursor: Any, maker: KeyMaker, object_id: int) -> None:
    last = ""
    while True:
        cursor.execute(
            "SELECT external_id, id, fields::text FROM hub_source_record "
            "WHERE object_id = %s AND external_id > %s AND deleted_at IS NULL ORDER BY external_id LIMIT %s",
            [object_id, last, _PAGE],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        _write(cursor, maker, [(row[1], row[2]) for row in rows])


def write_again(cursor: Any, *, company_id: int, entity: str, records: str) -> None:
    """Write the weak and look-up keys of some records anew; `records` is a query of `record_id`."""
    kinds = kinds_in_use(company_id=company_id, entity=entity)
    if not kinds:
        return
    maker = KeyMaker(company_id=company_id, entity=entity, kinds=kinds)
    cursor.execute(
        f"DELETE FROM hub_lookup_key k USING ({records} OFFSET 0) m WHERE k.record_id = m.record_id"
    )
    cursor.execute(
        f"""
        SELECT r.id, r.fields FROM ({records} OFFSET 0) m CROSS JOIN LATERAL (
          SELECT r.id, r.fields::text FROM hub_source_record r WHERE r.id = m.record_id AND r.deleted_at IS NULL OFFSET 0
        ) r
        """
    )
    rows = cursor.fetchall()
    for start in range(0, len(rows), _PAGE):
        _write(cursor, maker, rows[start : start + _PAGE])


def _write(cursor: Any, maker: KeyMaker, rows: list[tuple[int, str]]) -> None:
    lines = [
        f"{key}\t{record_id}"
        for record_id, fields in rows
        for key in maker.lookup(orjson.loads(fields))
    ]
    with cursor.copy(f"COPY {cleared(cursor, 'hub_lookup_new')} FROM STDIN") as copy:
        copy.write("\n".join([*lines, ""]))
    cursor.execute(
        "INSERT INTO hub_lookup_key (company_id, key, record_id) "
        f"SELECT {maker.company_id}, key, record_id FROM hub_lookup_new ORDER BY key ON CONFLICT DO NOTHING"
    )
