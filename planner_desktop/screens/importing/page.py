"""The Imports page: what was imported, the plan of what will be, and the work in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Done, Edits
from planner_desktop.screens.importing.book import ImportList
from planner_desktop.screens.importing.planning import Ended, Planned, Planning, Wish
from planner_desktop.screens.importing.preview import Preview
from planner_desktop.screens.importing.texts import gone_said, keywords_word, tr
from planner_desktop.screens.pages import Page
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ProgressStrip
from sync.errors import PlannerError
from sync.replica import LaterStep, Outcome

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import Origin

LIST, WORK, PLAN = range(3)
_SOON_MS = 60


class ImportsPage(QWidget):
    """A list of imports, and in its place the plan of the next one."""

    figures_changed = Signal(object)
    show_requested = Signal(int, str, str)
    """(number, site, sector) of an import whose keywords somebody wants to see."""
    imported = Signal(object)
    """An Ended: what was imported, for whoever tells it."""
    undone = Signal()
    """Imports were taken back."""
    files_requested = Signal()
    folder_requested = Signal()
    paste_requested = Signal()
    candidates_requested = Signal()

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._place = Place()
        self._wish: Wish | None = None
        self._reading = self._stale = self._undoing = False
        self._running: Planned | None = None
        self.planning = Planning(account, self)
        self.list = ImportList(theme, self)
        self.preview = Preview(theme, self)
        self.strip = ProgressStrip(theme, self)
        self.cancel = Button(theme, tr("Cancel"), "plain", parent=self)
        self._work = Ground(theme, "surface", self)
        self._stack = QStackedWidget(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._read)
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window asks

    def page(self) -> Page:
        """Return what the frame has to know of this page."""
        return Page(
            "imports",
            tr("Imports"),
            "file-down",
            QCoreApplication.translate("Menus", "Changes"),
            self,
            self.arrive,
            settled=lambda: self.is_settled,
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being read, planned or carried out."""
        busy = self._stale or self._reading or self._soon.isActive()
        return not self.planning.is_busy and not self._undoing and not (self.isVisible() and busy)

    @property
    def is_planning(self) -> bool:
        """Whether a plan is shown or being made."""
        return self._stack.currentIndex() != LIST

    def arrive(self) -> None:
        """The page is shown: read anew what was imported."""
        self._stale = True
        self._soon.start()
        if self._stack.currentIndex() == LIST:
            self.list.take_keys()
        self._announce()

    def show_place(self, place: Place) -> None:
        """Take a site and sector: the next files go there."""
        self._place = place

    def begin(self, origins: Sequence[Origin]) -> None:
        """Make the plan of files, folders or pasted text. A plan that was shown is let go of: nothing was written."""
        if self._running is not None:
            self._edits.said.emit("info", tr("An import is under way: wait for it, or cancel it."))
            return
        target = self._target()
        if target is None:
            self._edits.said.emit("error", tr("There is no sector to import into: add one to a site first."))
            return
        self.preview.close_plan()
        self._plan(Wish(tuple(origins), *target))

    def apply(self) -> None:
        """Carry out the plan that is shown."""
        if self._stack.currentIndex() == PLAN:
            self.preview.apply()

    def leave_plan(self) -> None:
        """Go back to the list; nothing was written."""
        self.planning.stop()
        self.preview.close_plan()
        self._wish = None
        self._show(LIST)

    def close_plan(self) -> None:
        """The window closes: nothing is planned any more."""
        self.planning.stop()
        self.preview.close_plan()

    def undo(self, numbers: Sequence[int]) -> None:
        """Take imports back, latest first."""
        planner = self._account.planner

        def work() -> list[tuple[Outcome, Sequence[LaterStep]]]:
            with planner.imports.apart() as mine:
                return [
                    (mine.undo(number), gone)
                    for number in numbers
                    for _, gone in [mine.changed_since(number)]
                ]

        def undone(outcomes: list[tuple[Outcome, Sequence[LaterStep]]]) -> None:
            self._undoing = False
            self.undone.emit()
            for outcome, gone in outcomes:
                if outcome.action is None and not outcome.refused:
                    self._edits.said.emit("done", outcome.label)
                else:
                    self._edits.done.emit(Done(outcome, "undo", gone_said(gone)))
            self.arrive()

        def failed(error: BaseException) -> None:
            self._undoing = False
            self._edits.failed.emit(error)

        self._undoing = True
        self._account.bridge.watch(self._account.desk.background.submit(work), self, undone, failed)

    # ------------------------------------------------------------ planning and carrying out

    def _target(self) -> tuple[str, str] | None:
        """Return the sector that is shown, else the first of the site that may be changed; the panel offers all others."""
        places = self._account.places
        may = [one for one in places.sectors if one.site_id in places.writable]
        for wanted in (
            [one for one in may if one.id == self._place.sector],
            [one for one in may if one.site_id == self._place.site],
            may,
        ):
            if wanted:
                return wanted[0].site_id, wanted[0].id
        return None

    def _plan(self, wish: Wish) -> None:
        self._wish = wish
        self.planning.plan(wish)
        if self.preview.planned is not None:
            self.preview.show_busy(busy=True)
        else:
            self._show(WORK)
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _planned(self, planned: Planned) -> None:
        self.preview.show_plan(planned, self._account.places)
        self._show(PLAN)

    def _not_planned(self, error: BaseException) -> None:
        """What was shown before still holds."""
        self._edits.failed.emit(error)
        self._stopped()

    def _stopped(self) -> None:
        if self.preview.planned is not None:
            planned = self.preview.planned
            self._wish = planned.wish
            self.preview.show_busy(busy=False)
            self.preview.panel.offer_places(self._account.places, (planned.wish.site, planned.wish.sector))
        else:
            self._show(LIST)

    def _carry_out(self) -> None:
        planned = self.preview.hand_over()
        if planned is None:
            return
        self._show(WORK)
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        self._running = planned
        self.planning.carry_out(planned)

    def _ended(self, ended: Ended) -> None:
        planned, self._running = self._running, None
        if planned is not None:
            planned.prepared.close()
        self._wish = None
        self._show(LIST)
        self.imported.emit(ended)
        if ended.error is not None:
            self._edits.failed.emit(ended.error)
        elif ended.stopped and not ended.imports:
            self._edits.said.emit("info", tr("Cancelled. Nothing was imported."))
        for one in ended.imports:
            if one.outcome.refused:
                self._edits.done.emit(Done(one.outcome))

    # ------------------------------------------------------------ reading

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def _read(self) -> None:
        if self._reading or not self._account.is_open:
            return
        self._reading, self._stale = True, False
        planner = self._account.planner

        def work() -> list[dict[str, Any]]:
            with planner.imports.apart() as mine:
                return mine.list()

        self._account.bridge.watch(self._account.desk.background.submit(work), self, self._told, self._blind)

    def _told(self, rows: list[dict[str, Any]]) -> None:
        self._reading = False
        self.list.show_imports(rows)
        self._announce()
        if self._stale:
            self._soon.start()

    def _blind(self, error: BaseException) -> None:
        self._reading = False
        if isinstance(error, PlannerError):
            self._account.troubled.emit(error)
        else:
            self._edits.failed.emit(error)

    # ------------------------------------------------------------ showing

    def _show(self, which: int) -> None:
        self._stack.setCurrentIndex(which)
        if which == LIST:
            self.arrive()
        self._announce()

    def _announce(self) -> None:
        if not self.isVisible():
            return
        planned = self.preview.planned if self._stack.currentIndex() == PLAN else None
        self.figures_changed.emit(_figures(planned, len(self.list.rows.items)))

    def _show_import(self, number: int) -> None:
        row = next((row for row in self.list.rows.items if row["number"] == number), None)
        if row is not None and row.get("sector_id"):
            self.show_requested.emit(number, str(row["site_id"]), str(row["sector_id"]))

    def _reset(self) -> None:
        """Another account: plans of the former one are worth nothing."""
        self.planning.stop()
        self.preview.close_plan()
        self.list.show_imports(())
        self._stack.setCurrentIndex(LIST)
        self._changed()

    def _progress(self, what: str, figures: str, share: float | None) -> None:
        self.strip.show_progress(what, figures, share, cancellable=False)
        self.preview.strip.show_progress(what, figures, share)

    def _build(self) -> None:
        theme = self._theme
        middle = QVBoxLayout(self._work)
        middle.addStretch(2)
        for widget in (self.strip, self.cancel):
            middle.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(3)
        self.strip.setFixedWidth(theme.px(420))
        for which in (self.list, self._work, self.preview):
            self._stack.addWidget(which)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def _connect(self) -> None:
        self.planning.progressed.connect(self._progress)
        self.planning.planned.connect(self._planned)
        self.planning.failed.connect(self._not_planned)
        self.planning.stopped.connect(self._stopped)
        self.planning.ended.connect(self._ended)
        self.cancel.clicked.connect(self.planning.stop)
        self.preview.strip.cancelled.connect(self.planning.stop)
        self.preview.left.connect(self.leave_plan)
        self.preview.changed.connect(self._plan)
        self.preview.import_requested.connect(self._carry_out)
        self.list.files_requested.connect(self.files_requested)
        self.list.folder_requested.connect(self.folder_requested)
        self.list.paste_requested.connect(self.paste_requested)
        self.list.candidates_requested.connect(self.candidates_requested)
        self.list.undo_requested.connect(self.undo)
        self.list.show_requested.connect(self._show_import)
        self._account.review_changed.connect(self._changed)
        self._account.opened.connect(self._reset)


def _figures(planned: Planned | None, imports: int) -> list[str]:
    """Return what the status bar says: of the plan that is shown, else of the list."""
    if planned is None:
        return [words.counted(imports, tr("import"), tr("imports"))] if imports else []
    files = len(planned.prepared.plan.files)
    return [keywords_word(len(planned.prepared.plan)), words.counted(files, tr("file"), tr("files"))]
