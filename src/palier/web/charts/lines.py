"""Figures over time: lines with target, previous period and the unfinished one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from palier.web import formats
from palier.web.charts.frame import (
    LABEL_GAP,
    TOOLTIP,
    WIDEST_LABEL,
    Scale,
    apart,
    drawn,
    frame,
    scale_of,
    time_channel,
    value_axis,
)
from palier.web.charts.values import Chart, Series, Spec
from palier.web.formats import NO_BREAK, Grain, Number

MOST_SERIES = 3
"""Colours that stay apart for colour-blind readers. Source: design/style.md §8."""
ZERO_UNLESS_ABOVE = 0.6
"""A line's axis begins at zero unless its lowest value is above this share of its highest."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What every line of one chart shares."""

    unit: str
    currency: str
    grain: Grain
    scale: Scale
    x: Spec
    y: Spec


@dataclass(frozen=True, slots=True)
class _End:
    """A label at the right of a line: its lines of text, its style, the point it stands by."""

    text: tuple[str, ...]
    style: str
    row: Spec


def time_line(
    *,
    title: str,
    unit: str,
    grain: Grain,
    series: Sequence[Series],
    previous: Series | None = None,
    target: Number | None = None,
    target_name: str | None = None,
    currency: str = "EUR",
) -> Chart:
    """Lines over time: at most three series, the target, the period before and the unfinished one.

    The points of `previous` are drawn under those of the first series, one for one.
    """
    if not 1 <= len(series) <= MOST_SERIES:
        raise ValueError("A chart has one to three series")
    shown = [*series, *([previous] if previous else [])]
    values = [p.value for one in shown for p in one.points] + [target]
    scale = scale_of(values, unit=unit, currency=currency)
    known = [v for v in (drawn(value, scale) for value in values) if v is not None]
    from_zero = not known or min(known) <= ZERO_UNLESS_ABOVE * max(known)
    starts = [p.start for p in series[0].points]
    drawing = _Drawing(
        unit=unit, currency=currency, grain=grain, scale=scale, x=time_channel(starts, grain),
        y={
            "field": "value", "type": "quantitative", "axis": value_axis(scale),
            "scale": {"zero": from_zero, "nice": True},
        },
    )  # fmt: skip
    layers, named = _all_lines(drawing, series, previous, starts)
    said_target = ""
    if target is not None:
        written = formats.figure(target, unit, currency, compact=True)
        said_target = f"{target_name or _('Target')}{NO_BREAK}{written}"
        layers.append(_target(said_target, drawn(target, scale), drawing))
        named.append(_End((said_target,), "target-label", {"value": drawn(target, scale)}))
    low = min([0.0, *known]) if from_zero else min(known)
    if low < 0:
        layers.append(_zero(drawing))
    moves = apart(
        [end.row["value"] for end in named], low=low, high=max(known, default=1.0),
        lines=[len(end.text) for end in named],
    )  # fmt: skip
    for end, dy in zip(named, moves):
        layers += _end_label(drawing, end, dy=dy)
    measured = any(p.value is not None for one in shown for p in one.points)
    return Chart(
        title=title, unit=unit, spec=frame(layers),
        summary=_summary(title, series[0], drawing, said_target),
        head=(_("Period"), *(one.name for one in shown)),
        body=_time_table(shown, starts, drawing) if measured else (),
    )  # fmt: skip


def _all_lines(
    drawing: _Drawing, series: Sequence[Series], previous: Series | None, starts: Sequence[dt.date]
) -> tuple[list[Spec], list[_End]]:
    """The layers of every line, and the label of each."""
    layers: list[Spec] = []
    named: list[_End] = []
    if previous is not None:
        rows = _rows(previous, starts, drawing)
        layers += _line(rows, drawing, style="previous", points=False)
        named += [_End((previous.name,), "previous-label", row) for row in _known(rows)[-1:]]
    for index, one in enumerate(series, start=1):
        rows = _rows(one, [p.start for p in one.points], drawing)
        layers += _line(rows, drawing, style=f"series-{index}", points=True)
        named += [
            _End((one.name, *_open_name(row, drawing)), f"label-{index}", row)
            for row in _known(rows)[-1:]
        ]
    return layers, named


def _open_name(row: Spec, drawing: _Drawing) -> tuple[str, ...]:
    """What the dashed end is, on a second line of the label."""
    if not row["open"]:
        return ()
    start = dt.date.fromisoformat(row["at"])
    return (
        _("%(period)s in progress")
        % {"period": formats.period(start, drawing.grain, short=True).replace(" ", NO_BREAK)},
    )


