"""Texts that a spreadsheet would take for formulas: how an export guards them, and how an import takes the guard away again."""

from __future__ import annotations

import re

FORMULA = re.compile("'*[=+\\-@\t\r]")
"""How a cell begins that needs a guard: apostrophes count, so that a guard can be told from a text's own apostrophe."""
_GUARDED = re.compile("'+[=+\\-@\t\r]")


def guarded(text: str) -> str:
    """Return a text as a cell that no spreadsheet calculates."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made the cell of."""
    return cell[1:] if _GUARDED.match(cell) else cell
