"""The sheet of a run: reading, then what every step would do, then the run itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from planner_desktop.screens import words
from planner_desktop.screens.plainrows import PlainRows
from planner_desktop.screens.recipes.texts import (
    STEP_TITLES,
    STEP_WIDTHS,
    Row,
    counts_of,
    step_cells,
    tr,
)
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ProgressStrip

if TYPE_CHECKING:  # what reads files and recipes comes with the first of them
    from planner_desktop.app.recipeplan import RunPlan

_SAMPLE = 3
_WIDTH = 880


class RunSheet(Sheet):
    """Shows progress, then the plan; `wanted` when it is to be carried out, `stopped` when nobody waits any more."""

    wanted = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme, window: QWidget, name: str, files: str) -> None:
        super().__init__(
            theme,
            window,
            tr("Run “{recipe}” on {files}").format(recipe=name, files=files),
            tr("Nothing is changed before you say so. All of it is one step of undo."),
            width=_WIDTH,
        )
        self.plan: RunPlan | None = None
        self.strip = ProgressStrip(theme, self.card)
        self.place = Text(theme, "", "body-strong", "text", self.card)
        self.rows: PlainRows[Row] = PlainRows(
            [tr(one) if one else "" for one in STEP_TITLES], step_cells, self
        )
        self.grid = GridView(theme, self.card, frozen=0)
        self.counts = Text(theme, "", "body", "text-2", self.card)
        self.left = Text(theme, "", "small", "text-3", self.card)
        self.cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.go = Button(theme, tr("Run"), "primary", size="button-dialog", parent=self.card)
        self._build()

    def show_progress(self, what: str, figures: str, share: float | None) -> None:
        """Say how far it is."""
        self.strip.show_progress(what, figures, share, cancellable=False)

    def show_plan(self, plan: RunPlan) -> None:
        """Show what would be done; the sheet's owner closes the plan."""
        self.plan = plan
        document = plan.document()
        self.rows.show(document["steps"])
        self.place.setText(f"{document['site']} · {document['sector']}")
        self.counts.setText(counts_of(document))
        self.left.setText("\n".join([*_left_out(plan), *_troubles(document)]))
        self.left.setVisible(bool(self.left.text()))
        self.strip.hide()
        for widget in (self.place, self.grid, self.counts):
            widget.show()
        if plan.is_empty:
            self.go.setText(tr("Nothing to do"))
            self.card.show_note(tr("All of it is there already: these files were run before."))
        else:
            self.go.setText(
                tr("Run on {rows}").format(rows=words.counted(len(plan.prepared.plan), tr("row"), tr("rows")))
            )
        self.go.setEnabled(not plan.is_empty)
        (self.cancel if plan.is_empty else self.go).setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()

    def show_busy(self) -> None:
        """Show progress beside the plan."""
        self.go.setEnabled(False)
        self.strip.show()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()

    def reject(self) -> None:
        self.stopped.emit()
        super().reject()

    def _build(self) -> None:
        body, theme = self.card.body, self._theme
        self.grid.setModel(self.rows)
        self.grid.set_columns(STEP_WIDTHS)
        self.grid.setMinimumHeight(theme.px(220))
        self.grid.setAccessibleName(tr("Steps"))
        for text in (self.counts, self.left):
            text.setWordWrap(True)
        for widget in (self.strip, self.place, self.grid, self.counts, self.left):
            body.addWidget(widget)
        for hidden in (self.place, self.grid, self.counts, self.left):
            hidden.hide()
        self.go.setEnabled(False)
        self.add_button(self.cancel, accepts=False)
        self.card.buttons.addWidget(self.go)
        self.go.clicked.connect(self.wanted)
        self.focus_first(self.cancel)

    def _fit(self) -> None:
        """Take the height of what is shown; a card knows it only once it was laid out anew."""
        self._place()
        QTimer.singleShot(0, self, self._place)


def _left_out(plan: RunPlan) -> list[str]:
    """Return a few of the rows that are left out, with line and reason."""
    found: list[str] = []
    for one in plan.prepared.plan.left_out():
        if len(found) == _SAMPLE:
            break
        name = plan.prepared.plan.files[one.file].name
        found.append(
            tr("{file}, line {line}: “{text}” ({reason})").format(
                file=name, line=words.number(one.line), text=one.text[:60], reason=one.reason
            )
        )
    return found


def _troubles(document: dict[str, Any]) -> list[str]:
    files = [_said_of(one["file"], one["error"]["message"]) for one in document["files"] if "error" in one]
    return [*files, *document["warnings"]]


def _said_of(file: str, message: str) -> str:
    return message if message.startswith(file) else f"{file}: {message}"
