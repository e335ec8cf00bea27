"""The statements behind the one door: one chunk of staged rows into records, entities and changes.

Each step is a set operation. A chunk is staged once; after that its rows are known by their place
(`ctid`) in `hub_stage`, so that narrow tables carry the work. A chunk of which nothing is known is
written as it lies there. Every join names its order, staged
rows first, and reaches a large table by the one index that suits: with scans, hash and merge joins
disabled by the door, no statistics can turn a chunk into a scan of the hub per row. For the same
reason temporary tables carry no index: it would offer the planner the other order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palier.hub.fold import fold_many
from palier.hub.golden import GoldenWriter
from palier.hub.identity import WEAK_KEYS
from palier.hub.known import differs, lies_apart, stage
from palier.hub.past import keep_records
from palier.hub.schema import Entity
from palier.hub.scratch import cleared
from palier.hub.staging import FEW_ROWS, Chunk

_STAGED = "CROSS JOIN LATERAL (SELECT s.* FROM hub_stage s WHERE s.ctid = x.place OFFSET 0) s"
_WRITTEN = "external_id, s.fields, s.payload, s.hash, s.keys, s.lookup, s.source_updated_at"
_KEYS = {"strong": ("keys", "hub_record_key"), "weak": ("weak", "hub_lookup_key")}
"""The staged keys of a rule, and the table of those known."""
NOTHING_GIVEN: Mapping[str, int] = {}
_CANDIDATES = 32
"""Records looked at for a key, oldest first: a key shared by more tells nobody apart [ours]."""


@dataclass(slots=True)
class ChunkCounts:
    """How many of a chunk's rows made an entity and how many told something new of one."""

    created: int = 0
    updated: int = 0


