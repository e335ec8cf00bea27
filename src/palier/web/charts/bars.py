"""Amounts side by side: bars by dimension, movements stacked by period, and the bridge between two totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.web import formats
from palier.web.charts.frame import (
    HEIGHT,
    TOOLTIP,
    WIDEST_LABEL,
    Scale,
    apart,
    band_channel,
    drawn,
    frame,
    scale_of,
    value_axis,
)
from palier.web.charts.values import Bar, Chart, Movements, Spec
from palier.web.formats import Grain, Number

ROW = 30
"""Height of one horizontal bar with its space, in pixels."""
GAINS = ("new", "expansion", "reactivation")
LOSSES = ("churn", "contraction")
TINTS = {"new": 1.0, "expansion": 0.62, "reactivation": 0.34, "churn": 1.0, "contraction": 0.5}
"""Movements have two hues, gain and loss, and one tint each: three series colours are all there are."""


def movement_names() -> dict[str, str]:
    """The word for each movement, in the order in which they are told."""
    return {
        "new": pgettext("movement", "New"),
        "expansion": pgettext("movement", "Expansion"),
        "reactivation": pgettext("movement", "Reactivation"),
        "contraction": pgettext("movement", "Contraction"),
        "churn": pgettext("movement", "Lost"),
    }


def bars(
    *, title: str, unit: str, dimension: str, items: Sequence[Bar], currency: str = "EUR"
) -> Chart:
    """One horizontal bar for each value of a dimension, from zero, in the order given."""
    scale = scale_of([item.value for item in items], unit=unit, currency=currency)
    cents = formats.cents_beside([item.value for item in items], currency)
    rows = []
    for item in items:
        said = formats.figure(item.value, unit, currency, cents=cents)
        rows.append({
            "label": item.label, "from": 0, "to": drawn(item.value, scale), "written": said,
            "said": f"{item.label}\n{said}",
        })  # fmt: skip
    layers = _horizontal(rows, style=lambda _row: "gain")
    measured = any(item.value is not None for item in items)
    top = max(
        (i for i in items if i.value is not None), key=lambda i: float(i.value or 0), default=None
    )
    summary = _("%(title)s: nothing measured yet.") % {"title": title}
    if top is not None:
        summary = _("%(title)s by %(dimension)s: %(first)s comes first with %(value)s.") % {
            "title": title, "dimension": dimension, "first": top.label,
            "value": formats.figure(top.value, unit, currency),
        }  # fmt: skip
    return Chart(
        title=title, unit=unit, summary=summary, short=True,
        spec=frame(layers, height=ROW * max(len(rows), 1)),
        head=(dimension[:1].upper() + dimension[1:], title),
        body=tuple((str(row["label"]), str(row["written"])) for row in rows) if measured else (),
    )  # fmt: skip


def bridge(
    *,
    title: str,
    unit: str,
    opening: tuple[str, Number],
    movements: Movements,
    closing: tuple[str, Number],
    currency: str = "EUR",
) -> Chart:
    """From one total to the next, movement by movement (a waterfall, read from top to bottom)."""
    names = movement_names()
    parts = [(name, getattr(movements, key)) for key, name in names.items()]
    reached, tops = opening[1], [opening[1], closing[1]]
    steps: list[tuple[str, Number, Number, str]] = [(opening[0], 0, opening[1], "total")]
    for name, value in parts:
        after = _plus(reached, value)
        steps.append((name, reached, after, "gain" if value >= 0 else "loss"))
        reached = after
        tops.append(after)
    steps.append((closing[0], 0, closing[1], "total"))
    scale = scale_of(tops, unit=unit, currency=currency)
    cents = formats.cents_beside(tops, currency)
    rows, exact = [], []
    for label, begin, end, style in steps:
        whole = style == "total"
        moved = end if whole else _plus(end, -begin)
        said = formats.figure(moved, unit, currency, signed=not whole, cents=cents)
        rows.append({
            "label": label, "from": drawn(begin, scale), "to": drawn(end, scale), "style": style,
            "edge": max(drawn(begin, scale) or 0, drawn(end, scale) or 0), "written": said,
            "said": f"{label}\n{said}",
        })  # fmt: skip
        exact.append((label, formats.figure(moved, unit, currency, signed=not whole, cents=True)))
    layers = _horizontal(rows, style=lambda row: str(row["style"]), label_at="edge")
    summary = _("%(title)s, from %(first)s to %(last)s.") % {
        "title": title,
        "first": formats.figure(opening[1], unit, currency),
        "last": formats.figure(closing[1], unit, currency),
    }
    return Chart(
        title=title, unit=unit, summary=summary, short=True,
        spec=frame(layers, height=ROW * len(rows)),
        head=(_("Movement"), title),
        body=tuple(exact),
    )  # fmt: skip


def _horizontal(
    rows: list[Spec], *, style: Callable[[Spec], str], label_at: str = "to"
) -> list[Spec]:
    """Bars one under the other, each with its value at its end."""
    y = {
        "field": "label", "type": "ordinal", "sort": None,
        "scale": {"domain": [row["label"] for row in rows], "paddingInner": 0.35, "paddingOuter": 0.15},
        "axis": {"labelLimit": WIDEST_LABEL, "domain": False},
    }  # fmt: skip
    x = {
        "field": "from",
        "type": "quantitative",
        "axis": None,
        "scale": {"zero": True, "nice": False},
    }
    known = [row for row in rows if row["to"] is not None]
    layers: list[Spec] = [
        {
            "data": {"values": [row for row in known if style(row) == name]},
            "mark": {"type": "bar", "style": name},
            "encoding": {"y": y, "x": x, "x2": {"field": "to"}, "tooltip": TOOLTIP},
        }
        for name in dict.fromkeys(style(row) for row in known)
    ]
    text = {"type": "text", "style": "value-label", "align": "left", "baseline": "middle", "dx": 6}
    blank = [{**row, "to": 0, "edge": 0} for row in rows if row["to"] is None]
    layers.append({
        "data": {"values": known + blank},
        "mark": text,
        "encoding": {"y": y, "x": {**x, "field": label_at}, "text": {"field": "written"}},
    })  # fmt: skip
    return layers


def movements_by_period(
    *, title: str, unit: str, grain: Grain, periods: Sequence[Movements], currency: str = "EUR"
) -> Chart:
    """Gains above zero and losses below, stacked by period, with the net as a mark."""
    keys = (*GAINS, *LOSSES)
    sums = [sum(max(float(getattr(p, k)), 0.0) for k in keys) for p in periods] + [
        sum(min(float(getattr(p, k)), 0.0) for k in keys) for p in periods
    ]
    scale = scale_of(sums, unit=unit, currency=currency)
    stacked = {
        key: _stack(key, periods, scale, grain=grain, unit=unit, currency=currency) for key in keys
    }
    in_progress = next((p.start for p in periods if p.unfinished), None)
    x = band_channel([p.start for p in periods], grain, unfinished=in_progress)
    x["scale"] = {**x["scale"], "domain": [p.start.isoformat() for p in periods]}
    y = {"field": "from", "type": "quantitative", "axis": value_axis(scale)}
    layers: list[Spec] = []
    for key, rows in stacked.items():
        style = "gain" if key in GAINS else "loss"
        for unfinished in (False, True):
            values = [row for row in rows if row["open"] is unfinished and row["from"] != row["to"]]
            if values:
                outlined = {"filled": False, "strokeDash": [3, 3], "strokeWidth": 1.25}
                mark = {
                    "type": "bar",
                    "style": style,
                    **(outlined if unfinished else {"fillOpacity": TINTS[key]}),
                }
                encoding = {"x": x, "y": y, "y2": {"field": "to"}, "tooltip": TOOLTIP}
                layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})
    layers += _net(periods, scale, x, y, unit=unit, currency=currency, grain=grain)
    reach = [v * scale.factor for v in sums] or [0.0]
    layers += _stack_labels(stacked, y, low=min(reach), high=max(reach))
    names = movement_names()
    body = tuple(
        (
            formats.period(p.start, grain) + (f" ({_('in progress')})" if p.unfinished else ""),
            *(formats.figure(getattr(p, key), unit, currency, signed=True) for key in names),
            formats.figure(_net_of(p), unit, currency, signed=True),
        )
        for p in periods
    )
    summary = _("%(title)s: gains above zero, losses below, for %(count)s periods.") % {
        "title": title, "count": len(periods),
    }  # fmt: skip
    head = (_("Period"), *names.values(), pgettext("movement", "Net"))
    return Chart(
        title=title,
        unit=unit,
        spec=frame(layers, height=HEIGHT),
        summary=summary,
        head=head,
        body=body,
    )


def _net_of(period: Movements) -> Number:
    total: Number = 0
    for key in (*GAINS, *LOSSES):
        total = _plus(total, getattr(period, key))
    return total


def _plus(one: Number, other: Number) -> Number:
    """A sum that stays exact when both sides are."""
    if isinstance(one, float) or isinstance(other, float):
        return float(one) + float(other)
    return one + other


def _stack(
    key: str, periods: Sequence[Movements], scale: Scale, *, grain: Grain, unit: str, currency: str
) -> list[Spec]:
    """Where the segment of one movement begins and ends in each period."""
    side = GAINS if key in GAINS else LOSSES
    under = side[: side.index(key)]
    name = movement_names()[key]
    rows = []
    for period in periods:
        begin = sum(float(getattr(period, k)) for k in under)
        value = getattr(period, key)
        rows.append({
            "at": period.start.isoformat(), "from": begin * scale.factor,
            "to": (begin + float(value)) * scale.factor, "open": period.unfinished,
            "said": f"{name}\n{formats.period(period.start, grain)}\n{formats.figure(value, unit, currency, signed=True)}",
        })  # fmt: skip
    return rows


def _net(
    periods: Sequence[Movements],
    scale: Scale,
    x: Spec,
    y: Spec,
    *,
    unit: str,
    currency: str,
    grain: Grain,
) -> list[Spec]:
    rows = [
        {
            "at": p.start.isoformat(), "from": float(_net_of(p)) * scale.factor,
            "said": f"{pgettext('movement', 'Net')}\n{formats.period(p.start, grain)}\n"
            + formats.figure(_net_of(p), unit, currency, signed=True),
        }
        for p in periods
    ]  # fmt: skip
    mark = {"type": "tick", "style": "net", "orient": "horizontal", "thickness": 2, "opacity": 1}
    zero: Spec = {
        "data": {"values": [{"from": 0}]},
        "mark": {"type": "rule", "style": "zero"},
        "encoding": {"y": y},
    }
    return [
        zero,
        {"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y, "tooltip": TOOLTIP}},
    ]


def _stack_labels(
    stacked: dict[str, list[Spec]], y: Spec, *, low: float, high: float
) -> list[Spec]:
    """The name of each movement at the right, at the height of its last segment."""
    names = movement_names()
    last = {
        key: rows[-1]
        for key, rows in stacked.items()
        if rows and any(r["from"] != r["to"] for r in rows)
    }
    middles = {key: (row["from"] + row["to"]) / 2 for key, row in last.items()}
    moves = apart(list(middles.values()), low=low, high=high)
    layers: list[Spec] = []
    for (key, middle), dy in zip(middles.items(), moves):
        style = "label-1" if key in GAINS else "label-2"
        text = {
            "type": "text",
            "style": style,
            "align": "left",
            "baseline": "middle",
            "dx": 8,
            "dy": dy,
            "text": names[key],
        }
        layers.append({
            "data": {"values": [{"from": middle}]}, "mark": text,
            "encoding": {"x": {"value": "width"}, "y": y},
        })  # fmt: skip
    return layers
