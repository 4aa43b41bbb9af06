"""The main window: bars and rail around the pages. What it shows is the account's; what it does is in menus, edits and pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner_desktop.app.desk import Desk
from planner_desktop.bridge import Bridge
from planner_desktop.screens import switcher, words
from planner_desktop.screens.account import Account
from planner_desktop.screens.bypieces import ByPieces
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.feedback import Feedback
from planner_desktop.screens.keywords.page import KeywordsPage
from planner_desktop.screens.menus import Menus, tr
from planner_desktop.screens.pages import keywords_page, made_pages, rail_groups
from planner_desktop.screens.panelroom import PanelRoom
from planner_desktop.screens.placechoice import offer_places
from planner_desktop.screens.putback import PutBack
from planner_desktop.screens.settings import WindowSettings
from planner_desktop.screens.signin import FirstStart
from planner_desktop.screens.switcher import Place
from planner_desktop.screens.telling import Telling, compared, copy_trouble
from planner_desktop.screens.trouble import TroublePage
from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.navrail import NavRail
from planner_desktop.widgets.notice import NoticeStrip
from planner_desktop.widgets.statusbar import StatusBar
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ToastStack
from planner_desktop.widgets.topbar import TopBar
from sync.errors import PlannerError

if TYPE_CHECKING:  # these come after the first paint
    from planner_desktop.screens.commands import WindowCommands
    from planner_desktop.screens.history.page import HistoryPage
    from planner_desktop.screens.importing.incoming import Incoming
    from planner_desktop.screens.importing.page import ImportsPage
    from planner_desktop.screens.library.page import LibraryPage
    from planner_desktop.screens.recipes.page import RecipesPage
    from planner_desktop.screens.review.page import ReviewPage
    from planner_desktop.screens.trash import TrashPage
    from planner_desktop.screens.triage.page import TriagePage

_LATER = frozenset(
    ("library", "review", "history", "trash", "triage", "imports", "incoming", "recipes", "commands")
)
_FIRST_SIZE = (1440, 900)
_SMALLEST = (1100, 680)
_CLOCK_MS = 30_000
_UNPAINTED_MS = 300
_DOCK_FROM = 1240
_WIDE_RAIL_FROM = 1020


class MainWindow(QMainWindow):
    """The window on one profile. Once it is painted it opens the account and makes the other pages; those also when asked for."""

    library: LibraryPage
    review: ReviewPage
    history: HistoryPage
    trash: TrashPage
    triage: TriagePage
    imports: ImportsPage
    incoming: Incoming
    recipes: RecipesPage
    commands: WindowCommands

    def __init__(self, desk: Desk, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        words.choose_locale()
        self.settings = WindowSettings(desk.profile)
        self.settings.apply_theme(theme)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._rings = FocusRings(theme, application)
        self.account = Account(desk, bridge, self)
        self.edits = Edits(self.account, self)
        # Everything is made where it stays: with a style sheet, another parent costs every widget below a look at all its rules.
        self._whole = QStackedWidget(self)
        self._work = QWidget(self._whole)
        self._pages = QStackedWidget(self._work)
        self.top = TopBar(theme, self._work, with_palette=False)
        self.menus = Menus(self.top.menus, self)
        self.bar = StatusBar(theme, self._work)
        self.keywords = KeywordsPage(self.account, self.edits, theme, self._pages)
        self.pages = {"keywords": keywords_page(self.keywords)}
        self.rail = NavRail(theme, rail_groups(), parent=self._work)
        self.notice = NoticeStrip(theme, self._work)
        self.toasts = ToastStack(theme, self)
        self._feedback = Feedback(self.account, self.edits, self.toasts, theme, self)
        self._telling = Telling(self)
        self._put_back = PutBack(self.account, self.notice, lambda: self.show_page("review"), self)
        self.place = Place()
        self.page = "keywords"
        self._begun = self._opened_once = False
        self._making = ByPieces(self._make_others(), self)
        self._first_start: FirstStart | None = None
        self._trouble: TroublePage | None = None
        self._clock = QTimer(self, interval=_CLOCK_MS)
        self._build()
        self._connect()

    def __getattr__(self, name: str) -> Any:
        if name not in _LATER or self._making.is_done or self._making.is_running:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        self._making.finish()
        return getattr(self, name)

    def _make_others(self) -> Iterator[None]:
        # With what it imports it takes longer than the window's first paint.
        from planner_desktop.screens.otherpages import make_commands, make_pages  # noqa: PLC0415

        yield
        yield from make_pages(self, self._theme, self._pages)
        self.pages = {page.name: page for page in made_pages(self)}
        for page in self.pages.values():
            self._pages.addWidget(page.widget)
        self._connect_pages()
        make_commands(self, self._theme)

    # ------------------------------------------------------------ for the composition root

    def page_names(self) -> Sequence[str]:
        """Return the pages there are."""
        self._making.finish()
        return tuple(self.pages)

    def show_page(self, name: str) -> None:
        """Show a page by name."""
        self._making.finish()
        self.page = name
        self.rail.select(name)
        self.menus.choose(f"page_{name}")
        self._pages.setCurrentWidget(self.pages[name].widget)
        self._clear_toasts()
        self.pages[name].arrive()

    def _show_question(self, item: str) -> None:
        self.show_page("review")
        if item:
            self.review.reveal(item)

    def is_settled(self) -> bool:
        """Whether nothing is being loaded, and everything shown is up to date."""
        if not self._opened_once or self._whole.currentIndex() != 0:
            return self._opened_once
        return self.account.is_settled and all(page.settled() for page in self.pages.values())

    # ------------------------------------------------------------ account

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        # The other pages are made while a thread loads the columns, and before anybody is told that the account is open.
        if not self._making.is_done:
            self.account.hold()
            self._making.done.connect(self.account.release)
        self.account.opening.connect(self._making.start)
        for moment in (self.account.absent, self.account.troubled):
            moment.connect(self._making.finish)
        self.open_account()

    def open_account(self) -> None:
        """Open the account in use, or offer to sign in."""
        self.account.open()

    def _opened(self) -> None:
        self._opened_once = True
        self._whole.setCurrentIndex(0)
        self.keywords.show_places()
        kept = self.settings.place()
        self.show_place(switcher.kept(self.account.places, kept.site, kept.sector))
        self._telling.tell_sync()
        self.keywords.focus_grid()

    def _absent(self) -> None:
        self._opened_once = True
        if self._first_start is None:
            self._first_start = FirstStart(self._theme, self._desk, self._bridge, self)
            self._first_start.form.signed_in.connect(lambda _entry: self.open_account())
            self._whole.addWidget(self._first_start)
        self._whole.setCurrentWidget(self._first_start)
        self._first_start.form.focus_field().setFocus()

    def _troubled(self, error: BaseException) -> None:
        self._opened_once = True
        if self.account.is_open and self.account.columns is not None:
            self._feedback.say_error(error)
            return
        if self._trouble is None:
            self._trouble = TroublePage(self._theme, self)
            self._trouble.again.connect(self.open_account)
            self._whole.addWidget(self._trouble)
        self._trouble.show_error(error)
        self._whole.setCurrentWidget(self._trouble)

    def _failed(self, error: object) -> None:
        if isinstance(error, PlannerError):
            self.account.blocked_by(error)
        elif isinstance(error, BaseException):
            self._feedback.say_error(error)

    def say_error(self, error: BaseException) -> None:
        """Say what went wrong and what helps."""
        self._feedback.say_error(error)

    def say_copy_trouble(self, reason: str) -> None:
        """Say why the second copy of what waits cannot be written, and what helps."""
        self.toasts.show("warning", copy_trouble(reason))

    def say_compared(self, equal: bool) -> None:
        """Say what a comparison with the platform came to; a difference that stays comes as an error."""
        self.account.start_sync()
        self.toasts.show("done" if equal else "info", compared(equal=equal))

    def leave_account(self, *, sync: bool = False, export: Path | None = None) -> None:
        """Sign out, as `Desk.sign_out`. Where that fails the account is opened again, with everything that waits."""
        self.account.close()
        future = self._desk.background.submit(lambda: self._desk.sign_out(sync=sync, export=export))
        self._bridge.watch(future, self, lambda _waiting: self._absent(), self._stayed)

    def _stayed(self, error: BaseException) -> None:
        self.open_account()
        self._feedback.say_error(error)

    # ------------------------------------------------------------ place and pages

    def show_place(self, place: Place) -> None:
        """Show a site and sector on all pages."""
        self.place = place
        places = self.account.places
        self.rail.site.show_site(*switcher.names(places, place))
        self.keywords.show_place(*switcher.keys(places, place))
        self.library.show_place(place, switcher.keys(places, place)[1])
        self.imports.show_place(place)
        self.triage.show_place(*switcher.keys(places, place))
        self.keywords.add.setEnabled(place.sector is not None)
        self.keywords.add.setToolTip("" if place.sector else tr("Choose one sector first"))
        self.menus.enable(place.sector is not None, "add")
        self.settings.set(site=place.site, sector=place.sector)

    def switch_place(self) -> None:
        """Offer all sites and sectors."""
        offer_places(self, self._theme)

    def _places_changed(self) -> None:
        self.keywords.show_places()
        kept = switcher.kept(self.account.places, self.place.site, self.place.sector)
        if kept != self.place or not self.place.site:
            self.show_place(kept)
        else:
            self.rail.site.show_site(*switcher.names(self.account.places, kept))

    def show_panel(self, *, shown: bool) -> None:
        """Show the panel of the Keywords page, or take it away."""
        self.keywords.dock_inspector(docked=shown)
        self._clear_toasts()

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.setWindowTitle(tr("Planner Desktop"))
        self.setMinimumSize(*_SMALLEST)
        self._pages.addWidget(self.keywords)
        _arrange(self._work, self.top, self.notice, (self.rail, self._pages), self.bar)
        self._whole.addWidget(self._work)
        self.setCentralWidget(self._whole)
        if not self.settings.restore_geometry(self):
            self.resize(*_FIRST_SIZE)
        self.rail.select(self.page)
        self.keywords.table.look()
        self._telling.tell()

    def _connect(self) -> None:
        account = self.account
        account.opened.connect(self._opened)
        account.absent.connect(self._absent)
        account.troubled.connect(self._troubled)
        account.columns_loaded.connect(self._telling.tell_rows)
        account.places_changed.connect(self._places_changed)
        account.standing_changed.connect(self._telling.tell)
        account.sync_changed.connect(self._telling.tell_sync)
        self._bridge.failed.connect(self._failed)
        self._clock.timeout.connect(self._telling.tell_sync)
        self._clock.start()
        self._theme.changed.connect(self._fold)
        self.rail.page_chosen.connect(self.show_page)
        self.rail.site_clicked.connect(self.switch_place)
        self.top.undo_requested.connect(self.edits.undo)
        self.top.redo_requested.connect(self.edits.redo)
        self.top.sync_requested.connect(account.start_sync)
        self.bar.undo_clicked.connect(self.edits.undo)
        self.bar.sync_clicked.connect(self._telling.follow_up)
        self.keywords.figures_changed.connect(self._figures)
        self.keywords.review_requested.connect(self._show_question)
        self.keywords.table.shown.connect(self._telling.tell_rows)
        self._feedback.review_requested.connect(lambda: self.show_page("review"))

    def _connect_pages(self) -> None:
        pages = (self.library, self.review, self.history, self.trash, self.imports, self.recipes, self.triage)
        for page in pages:
            page.figures_changed.connect(self._figures)
        self.library.place_requested.connect(self.switch_place)
        self.triage.counted.connect(self._telling.tell_new)
        PanelRoom((page.panel for page in self.pages.values()), self._clear_toasts, self)

    def _clear_toasts(self) -> None:
        """Keep toasts off the panel's buttons."""
        panel = self.pages[self.page].panel
        self.toasts.keep_clear(panel.width() if panel is not None and not panel.isHidden() else 0)

    def _figures(self, figures: Sequence[str]) -> None:
        if self.sender() is self.pages[self.page].widget:
            self.bar.show_figures(figures)

    # ------------------------------------------------------------ Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._begun:
            # For a window that is shown and not painted (minimized).
            QTimer.singleShot(_UNPAINTED_MS, self, self._begin)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._begun:
            # After the first paint: what follows imports, makes and opens.
            QTimer.singleShot(0, self, self._begin)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Give way where the window is narrow for the size of its texts."""
        width = self.width() / self._theme.scale
        self.rail.set_narrow(width < _WIDE_RAIL_FROM)
        self.keywords.float_inspector(floating=width < _DOCK_FROM)
        self._clear_toasts()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.keep_geometry(self)
        self._clock.stop()
        self.imports.close_plan()
        self.recipes.close_plan()
        # Waits for edits in the queue; the desk then lets the writer finish.
        self.account.close()
        self._desk.close()
        super().closeEvent(event)


def _arrange(work: QWidget, top: QWidget, notice: QWidget, middle: Sequence[QWidget], bar: QWidget) -> None:
    """Lay the window's parts out: the rail beside the pages, everything else across."""
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addWidget(middle[0])
    row.addWidget(middle[1], 1)
    column = QVBoxLayout(work)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(top)
    column.addWidget(notice)
    column.addLayout(row, 1)
    column.addWidget(bar)
