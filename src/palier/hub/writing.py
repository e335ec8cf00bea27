"""The statements behind the one door: one chunk of staged rows into records, entities and changes.

Each step is a set operation on temporary tables that live until the end of the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palier.hub.fold import GoldenWriter, fold_many, make_folded
from palier.hub.identity import has_keys
from palier.hub.schema import Entity
from palier.hub.staging import Chunk

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS hub_stage (
  ord int, external_id text, fields text, payload text, hash uuid,
  strong uuid[], weak uuid[], lookup uuid[], leader int, source_updated_at timestamptz
) ON COMMIT DROP
"""
_GUARDS = {
    "customer": "NOT coalesce(g.siren <> (t.fields::jsonb->>'siren'), false)",
}
"""What forbids a weak key to link: another SIREN is another company (hub.md §1.2, guard)."""


@dataclass(slots=True)
class ChunkCounts:
    """What became of a chunk's rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def stage(cursor: Any, chunk: Chunk) -> None:
    """Copy a chunk's lines into `hub_stage`, for this transaction."""
    cursor.execute(_STAGE)
    cursor.execute("TRUNCATE hub_stage")
    with cursor.copy("COPY hub_stage FROM STDIN") as copy:
        copy.write("\n".join(chunk.lines) + "\n")
    cursor.execute("ANALYZE hub_stage")


