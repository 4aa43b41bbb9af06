"""The plan of an import, shown before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.importing.fatebar import FateBar
from planner_desktop.screens.importing.filecards import FileCards
from planner_desktop.screens.importing.howread import HowRead
from planner_desktop.screens.importing.planning import Planned
from planner_desktop.screens.importing.rows import DIFFICULTY, FILE, TITLES, WIDTHS, PlanModel
from planner_desktop.screens.importing.rules import RulesPanel
from planner_desktop.screens.importing.texts import keywords_word, rows_word, tr
from planner_desktop.screens.standing import Places
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ProgressStrip

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.app.prepared import Prepared

_NAMED = 5
_PANEL_FROM = 820
_ALL_FROM = 760
_LAST = len(TITLES) - 1


class Preview(QWidget):
    """Files, fates, rows and rules. It owns the plan it shows."""

    import_requested = Signal()
    left = Signal()
    changed = Signal(object)
    """The Wish of another plan of the same files."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.planned: Planned | None = None
        self._busy = False
        self.header = PageHeader(theme, tr("Import plan"), self)
        self.back = Button(theme, tr("Back"), "plain", parent=self)
        self.go = Button(theme, tr("Import"), "primary", icon="check", hint="Ctrl ⏎", parent=self)
        self.strip = ProgressStrip(theme, self)
        self.cards = FileCards(theme, self)
        self.fates = FateBar(theme, self)
        self.grid = GridView(theme, self, frozen=0)
        self.model = PlanModel(self)
        self.panel = RulesPanel(theme, self)
        self._head = Ground(theme, "surface", self)
        self._build()

    # ------------------------------------------------------------ the plan

    def show_plan(self, planned: Planned, places: Places) -> None:
        """Show a plan in the place of another."""
        self.close_plan()
        self.planned = planned
        prepared, wish = planned.prepared, planned.wish
        self.cards.show_files(prepared.plan.files)
        self.fates.show_counts(prepared.counts)
        self.panel.offer_places(places, (wish.site, wish.sector))
        self.panel.show_notes(prepared.plan.files, _notes(prepared))
        self._show_rows(self.fates.value)
        self.header.set_count(tr("nothing is written yet"))
        self.show_busy(busy=False)
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_plan(self) -> None:
        """Let go of the plan: its rows are gone."""
        planned, self.planned = self.planned, None
        self.model.show(None)
        if planned is not None:
            planned.prepared.close()

    def hand_over(self) -> Planned | None:
        """Return the plan for being carried out on another thread; its rows are not shown any more."""
        planned, self.planned = self.planned, None
        self.model.show(None)
        return planned

    def show_busy(self, *, busy: bool) -> None:
        """While another plan is made, this one stays to be looked at, and only that."""
        self._busy = busy
        self.strip.setVisible(busy)
        count = _useful(self.planned.prepared) if self.planned is not None else 0
        self.go.setText(tr("Import {rows}").format(rows=rows_word(count)))
        self.go.setEnabled(count > 0 and not busy)
        self.go.setToolTip("" if count else tr("No row of these files would be kept"))

    def apply(self) -> None:
        """Carry the plan out, where there is something to carry out."""
        if self.planned is not None and self.go.isEnabled():
            self.import_requested.emit()

    def how_read(self, number: int) -> None:
        """Offer to read a file otherwise."""
        planned = self.planned
        if planned is None or self._busy:
            return
        one = planned.prepared.plan.files[number]
        sheet = HowRead(self._theme, self.window(), one)

        def again() -> None:
            choices = {**planned.wish.choices, one.name: sheet.choices}
            self.changed.emit(replace(planned.wish, choices=choices))

        sheet.accepted.connect(again)
        sheet.open()

    # ------------------------------------------------------------ inside

    def _show_rows(self, fate: str) -> None:
        if self.planned is not None:
            names = [one.name for one in self.planned.prepared.plan.files]
            self.model.show(self.planned.rows, names, fate)
            self._fit()

    def _ruled(self) -> None:
        planned, place = self.planned, self.panel.place
        if planned is None or place is None:
            return
        wish = replace(planned.wish, site=place[0], sector=place[1], on_duplicate=self.panel.on_duplicate)
        if wish != planned.wish:
            self.changed.emit(wish)

    def _build(self) -> None:
        theme = self._theme
        self.header.add_action(self.back)
        self.header.add_action(self.go)
        self.grid.setModel(self.model)
        self.grid.set_columns(WIDTHS)
        self.grid.setAccessibleName(tr("Rows of the plan"))
        self.strip.hide()
        head = self._head_column = QVBoxLayout(self._head)
        head.addWidget(self.strip)
        head.addWidget(self.cards)
        head.addWidget(self.fates)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self._head)
        left.addWidget(self.grid, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(left, 1)
        body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(body, 1)
        self.back.clicked.connect(self.left)
        self.go.clicked.connect(self.apply)
        self.cards.chosen.connect(self.how_read)
        self.fates.chosen.connect(self._show_rows)
        self.panel.changed.connect(self._ruled)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        edge = self._theme.space("panel")
        self._head_column.setContentsMargins(edge, self._theme.px(12), edge, self._theme.px(10))
        self._head_column.setSpacing(self._theme.px(12))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The reasons take what the other columns leave; where there is little room, they count more than file and difficulty."""
        self.panel.setVisible(self.width() >= self._theme.px(_PANEL_FROM))
        room = self.width() - (self.panel.width() if not self.panel.isHidden() else 0)
        roomy = room >= self._theme.px(_ALL_FROM)
        files = len(self.planned.prepared.plan.files) if self.planned is not None else 1
        self.grid.setColumnHidden(FILE, files == 1 or not roomy)
        self.grid.setColumnHidden(DIFFICULTY, not roomy)
        others = sum(
            self._theme.px(wide)
            for at, wide in enumerate(WIDTHS)
            if at != _LAST and not self.grid.isColumnHidden(at)
        )
        self.grid.setColumnWidth(_LAST, max(self._theme.px(220), room - others - self._theme.px(16)))


def _useful(prepared: Prepared) -> int:
    """Return how many rows are kept in some way: what is made, changed, or waits as a candidate."""
    counts = prepared.counts
    return sum(
        counts.get(name, 0) for name in ("add", "fill", "update", "already_there", "no_seed", "misaligned")
    )


def _notes(prepared: Prepared) -> list[str]:
    counts = prepared.counts
    found = []
    candidates = counts.get("no_seed", 0) + counts.get("misaligned", 0)
    if candidates:
        found.append(
            tr("1 keyword without a seed: kept here as a candidate, looked up again after each sync.")
            if candidates == 1
            else tr(
                "{rows} without a seed: kept here as candidates, looked up again after each sync."
            ).format(rows=keywords_word(candidates))
        )
    found += prepared.elsewhere()
    values = prepared.matched.values()
    if values.counts():
        found.append(tr("In all: {what}.").format(what=prepared.said()))
    if values.new_clusters:
        found.append(_clusters_said(list(values.new_clusters.values())))
    other = prepared.matched.other_country.total()
    if other:
        found.append(
            tr("{rows} take a seed of another country: the library has none of theirs.").format(
                rows=keywords_word(other)
            )
        )
    return found


def _clusters_said(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    more = tr(" and {n} more").format(n=words.number(len(names) - _NAMED)) if len(names) > _NAMED else ""
    what = words.counted(len(names), tr("cluster"), tr("clusters"))
    return tr("{clusters} will be created: {names}{more}").format(clusters=what, names=shown, more=more)
