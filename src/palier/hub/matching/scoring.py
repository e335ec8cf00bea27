"""The scorer: from records to weighed pairs, in SQL.

Normal forms, then the pairs that share a block, then for each pair the outcome of each comparison,
then weights. A block of too many records tells nobody apart and is left out, with a notice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from palier.hub.matching.engines import Engine, Row, one_row
from palier.hub.matching.tables import Comparison, Level, Profile

LARGEST_BLOCK = 100
"""Records that may share a block's key before it is left out: 4,950 pairs at most [ours]."""
FEWEST = 1_000
"""Records from which rarity is judged; with fewer, chance would look like evidence [ours]."""
COMMON_SHARE = 10_000
"""A value borne by one record in so many, and by three at least, is common: a real name, not a typing error [ours]."""
EXPECTED_PAIRS = 0.25
"""Duplicate pairs expected for each record. Source: hub-reference/scorer.py."""
REVIEW, AUTOMATIC = 0.0, 3.0
"""Weights from which a pair is shown to people, and from which it may merge by itself. Source: hub.md §4."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A block's keys that too many records share."""

    profile: str
    block: str
    keys: int
    records: int
    largest: int


@dataclass(frozen=True, slots=True)
class Found:
    """A weighed pair: what each comparison said, and whether the guard holds."""

    a: int
    b: int
    weight: float
    guarded: bool
    levels: tuple[int, ...]
    weights: tuple[float, ...]
    shown: tuple[tuple[str | None, str | None], ...]