class ChunkWriter:
    """Writes the chunks of one operation: one source object, one entity, one change set."""

    def __init__(
        self,
        *,
        company_id: int,
        entity: Entity,
        object_id: int,
        batch_id: int | None,
        golden: GoldenWriter,
        given: Mapping[str, int] = NOTHING_GIVEN,
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self.object_id = object_id
        self.batch = "NULL" if batch_id is None else str(int(batch_id))
        self.golden = golden
        self.given = given

    @property
    def next_ord(self) -> int:
        """The next free ordinal of the change set."""
        return self.golden.next_ord

    def write(self, cursor: Any, chunk: Chunk) -> ChunkCounts:
        """Bring one chunk in; what became of its rows."""
        if not chunk.lines:
            return ChunkCounts()
        stage(cursor, chunk)
        if self._is_all_new(cursor, chunk):
            if chunk.fates is not None:
                chunk.fates.update(dict.fromkeys(chunk.places, True))
            return ChunkCounts(self._create(cursor, chunk, all_new=True))
        touched, new = self._resolve(cursor)
        if chunk.fates is not None:
            cursor.execute("SELECT ord, is_new FROM hub_resolved")
            chunk.fates.update(cursor.fetchall())
        if new and self.given:
            self._link_as_given(cursor)
        if new:
            self._identify(cursor, chunk)
        if touched > new:
            self._keep_past(cursor, chunk)
            self._change_records(cursor)
        created = self._create(cursor, chunk, all_new=False) if new else 0
        if created < touched:
            self._fold_again(cursor, chunk)
        return ChunkCounts(new, touched - new)

    def _is_all_new(self, cursor: Any, chunk: Chunk) -> bool:
        """Whether each row tells of a thing of its own of which nothing was known."""
        if self.given or chunk.has_followers or chunk.has_lonely or len(chunk.places) <= FEW_ROWS:
            return False
        if not lies_apart(cursor, entity=self.entity, object_id=self.object_id):
            return False
        for rule in self._rules(chunk):
            keys, table = _KEYS[rule]
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM (SELECT unnest({keys}) AS key FROM hub_stage ORDER BY 1 OFFSET 0) w "
                f"JOIN {table} rk ON rk.key = w.key)"
            )
            if cursor.fetchone()[0]:
                return False
        return True

    def _resolve(self, cursor: Any) -> tuple[int, int]:
        """Keep the rows that are new or differ from what their tool said last: how many, how many new.

        New ones get the numbers of a record and of an entity of their own.
        """
        cursor.execute(
            f"""
            WITH kept AS (
              INSERT INTO {cleared(cursor, "hub_resolved")}
              SELECT s.ord, s.ctid, coalesce(r.id, s.record_id), coalesce(r.entity_id, s.entity_id),
                     r.id IS NULL, r.id IS NULL, r.id IS NULL, NULL
              FROM hub_stage s LEFT JOIN LATERAL (
                SELECT r.id, r.entity_id, r.hash, r.deleted_at, r.source_updated_at FROM hub_source_record r
                WHERE r.object_id = {self.object_id} AND r.external_id = s.external_id OFFSET 0
              ) r ON true
              WHERE {differs("s")}
              RETURNING is_new
            )
            SELECT count(*), count(*) FILTER (WHERE is_new) FROM kept
            """
        )
        touched, new = cursor.fetchone()
        return touched, new

    def _identify(self, cursor: Any, chunk: Chunk) -> None:
        """Link new records to the entity that one of their keys names, or that a row beside them makes."""
        for rule in self._rules(chunk):
            self._link_to_known(cursor, rule)
        if chunk.has_followers:
            self._link_followers(cursor)
        if chunk.has_lonely:
            self._link_weak_sisters(cursor)
        if chunk.has_followers or chunk.has_lonely:
            cursor.execute(
                """
                UPDATE hub_resolved r SET alone = false
                FROM (SELECT ctid AS at, alone, count(*) OVER (PARTITION BY entity_id) AS rows FROM hub_resolved) x
                WHERE r.ctid = x.at AND x.alone AND x.rows > 1
                """
            )

    @staticmethod
    def _rules(chunk: Chunk) -> list[str]:
        """By which keys the rows of a chunk may be linked, the decisive ones first."""
        return ["strong"] * chunk.has_keys + ["weak"] * chunk.has_weak

    def _link_as_given(self, cursor: Any) -> None:
        """New records whose entity is named by who brings them."""
        cursor.execute(
            """
            UPDATE hub_resolved r SET entity_id = f.entity_id, fresh = false, alone = false, rule = 'given'
            FROM (
              SELECT x.ctid AS at, g.entity_id
              FROM unnest(%s::text[], %s::bigint[]) g(external_id, entity_id)
              CROSS JOIN LATERAL (
                SELECT x.ctid, x.fresh FROM hub_stage s CROSS JOIN LATERAL (
                  SELECT x.ctid, x.fresh FROM hub_resolved x WHERE x.place = s.ctid OFFSET 0) x
                WHERE s.external_id = g.external_id OFFSET 0
              ) x WHERE x.fresh
            ) f WHERE r.ctid = f.at
            """,
            [list(self.given), list(self.given.values())],
        )

    def _link_to_known(self, cursor: Any, rule: str) -> None:
        """The first key decides; of several entities that share it, the oldest.

        Keys are looked up in the order of their index, so that neighbours are found together.
        A weak key does not link where its guard differs.
        """
        keys, table = _KEYS[rule]
        weak, allowed = WEAK_KEYS.get(self.entity.name), ""
        if rule == "weak" and weak is not None:
            allowed = f"""
              CROSS JOIN LATERAL (SELECT s.fields->>'{weak.guard}' AS said FROM hub_stage s
                                  WHERE s.ctid = w.place OFFSET 0) s
              WHERE NOT EXISTS (SELECT 1 FROM hub_{self.entity.name} g
                                WHERE g.id = r.entity_id AND g.{weak.guard} <> s.said OFFSET 0)"""
        cursor.execute(
            f"""
            UPDATE hub_resolved r SET entity_id = f.entity_id, fresh = false, alone = false, rule = '{rule}'
            FROM (
              SELECT DISTINCT ON (w.ord) w.at, r.entity_id
              FROM (
                SELECT x.ctid AS at, x.place, x.ord, k.key, k.rank
                FROM hub_resolved x {_STAGED} CROSS JOIN LATERAL unnest(s.{keys}) WITH ORDINALITY k(key, rank)
                WHERE x.fresh ORDER BY k.key OFFSET 0
              ) w
              CROSS JOIN LATERAL (
                SELECT rk.record_id FROM {table} rk WHERE rk.key = w.key
                ORDER BY rk.record_id LIMIT {_CANDIDATES}
              ) rk
              CROSS JOIN LATERAL (
                SELECT r.entity_id FROM hub_source_record r
                WHERE r.id = rk.record_id AND r.deleted_at IS NULL OFFSET 0
              ) r {allowed}
              ORDER BY w.ord, w.rank, r.entity_id
            ) f WHERE r.ctid = f.at
            """
        )

    @staticmethod
    def _link_followers(cursor: Any) -> None:
        """Rows of this chunk with the same first strong key speak of one entity: the first row's."""
        cursor.execute(
            f"""
            UPDATE hub_resolved r SET entity_id = f.leading, fresh = false, alone = false, rule = 'strong'
            FROM (
              SELECT x.ctid AS at, x.fresh, x.entity_id,
                     first_value(x.entity_id) OVER (PARTITION BY s.keys[1] ORDER BY x.fresh, x.ord) AS leading
              FROM hub_resolved x {_STAGED} WHERE s.keys IS NOT NULL
            ) f WHERE r.ctid = f.at AND f.fresh AND f.entity_id <> f.leading
            """
        )

    @staticmethod
    def _link_weak_sisters(cursor: Any) -> None:
        """Rows of this chunk with a weak key and none of their own nature (a SIREN, say) join the only entity that shares the key."""
        cursor.execute(
            f"""
            UPDATE hub_resolved r SET entity_id = f.joined, fresh = false, alone = false, rule = 'weak'
            FROM (
              SELECT at, lonely AND fresh AND sure_first IS NOT DISTINCT FROM sure_last AS joins,
                     entity_id, coalesce(sure_first, first) AS joined
              FROM (
                SELECT x.ctid AS at, x.fresh, x.entity_id, s.sure = 0 AS lonely,
                       min(x.entity_id) FILTER (WHERE s.sure > 0) OVER same AS sure_first,
                       max(x.entity_id) FILTER (WHERE s.sure > 0) OVER same AS sure_last,
                       min(x.entity_id) OVER same AS first
                FROM hub_resolved x {_STAGED}
                CROSS JOIN LATERAL unnest(s.weak) k(key)
                WHERE x.is_new
                WINDOW same AS (PARTITION BY k.key)
              ) w
            ) f WHERE r.ctid = f.at AND f.joins AND f.joined <> f.entity_id
            """
        )

    def _keep_past(self, cursor: Any, chunk: Chunk) -> None:
        """Archive what changed records said, and put their keys right."""
        keep_records(
            cursor,
            entity=self.entity.name,
            ids="SELECT x.record_id FROM hub_resolved x WHERE NOT x.is_new",
            batch=self.batch,
        )
        cursor.execute(
            f"""
            INSERT INTO {cleared(cursor, "hub_rekeyed")}
            SELECT x.record_id, r.keys AS old, s.keys AS new
            FROM hub_resolved x CROSS JOIN LATERAL (
              SELECT r.keys FROM hub_source_record r WHERE r.id = x.record_id OFFSET 0
            ) r {_STAGED} WHERE NOT x.is_new AND r.keys IS DISTINCT FROM s.keys
            """
        )
        if cursor.rowcount > 0:
            cursor.execute(
                "DELETE FROM hub_record_key k USING (SELECT x.record_id, o.key FROM hub_rekeyed x "
                "CROSS JOIN LATERAL unnest(x.old) o(key) OFFSET 0) o WHERE k.key = o.key AND k.record_id = o.record_id"
            )
            cursor.execute(
                f"INSERT INTO hub_record_key (company_id, key, record_id) SELECT {self.company_id}, n.key, x.record_id "
                "FROM hub_rekeyed x CROSS JOIN LATERAL unnest(x.new) n(key)"
            )
        if chunk.kinds:
            cursor.execute(
                "DELETE FROM hub_lookup_key k USING hub_resolved x WHERE k.record_id = x.record_id AND NOT x.is_new"
            )
            cursor.execute(
                f"INSERT INTO hub_lookup_key (company_id, key, record_id) SELECT {self.company_id}, k.key, x.record_id "
                f"FROM hub_resolved x {_STAGED} CROSS JOIN LATERAL unnest(s.lookup) k(key) WHERE NOT x.is_new"
            )

    def _change_records(self, cursor: Any) -> None:
        cursor.execute(
            f"""
            UPDATE hub_source_record r SET fields = x.fields, payload = x.payload, hash = x.hash, keys = x.keys,
              source_updated_at = x.source_updated_at, written_at = now(), deleted_at = NULL, batch_id = {self.batch}
            FROM (
              SELECT x.record_id, s.fields, s.payload, s.hash, s.keys, s.source_updated_at
              FROM hub_resolved x {_STAGED} WHERE NOT x.is_new OFFSET 0
            ) x WHERE x.record_id = r.id
            """
        )

    def _create(self, cursor: Any, chunk: Chunk, *, all_new: bool) -> int:
        """Write new records with their keys and links, and the entities they alone tell of; how many of these."""
        if all_new:
            rows = f"NOT MATERIALIZED (SELECT s.record_id, s.entity_id, true AS alone, NULL AS rule, s.{_WRITTEN} FROM hub_stage s)"
        else:
            rows = (
                f"MATERIALIZED (SELECT x.record_id, x.entity_id, x.alone, x.rule, s.{_WRITTEN} "
                f"FROM hub_resolved x {_STAGED} WHERE x.is_new)"
            )
        parts = [
            f"x AS {rows}",
            f"""
            records AS (
              INSERT INTO hub_source_record (id, company_id, object_id, external_id, entity_id, fields, payload, hash,
                keys, source_updated_at, batch_id)
              SELECT record_id, {self.company_id}, {self.object_id}, external_id, entity_id, fields, payload, hash,
                     keys, source_updated_at, {self.batch} FROM x
            )""",
        ]
        if chunk.has_keys:
            parts.append(self._inserted_keys("hub_record_key", "keys"))
        if not all_new and self._rules(chunk):
            parts.append(
                f"""
                links AS (
                  INSERT INTO hub_link_event (company_id, kind, entity, survivor_id, record_ids, rule, batch_id)
                  SELECT {self.company_id}, 'exact', '{self.entity.name}', entity_id, ARRAY[record_id], rule, {self.batch}
                  FROM x WHERE rule IS NOT NULL
                )"""
            )
        if chunk.kinds:
            parts.append(self._inserted_keys("hub_lookup_key", "lookup"))
        parts.append(
            "folded AS NOT MATERIALIZED (SELECT entity_id, fields, jsonb_build_object('*', record_id) AS prov FROM x WHERE alone)"
        )
        creation = self.golden.creation(
            names=chunk.names, by_key=bool(chunk.referenced), custom=chunk.has_custom
        )
        cursor.execute(f"WITH {', '.join(parts)}, {creation}")
        return self.golden.count_created(cursor)

    def _inserted_keys(self, table: str, column: str) -> str:
        return (
            f"{table}s AS (INSERT INTO {table} (company_id, key, record_id) "
            f"SELECT {self.company_id}, k.key, x.record_id FROM x CROSS JOIN LATERAL unnest(x.{column}) k(key) "
            "ORDER BY k.key)"  # neighbours in the index are written together
        )

    def _fold_again(self, cursor: Any, chunk: Chunk) -> None:
        """Fold the entities of several rows or several records from all that is known of them."""
        cursor.execute(
            f"INSERT INTO {cleared(cursor, 'hub_again')} (entity_id, fresh) "
            "SELECT entity_id, bool_or(fresh) FROM hub_resolved WHERE NOT alone GROUP BY entity_id"
        )
        fold_many(
            cursor,
            company_id=self.company_id,
            entity=self.entity,
            ids_table="hub_again",
            fresh="m.fresh",
        )
        self.golden.write(cursor, by_key=True, custom=True)
