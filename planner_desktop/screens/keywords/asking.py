"""The question before something happens to very many rows: how many, which for instance, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys

CONFIRM_ABOVE = 1_000
"""So many rows are changed without a question: undo is nearer than a dialog."""
_SAMPLE = 3


def sample_of(account: Account, keys: Keys) -> str:
    """Return the first few keywords of a selection, and how many more there are."""
    columns = account.columns
    found = [row.keyword for row in columns.rows(keys[:_SAMPLE]) if row] if columns is not None else []
    rest = len(keys) - len(found)
    more = [tr("{n} more").format(n=words.number(rest))] if rest else []
    return " · ".join([*found, *more])


class Asking:
    """Asks above a thousand rows, else lets things happen."""

    def __init__(self, account: Account, theme: Theme, parent: QWidget) -> None:
        self._account = account
        self._theme = theme
        self._parent = parent

    def then(
        self,
        keys: Keys,
        facts: Sequence[tuple[str, str]],
        run: Callable[[], object],
        *,
        consequence: str = "",
    ) -> None:
        """Do something to rows, above a thousand once somebody has agreed. `facts` are (field, what it becomes)."""
        if len(keys) <= CONFIRM_ABOVE:
            run()
            return
        count = words.number(len(keys))
        question = Question(
            tr("Change {count} keywords?").format(count=count),
            consequence or tr("One undo step. Posts with the next sync."),
            tr("Change {count}").format(count=count),
            sample=sample_of(self._account, keys),
            facts=tuple((label, "", said) for label, said in facts),
            destructive=False,
        )
        sheet = confirm(self._theme, self._parent.window(), question)
        sheet.accepted.connect(run)
        sheet.open()