class ChunkWriter:
    """Writes the chunks of one operation: one source object, one entity, one change set."""

    def __init__(
        self, *, company_id: int, entity: Entity, object_id: int, batch_id: int | None, golden: GoldenWriter
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self.object_id = object_id
        self.batch = "NULL" if batch_id is None else str(int(batch_id))
        self.golden = golden
        self.keyed = has_keys(entity.name)

    def write(self, cursor: Any, chunk: Chunk) -> ChunkCounts:
        """Bring one chunk in; what became of its rows."""
        counts = ChunkCounts()
        if not chunk.lines:
            return counts
        stage(cursor, chunk)
        touched, new = self._touch(cursor)
        counts.created, counts.updated = new, touched - new
        counts.unchanged = len(chunk.lines) - touched
        if touched:
            keyed = self.keyed or self._has_strong(cursor)
            self._identify(cursor, chunk, keyed=keyed, any_new=new > 0)
            self._keep_records(cursor, any_old=touched > new, keyed=keyed)
            self._fold(cursor, chunk)
        return counts

    def _touch(self, cursor: Any) -> tuple[int, int]:
        """Keep the rows that are new or differ from what their tool said last."""
        cursor.execute("DROP TABLE IF EXISTS hub_touched")
        cursor.execute(
            f"""
            CREATE TEMP TABLE hub_touched ON COMMIT DROP AS
            SELECT s.*, r.id AS record_id, r.entity_id AS known_id
            FROM hub_stage s LEFT JOIN LATERAL (
              SELECT r.id, r.entity_id, r.hash, r.deleted_at FROM hub_source_record r
              WHERE r.object_id = {self.object_id} AND r.external_id = s.external_id OFFSET 0
            ) r ON true
            WHERE r.id IS NULL OR r.hash <> s.hash OR r.deleted_at IS NOT NULL
            """
        )
        touched = max(cursor.rowcount, 0)
        if not touched:
            return 0, 0
        cursor.execute("ANALYZE hub_touched")
        cursor.execute("SELECT count(*) FROM hub_touched WHERE record_id IS NULL")
        return touched, cursor.fetchone()[0]

    @staticmethod
    def _has_strong(cursor: Any) -> bool:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM hub_touched WHERE strong IS NOT NULL)")
        return bool(cursor.fetchone()[0])

    def _identify(self, cursor: Any, chunk: Chunk, *, keyed: bool, any_new: bool) -> None:
        """Give each new record its entity: one already known by a key, a sister row's, or a new one."""
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS hub_found (ord int PRIMARY KEY, entity_id bigint, rule text) ON COMMIT DROP"
        )
        cursor.execute("TRUNCATE hub_found")
        if keyed and any_new:
            self._find(cursor, "strong", guard="true")
            self._find(cursor, "weak", guard=_GUARDS.get(self.entity.name, "true"))
        cursor.execute("DROP TABLE IF EXISTS hub_resolved")
        alone = "f.entity_id IS NOT NULL OR t.known_id IS NOT NULL OR t.leader IS NULL"
        cursor.execute(
            f"""
            CREATE TEMP TABLE hub_resolved ON COMMIT DROP AS
            SELECT t.ord, t.external_id, t.fields::jsonb AS fields, t.payload, t.hash, t.strong, t.weak, t.lookup,
                   t.source_updated_at, t.record_id IS NULL AS is_new,
                   coalesce(t.record_id, nextval('hub_source_record_id_seq')) AS record_id,
                   coalesce(t.known_id, f.entity_id, nextval('hub_entity_id')) AS entity_id,
                   t.known_id IS NULL AND f.entity_id IS NULL AS fresh, f.rule
            FROM hub_touched t LEFT JOIN hub_found f ON f.ord = t.ord
            WHERE {alone}
            """
        )
        if not keyed:
            return
        if not (chunk.has_followers or chunk.has_lonely):
            cursor.execute("ANALYZE hub_resolved")
            return
        cursor.execute(
            f"""
            INSERT INTO hub_resolved
            SELECT t.ord, t.external_id, t.fields::jsonb, t.payload, t.hash, t.strong, t.weak, t.lookup,
                   t.source_updated_at, true, nextval('hub_source_record_id_seq'), l.entity_id, false, 'strong'
            FROM hub_touched t LEFT JOIN hub_found f ON f.ord = t.ord JOIN hub_resolved l ON l.ord = t.leader
            WHERE NOT ({alone})
            """
        )
        cursor.execute("ANALYZE hub_resolved")
        if chunk.has_lonely:
            self._join_weak_sisters(cursor)

    def _find(self, cursor: Any, which: str, *, guard: str) -> None:
        """Look each key up; `OFFSET 0` keeps the look-ups in this order whatever the statistics say."""
        golden = "" if guard == "true" else (
            f"CROSS JOIN LATERAL (SELECT g.* FROM hub_{self.entity.name} g WHERE g.id = r.entity_id OFFSET 0) g"
        )
        cursor.execute(
            f"""
            INSERT INTO hub_found
            SELECT DISTINCT ON (t.ord) t.ord, r.entity_id, '{which}'
            FROM hub_touched t
            CROSS JOIN LATERAL unnest(t.{which}) WITH ORDINALITY k(key, rank)
            CROSS JOIN LATERAL (SELECT rk.record_id FROM hub_record_key rk WHERE rk.key = k.key OFFSET 0) rk
            CROSS JOIN LATERAL (
              SELECT r.entity_id FROM hub_source_record r
              WHERE r.id = rk.record_id AND r.deleted_at IS NULL OFFSET 0
            ) r {golden}
            WHERE t.record_id IS NULL AND {guard}
              AND NOT EXISTS (SELECT 1 FROM hub_found f WHERE f.ord = t.ord)
            ORDER BY t.ord, k.rank, r.entity_id
            """
        )

    def _join_weak_sisters(self, cursor: Any) -> None:
        """Rows of this chunk with a weak key and no strong one join the only entity that shares the key."""
        cursor.execute(
            """
            WITH keyed AS (
              SELECT r.ord, r.entity_id, r.strong IS NULL AS lonely, k.key
              FROM hub_resolved r CROSS JOIN LATERAL unnest(r.weak) k(key) WHERE r.is_new
            ), shared AS (
              SELECT key, count(DISTINCT entity_id) FILTER (WHERE NOT lonely) AS sure,
                     min(entity_id) FILTER (WHERE NOT lonely) AS sure_id, min(entity_id) AS first_id
              FROM keyed GROUP BY key HAVING count(DISTINCT entity_id) > 1
            )
            UPDATE hub_resolved r
            SET entity_id = coalesce(s.sure_id, s.first_id), rule = 'weak', fresh = false
            FROM keyed k JOIN shared s ON s.key = k.key AND s.sure <= 1
            WHERE r.ord = k.ord AND k.lonely AND r.fresh AND r.entity_id <> coalesce(s.sure_id, s.first_id)
            """
        )

    @staticmethod
    def _forget_keys(cursor: Any) -> None:
        cursor.execute("DROP TABLE IF EXISTS hub_old_keys")
        cursor.execute(
            """
            CREATE TEMP TABLE hub_old_keys ON COMMIT DROP AS
            SELECT x.record_id, k.key
            FROM hub_resolved x CROSS JOIN LATERAL (
              SELECT r.keys FROM hub_source_record r WHERE r.id = x.record_id OFFSET 0
            ) r CROSS JOIN LATERAL unnest(r.keys) k(key) WHERE NOT x.is_new
            """
        )
        cursor.execute("CREATE INDEX ON hub_old_keys (key)")
        cursor.execute(
            "DELETE FROM hub_record_key k USING hub_old_keys o WHERE k.key = o.key AND k.record_id = o.record_id"
        )

    def _keep_records(self, cursor: Any, *, any_old: bool, keyed: bool) -> None:
        """Write the source records, keep what they said before, and log the links made by keys."""
        if any_old:
            cursor.execute("CREATE INDEX ON hub_resolved (record_id)")
            cursor.execute(
                f"""
                INSERT INTO hub_source_record_version (company_id, record_id, entity, entity_id, fields, payload, hash,
                  keys, source_updated_at, written_at, deleted_at, batch_id, replaced_by)
                SELECT r.company_id, r.id, '{self.entity.name}', r.entity_id, r.fields, r.payload, r.hash, r.keys,
                       r.source_updated_at, r.written_at, r.deleted_at, r.batch_id, {self.batch}
                FROM hub_resolved x CROSS JOIN LATERAL (
                  SELECT r.* FROM hub_source_record r WHERE r.id = x.record_id OFFSET 0
                ) r WHERE NOT x.is_new
                """
            )
            if keyed:
                self._forget_keys(cursor)
            cursor.execute(
                f"""
                UPDATE hub_source_record r SET fields = x.fields, payload = x.payload, hash = x.hash,
                  keys = x.strong || x.weak || x.lookup, source_updated_at = x.source_updated_at,
                  written_at = now(), deleted_at = NULL, batch_id = {self.batch}
                FROM hub_resolved x WHERE x.record_id = r.id AND NOT x.is_new
                """
            )
        cursor.execute(
            f"""
            INSERT INTO hub_source_record (id, company_id, object_id, external_id, entity_id, fields, payload, hash,
              keys, source_updated_at, batch_id)
            SELECT record_id, {self.company_id}, {self.object_id}, external_id, entity_id, fields, payload, hash,
                   strong || weak || lookup, source_updated_at, {self.batch}
            FROM hub_resolved WHERE is_new
            """
        )
        if not keyed:
            return
        cursor.execute(
            f"""
            INSERT INTO hub_record_key (company_id, key, record_id)
            SELECT DISTINCT {self.company_id}, k.key, x.record_id
            FROM hub_resolved x CROSS JOIN LATERAL unnest(x.strong || x.weak || x.lookup) k(key)
            """
        )
        cursor.execute(
            f"""
            INSERT INTO hub_link_event (company_id, kind, entity, survivor_id, record_ids, rule, batch_id)
            SELECT {self.company_id}, 'exact', '{self.entity.name}', entity_id, ARRAY[record_id], rule, {self.batch}
            FROM hub_resolved WHERE is_new AND rule IS NOT NULL
            """
        )

    def _fold(self, cursor: Any, chunk: Chunk) -> None:
        """Fold what was touched: entities told of by one record straight from it, the others in full."""
        make_folded(cursor)
        cursor.execute("DROP TABLE IF EXISTS hub_multi")
        cursor.execute(
            """
            CREATE TEMP TABLE hub_multi ON COMMIT DROP AS
            SELECT e.entity_id, e.was_fresh FROM (
              SELECT entity_id, bool_or(fresh) AS was_fresh FROM hub_resolved
              GROUP BY entity_id HAVING count(*) > 1 OR NOT bool_or(fresh)
            ) e
            WHERE (SELECT count(*) FROM (SELECT 1 FROM hub_source_record r
                     WHERE r.entity_id = e.entity_id AND r.deleted_at IS NULL LIMIT 2) two) > 1
               OR EXISTS (SELECT 1 FROM hub_field_pin p WHERE p.entity_id = e.entity_id)
            """
        )
        several = max(cursor.rowcount, 0)
        cursor.execute("CREATE INDEX ON hub_multi (entity_id)")
        cursor.execute(
            "INSERT INTO hub_folded SELECT entity_id, fields, jsonb_build_object('*', record_id), fresh "
            "FROM hub_resolved x WHERE NOT EXISTS (SELECT 1 FROM hub_multi m WHERE m.entity_id = x.entity_id)"
        )
        if several:
            fold_many(cursor, company_id=self.company_id, entity=self.entity, ids_table="hub_multi")
            cursor.execute(
                "UPDATE hub_folded f SET fresh = true FROM hub_multi m WHERE m.entity_id = f.entity_id AND m.was_fresh"
            )
        cursor.execute("SELECT EXISTS (SELECT 1 FROM hub_folded WHERE NOT fresh)")
        only_new = not cursor.fetchone()[0]
        self.golden.write(
            cursor,
            by_key=chunk.has_key_references or bool(several),
            custom=chunk.has_custom or bool(several),
            only_new=only_new,
        )
