"""Which sure pairs may merge together: groups in which everyone is sure of everyone, never chains.

A chain (A is B, B is C, but A is not C) cost 3.6 to 5.8 points of precision when it was merged (hub.md §1.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Pair = tuple[int, int]


def whole_groups(pairs: Iterable[Pair]) -> list[list[int]]:
    """The connected groups of which every two are a pair, each in the order of its numbers."""
    near: dict[int, set[int]] = {}
    for a, b in pairs:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    seen: set[int] = set()
    groups = []
    for first in sorted(near):
        if first in seen:
            continue
        group = _reached(first, near)
        seen |= group
        if all(len(near[one]) == len(group) - 1 for one in group):
            groups.append(sorted(group))
    return groups


def _reached(first: int, near: dict[int, set[int]]) -> set[int]:
    found, waiting = {first}, [first]
    while waiting:
        new = near[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def rounds(groups: Iterable[list[int]]) -> Iterator[list[Pair]]:
    """The merges of all groups in rounds: in each one an entity occurs once, and the oldest one stays."""
    waiting = [list(group) for group in groups]
    place = 1
    while batch := [(group[0], group[place]) for group in waiting if len(group) > place]:
        yield batch
        place += 1
