"""From a keyword in memory to what the grid draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt

from planner_core.figures import INTENTS, band
from planner_desktop.screens import words
from planner_desktop.screens.standing import Question
from planner_desktop.screens.values import field_word, value_word
from planner_desktop.widgets.roles import (
    DISABLED,
    EDITED,
    OVERRIDE,
    QUIET,
    REFUSED,
    RIGHT,
    STRONG,
    Cell,
    Kind,
)

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow

RIGHT_ALIGNED: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
MARKS: Final = ("synced", "waiting", "conflict", "refused")
STATUSES: Final = ("new", "mapped")


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("Keywords", text)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `field` is what sort orders call it ("" for none), `width` in design pixels."""

    name: str
    title: str
    width: int
    field: str
    right: bool = False


COLUMNS: Final = (
    Column("mark", "", 30, ""),
    Column("keyword", "Keyword", 156, "keyword"),
    Column("volume", "Volume", 88, "volume", right=True),
    Column("difficulty", "Difficulty", 80, "difficulty"),
    Column("intent", "Intent", 120, "intent"),
    Column("country", "Country", 68, "country"),
    Column("cluster", "Cluster", 104, "cluster"),
    Column("status", "Status", 78, "status"),
    Column("sector", "Sector", 96, "sector"),
    Column("enabled", "Enabled", 68, ""),
    Column("created", "Created", 68, "created"),
)
PLACE: Final = {column.name: at for at, column in enumerate(COLUMNS)}
MARK, KEYWORD, VOLUME, DIFFICULTY = (PLACE[name] for name in ("mark", "keyword", "volume", "difficulty"))
CLUSTER, STATUS, SECTOR, ENABLED = (PLACE[name] for name in ("cluster", "status", "sector", "enabled"))

_LOADING: Final = tuple(
    Cell(Kind.LOADING, "", RIGHT if column.right else 0, 0.0 if column.name == "mark" else 0.55)
    for column in COLUMNS
)
_FIELD_PLACE: Final = {
    "volume_override": VOLUME,
    "difficulty_override": DIFFICULTY,
    "cluster": CLUSTER,
    "status": STATUS,
    "disabled": KEYWORD,
}


def loading_cells() -> Sequence[Cell]:
    """Return the cells of a row that is still on its way."""
    return _LOADING


@lru_cache(maxsize=64)
def intent_words(mask: int) -> tuple[str, str, str]:
    """Return (chip, its colour's name, all in words) of an intent mask."""
    found = [intent for bit, intent in enumerate(INTENTS) if mask >> bit & 1]
    if not found:
        return "", "", ""
    chip = found[0].capitalize() + (f" +{len(found) - 1}" if len(found) > 1 else "")
    return chip, found[0], ", ".join(found)


def status_word(status: int) -> str:
    """Return the word of a status code of the columns."""
    return STATUSES[status] if status < len(STATUSES) else "other"


@lru_cache(maxsize=1024)
def _number(value: int | None, flags: int) -> Cell:
    return Cell(Kind.NUMBER, "" if value is None else words.number(value), flags)


@lru_cache(maxsize=1024)
def _difficulty(value: int | None, flags: int) -> Cell:
    return Cell(Kind.DIFFICULTY, "" if value is None else str(value), flags, band(value))


@lru_cache(maxsize=256)
def _intent(mask: int, flags: int) -> Cell:
    chip, colour, _ = intent_words(mask)
    return Cell(Kind.CHIP, chip, flags, colour or None)


@lru_cache(maxsize=64)
def _status(status: int, flags: int) -> Cell:
    word = status_word(status)
    sign = word if word in STATUSES else "candidate"
    return Cell(Kind.STATUS, tr(word.capitalize()), flags, sign)


@lru_cache(maxsize=16)
def _mark(mark: int) -> Cell:
    state = MARKS[mark]
    return Cell(Kind.MARK, tr(state), 0, state)


@lru_cache(maxsize=4096)
def _date(created: int | None, flags: int) -> Cell:
    return Cell(Kind.DATE, "" if created is None else words.brief_day(created), flags)


def cells_of(
    row: KeywordRow, edited: Sequence[str] = (), questions: Sequence[Question] = ()
) -> tuple[Cell, ...]:
    """Return the cells of a keyword, in the order of `COLUMNS`.

    `edited` are its fields that differ from what the platform has, `questions` what Review asks about it.
    """
    off = DISABLED if row.disabled else 0
    flags = [off] * len(COLUMNS)
    for name in edited:
        flags[_FIELD_PLACE[name]] |= EDITED
    for question in questions:
        for name in question.fields:
            if question.refused and name in _FIELD_PLACE:
                flags[_FIELD_PLACE[name]] |= REFUSED
    if row.volume_override is not None:
        flags[VOLUME] |= OVERRIDE
    if row.difficulty_override is not None:
        flags[DIFFICULTY] |= OVERRIDE
    on = tr("off") if row.disabled else tr("on")
    return (
        _mark(row.mark),
        Cell(Kind.TEXT, row.keyword, STRONG | flags[KEYWORD]),
        _number(row.volume, flags[VOLUME]),
        _difficulty(row.difficulty, flags[DIFFICULTY]),
        _intent(row.intent, off),
        Cell(Kind.TEXT, row.country or "", QUIET | off),
        Cell(Kind.CLUSTER, row.cluster_name or "", flags[CLUSTER]),
        _status(row.status, flags[STATUS]),
        Cell(Kind.TEXT, row.sector_name, QUIET | off),
        Cell(Kind.ONOFF, on, QUIET if row.disabled else 0),
        _date(row.created, off),
    )


