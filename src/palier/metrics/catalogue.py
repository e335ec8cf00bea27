"""The catalogue of metrics: look one up by key, list them, and be told what was meant.

Imports no Ibis and no engine: every page reads this module.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

from palier.kernel.refusals import Refusal
from palier.metrics.entries import METRICS
from palier.metrics.metric import Metric

_BY_KEY: dict[str, Metric] = {metric.key: metric for metric in METRICS}


class UnknownMetric(Refusal):
    """A key that is not in the catalogue; `details["suggestion"]` is the nearest one."""

    code: ClassVar[str] = "metrics.unknown_metric"
    message: ClassVar[str] = "There is no metric “%(key)s”. Did you mean “%(suggestion)s”?"


class UnknownDimension(Refusal):
    """A breakdown that the metric does not know; `details["known"]` lists those it does."""

    code: ClassVar[str] = "metrics.unknown_dimension"
    message: ClassVar[str] = (
        "“%(key)s” cannot be broken down by “%(dimension)s”, only by: %(known)s."
    )


class UnknownGrain(Refusal):
    """A grain that the metric does not know."""

    code: ClassVar[str] = "metrics.unknown_grain"
    message: ClassVar[str] = "There is no grain “%(grain)s”, only: %(known)s."


def all_metrics() -> tuple[Metric, ...]:
    """Every metric, in the order of the catalogue: by family."""
    return METRICS


def families() -> tuple[str, ...]:
    """The families in order."""
    return tuple(dict.fromkeys(metric.family for metric in METRICS))


def metric(key: str) -> Metric:
    """The metric of that key.

    Raises UnknownMetric, with the nearest key as suggestion.
    """
    found = _BY_KEY.get(key)
    if found is not None:
        return found
    raise UnknownMetric(key=key, suggestion=_nearest(key))


def _nearest(key: str) -> str:
    """The key most like this one, by its whole text or by its last word."""
    wanted = key.strip().lower().replace("-", "_")
    tails = [one for one in _BY_KEY if one.rpartition(".")[2] == wanted.rpartition(".")[2]]
    close = difflib.get_close_matches(wanted, _BY_KEY, n=1, cutoff=0.0)
    return tails[0] if tails else close[0]


def metrics_of(keys: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of these keys, in their order, each once."""
    return tuple(metric(key) for key in dict.fromkeys(keys))


def check_dimension(*, metric: Metric, dimension: str) -> None:
    """Raise UnknownDimension when the metric cannot be broken down so."""
    if dimension not in metric.dimensions:
        raise UnknownDimension(
            key=metric.key, dimension=dimension, known=", ".join(metric.dimensions) or "–"
        )


def check_grain(*, metric: Metric, grain: str) -> None:
    """Raise UnknownGrain when the metric has no such grain."""
    if grain not in metric.grains:
        raise UnknownGrain(grain=grain, known=", ".join(metric.grains))
