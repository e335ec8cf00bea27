"""The working tables of the one door: made once a session, emptied before each use.

Making a table writes half a dozen catalogues, and emptying a dozen of them at each commit walks
through all of the session's buffers for each: for an operation on one record either would take
longer than all the rest.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

_TABLES = {
    # what a chunk says, with the numbers that a record and an entity of its own would get
    "hub_stage": (
        "ord int, external_id text, hash uuid, source_updated_at timestamptz, fields jsonb, payload text, "
        "keys bigint[], sure int, weak bigint[], lookup bigint[], "
        "record_id bigint DEFAULT nextval('hub_source_record_id_seq'), entity_id bigint DEFAULT nextval('hub_entity_id')"
    ),
    # the same without what a known row need not send
    "hub_told_rows": "ord int, external_id text, hash uuid, source_updated_at timestamptz",
    # `is_new` records are unknown; `fresh` ones make an entity; `alone` ones are all that is known of it
    "hub_resolved": (
        "ord int, place tid, record_id bigint, entity_id bigint, is_new boolean, fresh boolean, alone boolean, rule text"
    ),
    "hub_rekeyed": "record_id bigint, old bigint[], new bigint[]",
    "hub_event_touched": "place tid, id bigint, is_new boolean",
    # entities to fold: whether each is new, whether a record still tells of it, whether several or a person do
    "hub_again": "entity_id bigint, fresh boolean, told boolean",
    "hub_told": "entity_id bigint, fresh boolean, several boolean",
    "hub_folded": "entity_id bigint, fields jsonb, prov jsonb, fresh boolean",
    "hub_standing": "field text, survival text, source_id bigint, rank int, PRIMARY KEY (source_id, field)",
    "hub_lookup_new": "key bigint, record_id bigint",
    "hub_deal_steps": "deal_id bigint, kinds text[], instants timestamptz[], actor text",
    "hub_retired": "id bigint, entity_id bigint, external_id text",
    "hub_merging": "survivor_id bigint, loser_id bigint, event_id bigint DEFAULT nextval('hub_link_event_id_seq')",
    "hub_restored": "id bigint, kept jsonb",
    "hub_returning": "entity_id bigint",
    "hub_undone": "record_id bigint, entity_id bigint, entity text, keys bigint[], version_id bigint",
}
_MADE = "; ".join(
    f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})" for name, columns in _TABLES.items()
)
ARE_THERE = (
    "(SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname IN ("
    + ", ".join(f"'{name}'" for name in _TABLES)
    + f")) = {len(_TABLES)}"
)
"""Whether this session has its working tables, as SQL."""
_DELETES = 500
"""Small uses of a table after which it is truncated: deleted rows leave their traces, and nothing else sweeps a temporary table [ours]."""


class _Session:
    """What one connection left in its working tables, and how much the operation at hand will put there."""

    __slots__ = ("few", "large", "uses")

    def __init__(self) -> None:
        self.few = False
        self.uses: dict[str, int] = {}
        self.large: set[str] = set()


_sessions: WeakKeyDictionary[Any, _Session] = WeakKeyDictionary()


def begin(cursor: Any, *, few: bool) -> None:
    """Tell how much the operation that begins will put into the working tables: a few rows, or many."""
    _session(cursor).few = few


def make(cursor: Any) -> None:
    """Make the working tables that this session does not have yet."""
    cursor.execute(_MADE)


def cleared(cursor: Any, table: str) -> str:
    """The name of a working table, empty, whatever this session put there before.

    Truncating gives a table a new file, which takes longer than deleting a few rows from the old one.
    """
    session = _session(cursor)
    uses = session.uses.get(table, 0)
    if table in session.large or uses > _DELETES:
        cursor.execute(f"TRUNCATE {table}")
        session.large.discard(table)
        uses = 0
    elif uses:
        cursor.execute(f"DELETE FROM {table}")
    session.uses[table] = uses + 1
    if not session.few:
        session.large.add(table)
    return table


def _session(cursor: Any) -> _Session:
    raw = cursor.connection
    found = _sessions.get(raw)
    if found is None:
        found = _sessions[raw] = _Session()
    return found
