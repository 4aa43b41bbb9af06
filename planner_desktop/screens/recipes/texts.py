"""What the Recipes page calls things, and recipes and plans as the cells of grids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens import words
from planner_desktop.widgets.roles import DISABLED, QUIET, STRONG, Cell, Kind

Row = Mapping[str, Any]


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("Recipes", text)


RECIPE_TITLES = ("Recipe", "Into", "Steps", "Last run")
RECIPE_WIDTHS = (180, 160, 380, 96)
STEP_TITLES = ("", "Step", "Does", "For example")
STEP_WIDTHS = (32, 250, 170, 360)
_FATES = {
    "add": "{n} added",
    "already_there": "{n} there already",
    "fill": "{n} figures filled in",
    "update": "{n} overrides replaced",
    "no_seed": "{n} without a seed: candidates",
    "misaligned": "{n} with a seed elsewhere: candidates",
    "duplicate": "{n} repeated",
    "excluded": "{n} left out",
    "junk": "{n} no keywords",
    "unreadable": "{n} unreadable",
}


def recipe_cells(row: Row) -> tuple[Cell, ...]:
    """Return the cells of a recipe; one that cannot be read says so in the place of its steps."""
    trouble = str(row["trouble"])
    steps = tr("Cannot be run: {why}").format(why=_first(row)) if trouble else " · ".join(row["steps"])
    return (
        Cell(Kind.TEXT, str(row["name"]), QUIET if trouble else STRONG),
        Cell(Kind.TEXT, " " if trouble else place_of(row), QUIET),
        Cell(Kind.TEXT, steps, QUIET),
        Cell(Kind.TEXT, when(row), QUIET),
    )


def _first(row: Row) -> str:
    """Return the first thing that is wrong, without the name of the file."""
    if not row["problems"]:
        return str(row["trouble"])
    one = row["problems"][0]
    where = tr("line {n}").format(n=one["line"]) if one["line"] else ""
    return ", ".join(part for part in (where, str(one["message"])) if part)


def step_cells(step: Row) -> tuple[Cell, ...]:
    """Return the cells of a step of a plan."""
    return (
        Cell(Kind.TEXT, str(step["step"]), QUIET),
        Cell(Kind.TEXT, str(step["do"]), STRONG),
        Cell(Kind.TEXT, effect(step), 0 if _does_something(step) else DISABLED),
        Cell(Kind.TEXT, ", ".join(step["sample"]), QUIET),
    )


def effect(step: Row) -> str:
    """Return in words what a step does to how many rows."""
    if "left_out" in step:
        parts = [tr("{n} left out").format(n=words.number(step["left_out"]))] if step["left_out"] else []
        if step["rewritten"]:
            parts.append(tr("{n} rewritten").format(n=words.number(step["rewritten"])))
        return ", ".join(parts) or tr("nothing")
    if not step["changed"]:
        return tr("nothing")
    return words.counted(step["changed"], tr("keyword"), tr("keywords"))


def _does_something(step: Row) -> bool:
    return bool(step.get("left_out") or step.get("rewritten") or step.get("changed"))


def counts_of(document: Row) -> str:
    """Return what becomes of the rows of the files, in one line."""
    return " · ".join(
        tr(_FATES[fate]).format(n=words.number(count)) for fate, count in document["counts"].items()
    )


def place_of(row: Row) -> str:
    """Return the site and sector a recipe names; where it names none, those of the window are meant."""
    named = [str(row[name]) for name in ("site", "sector") if row.get(name)]
    return " · ".join(named) if len(named) == 2 else tr("The place shown")


def when(row: Row) -> str:
    """Return when a recipe was run last, as the reader's day needs it."""
    at = str(row["last_run"])
    return words.moment(round(datetime.fromisoformat(at).timestamp() * 1000)) if at else tr("Never")
