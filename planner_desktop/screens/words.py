"""Numbers, moments and counts as the reader's locale writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from PySide6.QtCore import QLocale

UNKNOWN = "–"
_BRIEF_FROM = 100_000
_STEPS = ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k"))


def choose_locale() -> None:
    """Write numbers as the system does, and as in English where the system has no language at all."""
    if QLocale.system().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


@lru_cache(maxsize=65_536)
def number(value: int) -> str:
    """Return a whole number with the locale's groups."""
    return QLocale().toString(value)


def figure(value: int | None) -> str:
    """Return a number, or the dash that stands for unknown."""
    return UNKNOWN if value is None else number(value)


def short(value: int) -> str:
    """Return a number in at most three digits and a letter from ten thousand on: 2.31 M."""
    for step, letter in _STEPS:
        if value >= step:
            unit = 1000 if letter == "k" else step
            scaled = value / unit
            digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
            return f"{QLocale().toString(scaled, 'f', digits)} {letter}"
    return number(value)


def brief(value: int) -> str:
    """Return a number in full as long as it has at most five digits, else `short`: what stands beside a name."""
    return number(value) if value < _BRIEF_FROM else short(value)


def percent(part: int, whole: int) -> str:
    """Return a share; of nothing it is unknown."""
    return f"{round(100 * part / whole)} %" if whole else UNKNOWN


def counted(count: int, one: str, many: str) -> str:
    """Return a count with its noun: 1 keyword, 1,204 keywords."""
    return f"{number(count)} {one if count == 1 else many}"


@lru_cache(maxsize=8_192)
def day(seconds: int) -> str:
    """Return the local day of a moment (seconds since 1970), with the year when it is not this one."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    month = QLocale().monthName(moment.month, QLocale.FormatType.ShortFormat)
    year = f" {moment.year}" if moment.year != datetime.now(UTC).astimezone().year else ""
    return f"{moment.day} {month}{year}"


@lru_cache(maxsize=8_192)
def brief_day(seconds: int) -> str:
    """Return the local day of a moment of this year, month and year of an earlier one: what a narrow column has room for."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    if moment.year == datetime.now(UTC).astimezone().year:
        return day(seconds)
    return f"{QLocale().monthName(moment.month, QLocale.FormatType.ShortFormat)} {moment.year}"


def exact(seconds: int) -> str:
    """Return a moment with day, year and time."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    month = QLocale().monthName(moment.month, QLocale.FormatType.ShortFormat)
    return f"{moment.day} {month} {moment.year} {moment:%H:%M}"


def moment(unix_ms: int) -> str:
    """Return a moment as the day needs it: the time alone for today, day and time before."""
    if not unix_ms:
        return UNKNOWN
    then = datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone()
    if then.date() == datetime.now(UTC).astimezone().date():
        return f"{then:%H:%M}"
    return f"{day(unix_ms // 1000)} {then:%H:%M}"