@dataclass(slots=True)
class Scorer:
    """Scores the records of a raw table by one profile: `prepare` once, then `score` all pairs or some.

    Pairs that weigh less than `least` are not kept.
    """

    engine: Engine
    profile: Profile
    raw: str
    least: float = REVIEW
    records: int = 0
    prior: float = 0.0
    left_out: list[LeftOut] = field(default_factory=list)

    def run(self) -> None:
        """Compute everything up to the weighed pairs."""
        self.prepare()
        self.score()

    def score(self, *, changed: str = "") -> None:
        """Weigh the pairs; with the name of a table of ids, only those with one of these."""
        if self.records > 1:
            self._pair(changed)
            self._count()
            self._compare()

    def found(self, *, least: float = REVIEW) -> Iterator[Found]:
        """Weighed pairs from a weight on, with the raw values that explain them."""
        if self.records < 2:
            return
        comparisons = self.profile.comparisons
        count = len(comparisons)
        levels = ", ".join(f"s.l_{one.field}" for one in comparisons)
        weights = ", ".join(f"s.w_{one.field}" for one in comparisons)
        shown = ", ".join(
            one.shown.replace("{}", record) for one in comparisons for record in ("a", "b")
        )
        query = (
            f"SELECT s.a, s.b, s.w, s.guarded, {levels}, {weights}, {shown} "
            f"FROM {self._name('scored')} AS s "
            f"JOIN {self.raw} AS a ON a.id = s.a JOIN {self.raw} AS b ON b.id = s.b WHERE s.w >= {least}"
        )
        for rows in self.engine.batches(query):
            for row in rows:
                yield _as_found(row, count)

    def rest(self) -> None:
        """Let the normal forms go: no other pairs will be asked for."""
        self.engine.forget(self._name("n"))

    def _name(self, step: str) -> str:
        return f"{self.profile.name}_{step}"

    def prepare(self) -> None:
        """Bring every record into its normal form."""
        query = f"SELECT * FROM {self.raw} WHERE {self.profile.where}"
        for stage in self.profile.stages:
            made = ", ".join(f"{sql} AS {name}" for name, sql in stage.items())
            query = f"SELECT *, {made} FROM ({query}) AS stage"
        self.engine.keep(
            self._name("n"), f"SELECT id, {', '.join(self.profile.kept())} FROM ({query}) AS done"
        )
        self.records = int(one_row(self.engine, f"SELECT count(*) FROM {self._name('n')}")[0])
        self.prior = math.log2(EXPECTED_PAIRS / max(self.records, FEWEST))

    def _pair(self, changed: str) -> None:
        """The pairs that share the key of a block, each once."""
        parts = []
        for number, block in enumerate(self.profile.blocks):
            keyed = self._name(f"block_{number}")
            each = f"SELECT id, {block.key} AS key FROM {self._name('n')} WHERE {block.key} IS NOT NULL"
            if changed:
                each = (
                    f"SELECT e.id, e.key FROM ({each}) AS e JOIN (SELECT DISTINCT m.key FROM ({each}) AS m "
                    f"JOIN {changed} AS c ON c.id = m.id) AS w ON w.key = e.key"
                )
            self.engine.keep(
                keyed,
                f"SELECT k.id, k.key, s.size FROM ({each}) AS k JOIN (SELECT key, count(*) AS size "
                f"FROM ({each}) AS e GROUP BY key HAVING count(*) > 1) AS s ON s.key = k.key",
            )
            if not changed:
                self._note_left_out(keyed, block.name)
            kept = f"SELECT id, key FROM {keyed} WHERE size <= {LARGEST_BLOCK}"
            if changed:
                parts.append(
                    f"SELECT least(a.id, b.id) AS a, greatest(a.id, b.id) AS b FROM ({kept}) AS a "
                    f"JOIN {changed} AS c ON c.id = a.id JOIN ({kept}) AS b ON b.key = a.key WHERE a.id <> b.id"
                )
            else:
                parts.append(
                    f"SELECT a.id AS a, b.id AS b FROM ({kept}) AS a JOIN ({kept}) AS b "
                    "ON b.key = a.key AND a.id < b.id"
                )
        self.engine.keep(self._name("pair"), " UNION ".join(parts))
        for number in range(len(self.profile.blocks)):
            self.engine.forget(self._name(f"block_{number}"))

    def _note_left_out(self, keyed: str, block: str) -> None:
        keys, records, largest = one_row(
            self.engine,
            f"SELECT count(DISTINCT key), count(*), max(size) FROM {keyed} WHERE size > {LARGEST_BLOCK}",
        )
        if keys:
            self.left_out.append(
                LeftOut(self.profile.name, block, int(keys), int(records), int(largest))
            )

    def _count(self) -> None:
        """The records that occur in pairs, with the number of all records that share each of their values."""
        counted = self.profile.rarities()
        pair, n = self._name("pair"), self._name("n")
        joins = " ".join(
            f"LEFT JOIN (SELECT {name}, count(*) AS shared FROM {n} WHERE {name} IS NOT NULL "
            f"GROUP BY {name} HAVING count(*) > 1) AS f_{name} ON f_{name}.{name} = p.{name}"
            for name in counted
        )
        numbers = "".join(f", coalesce(f_{name}.shared, 1) AS k_{name}" for name in counted)
        paired = f"SELECT * FROM {n} WHERE id IN (SELECT a FROM {pair} UNION SELECT b FROM {pair})"
        self.engine.keep(self._name("near"), f"SELECT p.*{numbers} FROM ({paired}) AS p {joins}")

    def _compare(self) -> None:
        comparisons = self.profile.comparisons
        common = str(max(3, self.records // COMMON_SHARE))
        outcomes = ", ".join(f"{outcome(one)} AS l_{one.field}" for one in comparisons).replace(
            "COMMON", common
        )
        counts = "".join(f", a.k_{name}" for name in self.profile.rarities())
        compared = (
            f"SELECT p.a, p.b, {outcomes}{counts} FROM {self._name('pair')} AS p "
            f"JOIN {self._name('near')} AS a ON a.id = p.a JOIN {self._name('near')} AS b ON b.id = p.b"
        )
        weighed = ", ".join(
            f"{weighing(one, records=max(self.records, FEWEST))} AS w_{one.field}"
            for one in comparisons
        )
        total = " + ".join(f"w_{one.field}" for one in comparisons)
        levels = ", ".join(f"l_{one.field}" for one in comparisons)
        weights = ", ".join(f"w_{one.field}" for one in comparisons)
        self.engine.keep(
            self._name("scored"),
            f"SELECT a, b, {levels}, {weights}, w, ({self.profile.guard_sql()}) AS guarded FROM ("
            f"SELECT *, {self.prior} + {total} AS w FROM (SELECT *, {weighed} FROM ({compared}) AS c) AS d) AS e "
            f"WHERE w >= {self.least}",
        )
        for step in ("pair", "near"):
            self.engine.forget(self._name(step))


def outcome(comparison: Comparison) -> str:
    """SQL for the place of the first level whose condition holds."""
    tests = " ".join(
        f"WHEN {level.when} THEN {place}"
        for place, level in enumerate(comparison.levels)
        if level.when
    )
    left = next(place for place, level in enumerate(comparison.levels) if not level.when)
    return f"CASE {tests} ELSE {left} END"


def weighing(comparison: Comparison, *, records: int) -> str:
    """SQL for the weight of the outcome `l_<field>`."""
    cases = " ".join(
        f"WHEN {place} THEN {_weight(level, records)}"
        for place, level in enumerate(comparison.levels)
    )
    return f"CASE l_{comparison.field} {cases} END"


def _weight(level: Level, records: int) -> str:
    rarity = level.rarity
    if rarity is None:
        return f"CAST({level.weight} AS DOUBLE)"
    most = level.weight + (math.log2(records) if rarity.of_all else 0)
    falling = f"{most} - {rarity.per_doubling} * log2(CAST(k_{rarity.column} AS DOUBLE))"
    return f"greatest(CAST({rarity.floor} AS DOUBLE), least(CAST({rarity.ceiling} AS DOUBLE), {falling}))"


def _as_found(row: Row, count: int) -> Found:
    levels: Sequence[int] = row[4 : 4 + count]
    weights: Sequence[float] = row[4 + count : 4 + 2 * count]
    shown = row[4 + 2 * count :]
    return Found(
        a=row[0],
        b=row[1],
        weight=row[2],
        guarded=bool(row[3]),
        levels=tuple(levels),
        weights=tuple(weights),
        shown=tuple(zip(shown[::2], shown[1::2], strict=True)),
    )
