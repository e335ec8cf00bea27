"""Values inside an answer by their path, placeholders in a call, and an item as the row of a table."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from palier.hub.imports.decode.objects import DECODER, flat

_PLACE = re.compile(r"\{(\w+)\}")


class _Empty:
    """What stands for a placeholder without value until what holds it is left out."""


EMPTY = _Empty()


def decoded(body: bytes) -> Any:
    """The JSON of an answer, numbers kept as they were written. Raises: `ValueError`."""
    return DECODER.decode(body.decode("utf-8").strip())


def at(value: Any, path: str) -> Any:
    """What is at a path ("a.b.0", "*.results" for each element's); None where there is nothing."""
    for step in path.split(".") if path else ():
        if step == "*":
            rest = path.partition("*.")[2]
            found = [at(one, rest) for one in value] if isinstance(value, list) else []
            return [one for part in found if isinstance(part, list) for one in part]
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.lstrip("-").isdigit():
            place = int(step)
            value = value[place] if -len(value) <= place < len(value) else None
        else:
            return None
    return value


def has(value: Any, path: str) -> bool:
    """Whether an item still has what a path names, as one value: absent or grown into a table is not empty."""
    if isinstance(value, dict) and path in value:
        return not isinstance(value[path], dict)
    for step in path.split("."):
        if value is None or isinstance(value, list):
            return True
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return not isinstance(value, dict)


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set what is at a path, making the tables on the way."""
    *steps, last = path.split(".")
    for step in steps:
        target = target.setdefault(step, {})
    target[last] = value


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its placeholders replaced; `EMPTY` when nothing is left of it."""
    if isinstance(template, str):
        whole = _PLACE.fullmatch(template)
        if whole is not None and whole[1] in values:
            found = values[whole[1]]
            return EMPTY if found is None else found
        names = [name for name in _PLACE.findall(template) if name in values]
        if any(values[name] is None for name in names):
            return EMPTY
        for name in names:
            template = template.replace(f"{{{name}}}", str(values[name]))
        return template
    if isinstance(template, Mapping):
        found = {name: filled(one, values) for name, one in template.items()}
        kept = {name: one for name, one in found.items() if one is not EMPTY}
        texts = template and all(isinstance(one, str) for one in template.values())
        return EMPTY if texts and not kept else kept
    if isinstance(template, list | tuple):
        return [one for one in (_element(each, values) for each in template) if one is not EMPTY]
    return template


def _element(template: Any, values: Mapping[str, Any]) -> Any:
    """An element of a list: left out when something directly inside it is empty."""
    inside: Iterable[Any] = ()
    if isinstance(template, Mapping):
        inside = template.values()
    elif isinstance(template, list | tuple):
        inside = template
    if any(isinstance(one, str) and filled(one, values) is EMPTY for one in inside):
        return EMPTY
    return filled(template, values)


def row(
    item: Mapping[str, Any],
    *,
    columns: Iterable[str],
    false_is_empty: bool,
    flags: Iterable[str],
    scaled: Mapping[str, str],
) -> dict[str, str | None]:
    """An item as cells: nested names with points, and what the columns name inside lists."""
    kept = set(flags)
    cells = flat(dict(item))
    for column in columns:
        if column not in cells:
            cells[column] = cell(at(item, column))
    if false_is_empty:
        cells = {n: None if c == "false" and n not in kept else c for n, c in cells.items()}
    for name, factor in scaled.items():
        if said := cells.get(name):
            with contextlib.suppress(InvalidOperation):
                cells[name] = format(Decimal(said) * Decimal(factor), "f")
    return cells


def cell(value: Any) -> str | None:
    """A value as a cell: true and false in words, lists and tables as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def moment(cell: Any) -> dt.datetime | None:
    """The instant that a tool's text or number tells; without a zone it is UTC. None when it tells none."""
    if cell is None or isinstance(cell, bool):
        return None
    text = str(cell).strip()
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return dt.datetime.fromtimestamp(float(text), dt.UTC)
        if re.fullmatch(r"\d{12,14}", text):
            return dt.datetime.fromtimestamp(int(text) / 1000, dt.UTC)
        found = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def written(at_: dt.datetime, how: str) -> str | int:
    """An instant as a tool wants it asked."""
    at_ = at_.astimezone(dt.UTC)
    if how == "epoch":
        return int(at_.timestamp())
    if how == "epoch_ms":
        return int(at_.timestamp() * 1000)
    if how == "date":
        return at_.date().isoformat()
    if how == "sql":
        return at_.strftime("%Y-%m-%d %H:%M:%S")
    return at_.isoformat(timespec="milliseconds").replace("+00:00", "Z")