def _rows(series: Series, over: Sequence[dt.date], drawing: _Drawing) -> list[Spec]:
    return [
        {
            "at": at.isoformat(),
            "value": drawn(point.value, drawing.scale),
            "open": point.unfinished,
            "said": "\n".join(
                (
                    series.name,
                    _named_period(point.start, drawing.grain, unfinished=point.unfinished),
                    formats.figure(point.value, drawing.unit, drawing.currency),
                )
            ),
        }
        for point, at in zip(series.points, over)
    ]


def _known(rows: list[Spec]) -> list[Spec]:
    return [row for row in rows if row["value"] is not None]


def _line(rows: list[Spec], drawing: _Drawing, *, style: str, points: bool) -> list[Spec]:
    """A finished part, a dashed last step when the last period is not over, and its points."""
    channels = {"x": drawing.x, "y": drawing.y}
    done = [row for row in rows if not row["open"]]
    layers: list[Spec] = [
        {"data": {"values": done}, "mark": {"type": "line", "style": style}, "encoding": channels}
    ]
    known = _known(rows)
    if rows and rows[-1]["open"] and len(known) > 1:
        dashed = {"type": "line", "style": style, "strokeDash": [3, 4]}
        layers.append({"data": {"values": known[-2:]}, "mark": dashed, "encoding": channels})
    if points:
        alone = [row["at"] for row in known if _isolated(row, rows)]
        dot = {"type": "point", "style": style, "filled": False, "size": 44, "strokeWidth": 2}
        test = f"datum.open || indexof({alone!r}, datum.at) >= 0"
        seen = {"condition": {"test": test, "value": 1}, "value": 0.001}
        encoding = {**channels, "opacity": seen, "tooltip": TOOLTIP}
        layers.append({"data": {"values": known}, "mark": dot, "encoding": encoding})
    return layers


def _isolated(row: Spec, rows: list[Spec]) -> bool:
    """A value between two gaps, which a line alone would not show."""
    at = rows.index(row)
    around = [rows[i]["value"] for i in (at - 1, at + 1) if 0 <= i < len(rows)]
    return all(value is None for value in around)


def _end_label(drawing: _Drawing, end: _End, *, dy: int) -> list[Spec]:
    """The label, over a halo of the page's colour: a line that ends early has others behind its name."""
    text = {
        "type": "text", "align": "left", "baseline": "middle", "dx": 8, "dy": dy,
        "text": list(end.text), "limit": WIDEST_LABEL, "lineHeight": LABEL_GAP,
    }  # fmt: skip
    x = drawing.x if "at" in end.row else {"value": "width"}
    layer: Spec = {"data": {"values": [end.row]}, "encoding": {"x": x, "y": drawing.y}}
    return [{**layer, "mark": {**text, "style": style}} for style in ("halo", end.style)]


def _target(said: str, value: float | None, drawing: _Drawing) -> Spec:
    data = {"values": [{"value": value, "said": said}]}
    rule: Spec = {"type": "rule", "style": "target"}
    return {"data": data, "mark": rule, "encoding": {"y": drawing.y, "tooltip": TOOLTIP}}


def _zero(drawing: _Drawing) -> Spec:
    """Where losses begin: the foot of the chart is not zero."""
    rule: Spec = {"type": "rule", "style": "zero"}
    return {"data": {"values": [{"value": 0}]}, "mark": rule, "encoding": {"y": drawing.y}}


def _named_period(start: dt.date, grain: Grain, *, unfinished: bool) -> str:
    name = formats.period(start, grain)
    return f"{name} ({_('in progress')})" if unfinished else name


def _summary(title: str, series: Series, drawing: _Drawing, target: str) -> str:
    known = [p for p in series.points if p.value is not None]
    if not known:
        return _("%(title)s: nothing measured yet.") % {"title": title}
    first, last = known[0], known[-1]
    sentence = _("%(title)s, from %(first)s in %(start)s to %(last)s in %(end)s.") % {
        "title": title,
        "first": formats.figure(first.value, drawing.unit, drawing.currency),
        "start": formats.period(first.start, drawing.grain),
        "last": formats.figure(last.value, drawing.unit, drawing.currency),
        "end": formats.period(last.start, drawing.grain),
    }
    return f"{sentence} {target}." if target else sentence


def _time_table(
    shown: Sequence[Series], starts: Sequence[dt.date], drawing: _Drawing
) -> tuple[tuple[str, ...], ...]:
    """One row for each period of the first series, one column for each line."""
    first = shown[0].points
    return tuple(
        (
            _named_period(at, drawing.grain, unfinished=first[place].unfinished),
            *(
                formats.figure(
                    one.points[place].value if place < len(one.points) else None,
                    drawing.unit, drawing.currency,
                )
                for one in shown
            ),
        )
        for place, at in enumerate(starts)
    )  # fmt: skip
