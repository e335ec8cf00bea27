"""What a record may say: its fields, their types, and what is derived from them when it is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import Entity, Field

UNITS = 6_000
"""Annualised minor units are kept 6,000-fold so that every usual term divides exactly (revenue.md §3.1)."""
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "half": 2, "year": 1}
_INT64 = 2**63
MOST_DECIMAL = 10**12
MOST_MONEY = 10**15
MOST_YEARLY = 10**17
"""Numbers beyond these are mistakes, and their sums must stay within the 18 digits of the analytical file:
ten thousand milliards of euros, and a thousand times less for a yearly amount in its units [ours]."""
_TEXT_OR_NONE = {str, type(None)}

NO_FIELDS: Mapping[str, Field] = {}
Check = Callable[[JSON], str | None]


def _check_text(value: JSON) -> str | None:
    return None if isinstance(value, str) else "hub.not-text"


def _check_int(value: JSON) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None if -_INT64 <= value < _INT64 else "hub.out-of-range"
    return "hub.not-a-whole-number"


def _check_money(value: JSON) -> str | None:
    code = _check_int(value)
    if code is None and abs(int(str(value))) >= MOST_MONEY:
        return "hub.out-of-range"
    return code


def _check_decimal(value: JSON) -> str | None:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return "hub.not-a-number"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "hub.not-a-number"
    return None if number.is_finite() and abs(number) < MOST_DECIMAL else "hub.out-of-range"


def _check_share(value: JSON) -> str | None:
    code = _check_decimal(value)
    if code is None and not 0 <= Decimal(str(value)) <= 1:
        return "hub.not-a-share"
    return code


def _check_date(value: JSON) -> str | None:
    try:
        dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "hub.not-a-date"
    return None


def _check_datetime(value: JSON) -> str | None:
    try:
        dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "hub.not-an-instant"
    return None


def _check_bool(value: JSON) -> str | None:
    return None if isinstance(value, bool) else "hub.not-yes-or-no"


def _check_reference(value: JSON) -> str | None:
    if isinstance(value, dict):  # as records keep it
        return (
            None if value.keys() <= {"o", "x"} or value.keys() == {"k"} else "hub.not-a-reference"
        )
    good = (
        isinstance(value, list)
        and len(value) in {2, 3}
        and all(isinstance(part, str) and part for part in value)
    )
    return None if good else "hub.not-a-reference"


_CHECKS: dict[str, Check] = {
    "text": _check_text,
    "int": _check_int,
    "money": _check_money,
    "decimal": _check_decimal,
    "share": _check_share,
    "date": _check_date,
    "datetime": _check_datetime,
    "bool": _check_bool,
    "json": lambda value: None if isinstance(value, dict) else "hub.not-an-object",
    "ref": _check_reference,
}


def check_of(spec: Field) -> Check:
    if spec.type == "choice":
        allowed = frozenset(spec.choices)
        return lambda value: (
            None if isinstance(value, str) and value in allowed else "hub.not-a-choice"
        )
    return _CHECKS[spec.type]


def annual_units(fields: Mapping[str, JSON]) -> int:
    """U of revenue.md §3.1: annualised minor units × 6,000; exact for the usual terms, else half-even."""
    quantity = fields.get("quantity")
    whole = int(str(fields["amount_minor"])) * (1 if quantity is None else int(str(quantity)))
    kept = Decimal(100) - Decimal(str(fields.get("discount_percent") or 0))
    periods = PERIODS_A_YEAR[str(fields["interval"])]
    count = int(str(fields.get("interval_count", 1) or 1))
    return int((whole * kept * periods * (UNITS // 100) / count).to_integral_value())


class Shape:
    """What there is to check in records that carry the same fields; `custom` are the company's own declared ones."""

    __slots__ = ("all_text", "checks", "custom", "required", "unknown")

    def __init__(
        self, names: tuple[str, ...], entity: Entity, custom: Mapping[str, Field] = NO_FIELDS
    ) -> None:
        known = {spec.name: spec for spec in entity.fields} | dict(custom)
        self.custom = any(name.startswith("custom.") for name in names)
        self.unknown = next(
            (name for name in names if name not in known and not name.startswith("custom.")), None
        )
        self.checks = tuple((name, check_of(known[name])) for name in names if name in known)
        self.all_text = all(name in known and known[name].type == "text" for name in names)
        self.required = tuple(spec.name for spec in entity.fields if spec.required)

    def problem(self, record: Record) -> Rejection | None:
        """Why a record of this shape is refused, if it is."""
        fields = record.fields
        if self.unknown is not None:
            return Rejection(
                record.line, self.unknown, "hub.unknown-field", {"field": self.unknown}
            )
        if not self.all_text or not set(map(type, fields.values())) <= _TEXT_OR_NONE:
            for name, check in self.checks:
                value = fields[name]
                if value is not None and (code := check(value)) is not None:
                    return Rejection(
                        record.line, name, code, {"field": name, "value": str(value)[:80]}
                    )
        for name in self.required:
            value = fields.get(name)
            if value is None or value == "":
                return Rejection(record.line, name, "hub.missing-field", {"field": name})
        return None