def sentence(row: KeywordRow, questions: Sequence[Question] = ()) -> str:
    """Return a keyword in one sentence, for screen readers."""
    parts = [
        row.keyword,
        tr("volume {volume}").format(volume=words.figure(row.volume)),
        tr("difficulty {difficulty}").format(difficulty=words.figure(row.difficulty)),
        row.cluster_name or tr("no cluster"),
        status_word(row.status),
    ]
    if row.disabled:
        parts.append(tr("disabled"))
    if row.mark:
        parts.append(MARKS[row.mark])
    if MARKS[row.mark] == "conflict":
        parts.append(_both_sides(questions))
    return ", ".join(parts)


def cell_words(row: KeywordRow, column: int) -> str:
    """Return one cell as header and value, for screen readers."""
    title = COLUMNS[column].title
    value = cells_of(row)[column].text or tr("unknown")
    overridden = (column == VOLUME and row.volume_override is not None) or (
        column == DIFFICULTY and row.difficulty_override is not None
    )
    return f"{title} {value}" + (", " + tr("overridden") if overridden else "")


Tip = tuple[str, str]


def is_overridden(row: KeywordRow, column: int) -> bool:
    """Return whether a cell holds a figure of the user's own."""
    own = {VOLUME: row.volume_override, DIFFICULTY: row.difficulty_override}
    return own.get(column) is not None


def tip_of(row: KeywordRow, column: int, questions: Sequence[Question], origin: str = "") -> Tip | None:
    """Return what a cell's tooltip says: a title and a second line; None where there is nothing to add.

    `origin` says who gave an override and when, "" where that is not known.
    """
    asked = next((question for question in questions if question.refused), None)
    if column == MARK:
        return _mark_tip(row.mark, questions)
    maker = _TIPS.get(COLUMNS[column].name)
    found = maker(row) if maker is not None else None
    if is_overridden(row, column):
        found = _override_tip(row.seed_volume if column == VOLUME else row.seed_difficulty, origin)
    if asked is not None and COLUMNS[column].name in {
        name.removesuffix("_override") for name in asked.fields
    }:
        return (tr("Refused by the platform"), asked.message)
    return found


def _mark_tip(mark: int, questions: Sequence[Question]) -> Tip:
    if MARKS[mark] == "waiting":
        return (tr("Waiting"), tr("Goes to the platform with the next sync"))
    if MARKS[mark] == "conflict":
        return (tr("Conflict"), _both_sides(questions))
    if MARKS[mark] == "refused":
        reason = next((question.message for question in questions if question.refused), "")
        return (tr("Refused by the platform"), reason or tr("Double click opens Review"))
    return (tr("Synced"), tr("As on the platform"))


def _both_sides(questions: Sequence[Question]) -> str:
    """Say what a conflict is about: the row itself shows the platform's values."""
    sides = [
        tr("{field}: platform {theirs}, mine {mine}").format(
            field=field_word(field), theirs=value_word(field, theirs), mine=value_word(field, mine)
        )
        for question in questions
        if not question.refused
        for field, mine, theirs in zip(question.fields, question.mine, question.theirs, strict=False)
        if mine != theirs
    ]
    what = "; ".join(sides) or tr("Somebody else changed it too")
    return tr("{what} · decide in Review (double click)").format(what=what)


def _override_tip(seed: int | None, origin: str) -> Tip:
    said = (
        tr("Library: {value} · {origin} · Ctrl ⌫ resets")
        if origin
        else tr("Library: {value} · Ctrl ⌫ resets")
    )
    return (tr("Your own figure"), said.format(value=words.figure(seed), origin=origin))


def _intent_tip(row: KeywordRow) -> Tip | None:
    _, _, every = intent_words(row.intent)
    return (every, "") if "," in every else None


def _created_tip(row: KeywordRow) -> Tip | None:
    return None if row.created is None else (words.exact(row.created), "")


_TIPS: dict[str, Callable[[KeywordRow], Tip | None]] = {
    "keyword": lambda row: (row.keyword, tr("Disabled: left out of automated work") if row.disabled else ""),
    "intent": _intent_tip,
    "cluster": lambda row: (row.cluster_name, "") if row.cluster_name else None,
    "sector": lambda row: (f"{row.site_name}, {row.sector_name}", ""),
    "created": _created_tip,
}
