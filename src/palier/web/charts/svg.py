"""Small charts as SVG written by the server, with attributes only: sparkline, bullet, meter.

Each is decoration next to a written value, hidden from screen readers, unless given a label.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from palier.web.formats import Number

_Place = tuple[float, float] | None
WIDTH, TALL = 120.0, 32.0
EDGE = 3.0


def sparkline(
    values: Sequence[Number | None], *, target: Number | None = None, unfinished: bool = False
) -> SafeString:
    """The shape of a series: gaps stay gaps, an unfinished last period is dashed, the last value has a dot."""
    numbers = [None if v is None else float(v) for v in values]
    known = [v for v in numbers if v is not None]
    if len(known) < 2:
        return mark_safe("")
    goal = None if target is None else float(target)
    low, high = (
        min([*known, *([] if goal is None else [goal])]),
        max([*known, *([] if goal is None else [goal])]),
    )
    placed = [
        None if v is None else (_across(i, len(numbers)), _down(v, low, high))
        for i, v in enumerate(numbers)
    ]
    solid: Sequence[_Place] = placed
    dashed: Sequence[_Place] = ()
    last = max(i for i, place in enumerate(placed) if place is not None)
    if unfinished and last == len(placed) - 1 and placed[last - 1] is not None:
        solid, dashed = placed[:-1], placed[-2:]
    lines = format_html_join("", '<path class="line" d="{}"/>', [(d,) for d in [_path(solid)] if d])
    open_line = format_html('<path class="line open" d="{}"/>', _path(dashed)) if dashed else ""
    rule = "" if goal is None else format_html(
        '<path class="goal" d="M0 {}H{}"/>', _round(_down(goal, low, high)), _round(WIDTH)
    )  # fmt: skip
    end = placed[last] or (0.0, 0.0)
    dot = format_html('<path class="dot" d="M{} {}h.01"/>', _round(end[0]), _round(end[1]))
    return _svg("spark", lines + open_line + rule + dot, height=TALL)


def bullet(
    value: Number | None, *, target: Number | None = None, most: Number | None = None
) -> SafeString:
    """A bar against its target: how far, and where it should be."""
    if value is None:
        return mark_safe("")
    end = float(most if most is not None else max(float(value), float(target or 0)) * 1.1) or 1.0
    fill = format_html(
        '<rect class="fill" y="2" height="8" width="{}"/>',
        _round(_clip(float(value) / end) * WIDTH),
    )
    goal = (
        ""
        if target is None
        else format_html(
            '<path class="goal" d="M{} 0V12"/>', _round(_clip(float(target) / end) * WIDTH)
        )
    )
    ground = format_html('<rect class="ground" y="2" height="8" width="{}"/>', _round(WIDTH))
    return _svg("bullet", ground + fill + goal, height=12)


def meter(share: Number | None) -> SafeString:
    """A share of one as a bar."""
    if share is None:
        return mark_safe("")
    ground = format_html(
        '<rect class="ground" y="1" height="10" rx="2" width="{}"/>', _round(WIDTH)
    )
    fill = format_html(
        '<rect class="fill" y="1" height="10" rx="2" width="{}"/>',
        _round(_clip(float(share)) * WIDTH),
    )
    return _svg("meter", ground + fill, height=12)


def _svg(kind: str, inside: str, *, height: float) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{}</svg>',
        kind, _round(WIDTH), _round(height), mark_safe(inside),  # noqa: S308 - built above by format_html
    )  # fmt: skip


def _across(index: int, count: int) -> float:
    return EDGE + index * (WIDTH - 2 * EDGE) / max(count - 1, 1)


def _down(value: float, low: float, high: float) -> float:
    if high == low:
        return TALL / 2
    return EDGE + (high - value) / (high - low) * (TALL - 2 * EDGE)


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    parts, pen = [], "M"
    for place in places:
        if place is None:
            pen = "M"
            continue
        parts.append(f"{pen}{_round(place[0])} {_round(place[1])}")
        pen = "L"
    return "".join(parts)


def _clip(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _round(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
