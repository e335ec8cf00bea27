"""Days and instants. Day before month or month before day is decided from the whole column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from palier.hub.imports.parsers.outcome import Bad, Outcome, Parser, bad
from palier.hub.imports.parsers.text import clean, folded

Order: TypeAlias = Literal["dmy", "mdy", "ymd", "auto"]

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years a company's records may speak of; 0001 and 9999 are stand-ins of programmes."""
PIVOT = 69
"""Two-digit years from here on are of the 1900s. Source: POSIX strptime."""
EXCEL_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a count of local days
FIRST_SERIAL, LAST_SERIAL = 14_611, 73_415
"""Spreadsheet day numbers of 1940-01-01 and 2100-12-31: five digits elsewhere are something else."""

TIME = (
    r"(?:[T ,à]+(?P<h>\d{1,2})[:hH](?P<m>\d{2})?(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r" ?(?P<half>[aApP]\.?[mM]\.?)? ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?\Z"
)
ISO = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<mo>\d{1,2})(?P=sep)(?P<d>\d{1,2})" + TIME)
COMPACT = re.compile(r"(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})" + TIME)
LOCAL = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/. ])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + TIME)
NAMED = re.compile(
    r"(?P<d>\d{1,2})(?:er|st|nd|rd|th)?[ .\-/]+(?P<name>[^\W\d]+)\.?[ .,\-/]+(?P<y>\d{4})" + TIME
)
NAME_FIRST = re.compile(
    r"(?P<name>[^\W\d]+)\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})" + TIME
)
SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?\Z")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev feb february",
            "mars mar march",
            "avril avr april apr",
            "mai may",
            "juin jun june",
            "juillet juil jul july",
            "aout aug august",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}


def date_order(text: str) -> Literal["dmy", "mdy"] | None:
    """What one cell says of its column's order: 13/01 is day first, 01/13 month first."""
    match = LOCAL.match(clean(text))
    if match is None:
        return None
    first, second = int(match["a"]), int(match["b"])
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else None


def looks_like_date(text: str) -> bool:
    """Whether a cell reads as a day or an instant in some order (bare digits do not count)."""
    body = clean(text)
    if not any(form.match(body) for form in (ISO, LOCAL, NAMED, NAME_FIRST)):
        return False
    return any(isinstance(_read(body, order), dt.datetime) for order in ("dmy", "mdy"))


def _read(body: str, order: str) -> dt.datetime | Bad:
    """The moment the cell names, aware only when it carries its own zone."""
    match = ISO.match(body) or COMPACT.match(body)
    if match:
        return _moment(body, int(match["y"]), int(match["mo"]), int(match["d"]), match)
    if match := LOCAL.match(body):
        if order == "ymd":
            return bad("import.date_order", body, order=order)
        first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
        if len(match["y"]) == 2:
            year += 1900 if year >= PIVOT else 2000
        day, month = (second, first) if order == "mdy" else (first, second)
        if month > 12 >= day:
            return bad("import.date_order", body, order=order)
        return _moment(body, year, month, day, match)
    if match := NAMED.match(body) or NAME_FIRST.match(body):
        named = MONTHS.get(folded(match["name"]))
        if named:
            return _moment(body, int(match["y"]), named, int(match["d"]), match)
    if SERIAL.match(body):
        days = float(body.replace(",", "."))
        if FIRST_SERIAL <= days <= LAST_SERIAL:
            moment = EXCEL_EPOCH + dt.timedelta(days=days)
            return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return bad("import.date", body)


def _moment(body: str, year: int, month: int, day: int, match: re.Match[str]) -> dt.datetime | Bad:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return bad("import.date_range", body, first=str(FIRST_YEAR), last=str(LAST_YEAR))
    hour, minute, second = (int(match[name] or 0) for name in ("h", "m", "s"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return bad("import.date", body)
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    fraction = int((match["f"] or "0")[:6].ljust(6, "0"))
    try:
        return dt.datetime(
            year, month, day, hour, minute, second, fraction, tzinfo=_zone(match["zone"])
        )
    except ValueError:
        return bad("import.date", body)


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text in {"Z", "UTC", "GMT"}:
        return dt.UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def date_parser(*, order: Order, timezone: ZoneInfo) -> Parser:
    """Reads days, "YYYY-MM-DD". An instant with its own zone gives the day it was in `timezone`."""
    known = "dmy" if order == "auto" else order

    def parse(text: str) -> Outcome:
        moment = _read(clean(text), known)
        if isinstance(moment, Bad):
            return moment
        if moment.tzinfo is not None:
            moment = moment.astimezone(timezone)
        return moment.date().isoformat()

    return parse


def moment_parser(*, order: Order, timezone: ZoneInfo) -> Callable[[str], dt.datetime | Bad]:
    """Reads instants in UTC; a time without zone is local to `timezone`."""
    known = "dmy" if order == "auto" else order

    def parse(text: str) -> dt.datetime | Bad:
        moment = _read(clean(text), known)
        if isinstance(moment, Bad):
            return moment
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone)
        return moment.astimezone(dt.UTC)

    return parse


def epoch_moment(text: str) -> dt.datetime | Bad:
    """Reads seconds, or milliseconds, since 1970 in UTC."""
    body = clean(text)
    if not re.fullmatch(r"\d{9,10}(?:\.\d+)?|\d{12,13}", body):
        return bad("import.epoch", text)
    seconds = float(body)
    if seconds > 1e11:
        seconds /= 1000
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def datetime_parser(*, read: Callable[[str], dt.datetime | Bad]) -> Parser:
    """Instants as canonical text, "2025-12-31T23:00:00Z"; milliseconds only when there are some."""

    def parse(text: str) -> Outcome:
        moment = read(text)
        return moment if isinstance(moment, Bad) else canonical_instant(moment)

    return parse


def epoch_date_parser(*, timezone: ZoneInfo) -> Parser:
    """Days from Unix time, in `timezone`."""

    def parse(text: str) -> Outcome:
        moment = epoch_moment(text)
        return moment if isinstance(moment, Bad) else moment.astimezone(timezone).date().isoformat()

    return parse


def canonical_instant(moment: dt.datetime) -> str:
    """The one text of an instant in UTC."""
    precision = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
