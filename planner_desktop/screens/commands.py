"""What the menus do: each action of the window tied to a page, an edit, or one of the window's own sheets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit

from planner_desktop import VERSION
from planner_desktop.screens import words
from planner_desktop.screens.backups import Safekeeping
from planner_desktop.screens.exporting import Exporting
from planner_desktop.screens.history.torecipe import ToRecipe
from planner_desktop.screens.keywords.arrivals import SINCE_AWAY
from planner_desktop.screens.keywords.labels import RowLabels
from planner_desktop.screens.keywords.query import DUPLICATES, TOGETHER
from planner_desktop.screens.leaving import Leaving, SignOutSheet, ask_for_file
from planner_desktop.screens.menus import tr
from planner_desktop.screens.recipes.recording import Recording
from planner_desktop.screens.removal import Removals
from planner_desktop.screens.replacing import open_replacing
from planner_desktop.screens.shortcuts import shortcuts_sheet
from planner_desktop.screens.signin import sign_in_sheet
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow

TEXT_SIZES = (90, 100, 115, 130, 150)


class WindowCommands(QObject):
    """Ties the actions of a window to what they do."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self.removals = Removals(window.account, theme, window)
        self.safekeeping = Safekeeping(window.account, theme, window)
        self.labels = RowLabels(window.account, window.keywords.table, theme, window.toasts, window)
        self.labels.told.connect(window.keywords.facets.count_again)
        window.keywords.facets.button.clicked.connect(window.menus["facets"].trigger)
        self.exporting = Exporting(window, theme)
        self.recording = Recording(window.account, theme, window)
        self.to_recipe = ToRecipe(theme, window.history)
        self.to_recipe.requested.connect(self.recording.ask)
        window.recipes.labelled.connect(self.labels.tell)
        for name, call in self._calls().items():
            window.menus.on(name, call)
        window.keywords.triage.clicked.connect(self._triage)
        window.keywords.hands.copying.progress.connect(window.bar.set_progress)
        self._keep_columns()
        self._show_choices()

    # ------------------------------------------------------------ account

    def sign_in(self) -> None:
        """Sign in, or again where the platform asks for it. Nothing that waits is lost."""
        window = self._window
        waiting = window.account.counts.waiting_rows
        kept = tr("{changes} on this computer, not lost.").format(
            changes=words.counted(waiting, tr("change waits"), tr("changes wait"))
        )
        account = window.account
        sheet, form = sign_in_sheet(
            self._theme,
            window,
            account.desk,
            account.bridge,
            account.desk.profile.current,
            kept if waiting else "",
        )
        form.signed_in.connect(lambda _entry: window.open_account())
        sheet.open()

    def sign_out(self) -> None:
        """Sign out after a question: what waits is sent, kept, or kept and exported."""
        window = self._window
        counts = window.account.counts
        sheet = SignOutSheet(self._theme, window, counts.waiting_rows + counts.refused)
        sheet.accepted.connect(lambda: self._leave(sheet.choice))
        sheet.open()

    def _leave(self, choice: Leaving) -> None:
        file = ask_for_file(self._window) if choice == "export" else None
        if choice != "export" or file is not None:
            self._window.leave_account(sync=choice == "sync", export=file)

    # ------------------------------------------------------------ pages

    def add_from_library(self) -> None:
        """Go to the seed keywords of the place."""
        self._window.show_page("library")
        self._window.library.focus_query()

    def _triage(self) -> None:
        """Triage what the keywords page shows; from any other page, go on where it was."""
        if self._window.page == "keywords":
            self._window.triage.narrow(self._window.keywords.query.text())
        self._window.show_page("triage")

    def _select_all(self) -> None:
        select_all = getattr(self._window.pages[self._window.page].widget, "select_all", None)
        if select_all is not None:
            select_all()

    def _find(self) -> None:
        if self._window.page == "history":
            self._window.history.search.setFocus()
            return
        if self._window.page == "library":
            self._window.library.focus_query()
            return
        self._window.show_page("keywords")
        self._window.keywords.focus_query()

    def _replace(self) -> None:
        window = self._window
        if window.account.is_open:
            open_replacing(self._theme, window, window.account, window.edits, window.place)

    def _in_grid(self, call: Callable[[], object]) -> None:
        """Do something to the selected rows, where the page with them is shown and no field is being typed in."""
        field = QApplication.focusWidget()
        if self._window.page == "keywords" and not isinstance(field, QLineEdit):
            call()

    def _paste(self) -> None:
        """Into the grid, where a cell is the target; a list that is meant for none is imported."""
        if self._window.page == "imports":
            self._window.incoming.paste()
            return
        in_grid = self._window.keywords.grid.currentIndex().isValid()
        self._in_grid(self._window.keywords.hands.pasting.paste if in_grid else self._window.incoming.paste)

    def _record(self) -> None:
        """A recipe is recorded from actions: they are chosen in History."""
        window = self._window
        if window.page == "history" and window.history.chosen is not None:
            self.to_recipe.record()
        else:
            window.show_page("history")
            window.toasts.show("info", tr("Select the actions to record, then choose Record recipe."))

    def _delete(self) -> None:
        keywords = self._window.keywords
        if self._window.page == "keywords" and keywords.grid.hasFocus():
            keywords.delete_selected()

    def _check(self) -> None:
        self._window.show_page("review")
        self._window.review.checking.check()

    def _compare(self) -> None:
        """Compare every row with the platform; the status bar keeps the answer, a toast says it."""
        account = self._window.account
        live = account.desk.live
        if live is None or not account.desk.syncing:
            return
        future = account.desk.background.submit(live.verify)
        account.bridge.watch(future, self, self._window.say_compared, self._window.say_error)

    def _apply(self) -> None:
        if self._window.page == "keywords":
            self._window.keywords.inspector.apply()
        elif self._window.page == "library":
            self._window.library.apply()
        elif self._window.page == "imports":
            self._window.imports.apply()

    # ------------------------------------------------------------ looks

    def choose_theme(self, choice: str) -> None:
        """Show a scheme and keep the choice."""
        self._window.settings.set(theme=choice)
        self._window.settings.apply_theme(self._theme)

    def choose_text(self, size: int) -> None:
        """Show a text size (in per cent) and keep the choice."""
        self._window.settings.set(text_size=size)
        self._window.settings.apply_theme(self._theme)
        self._window.menus.choose(f"text_{size}")

    def _step_text(self, step: int) -> None:
        at = TEXT_SIZES.index(round(self._theme.text_scale * 100)) + step
        if 0 <= at < len(TEXT_SIZES):
            self.choose_text(TEXT_SIZES[at])

    def _toggle_panel(self) -> None:
        # Over the grid the panel may be wished for and still not be there: then it is to come, not to go.
        shown = self._window.menus["panel"].isChecked() or self._window.keywords.panel_is_tucked_away
        self._window.menus["panel"].setChecked(shown)
        self._window.settings.set(panel=shown)
        self._window.show_panel(shown=shown)

    def _toggle_facets(self) -> None:
        shown = self._window.menus["facets"].isChecked()
        self._window.settings.set(facets=shown)
        self._window.keywords.facets.wish(shown=shown)

    def _show_duplicates(self) -> None:
        self._window.show_page("keywords")
        self._window.keywords.table.order_by(TOGETHER)
        self._window.keywords.ask_query(DUPLICATES)
        self._window.keywords.table.look()

    def _show_since_away(self) -> None:
        self._window.show_page("keywords")
        self._window.keywords.ask_query(SINCE_AWAY)

    def _show_columns(self) -> None:
        if self._window.page == "keywords":
            self._window.keywords.columns.click()

    def _keep_columns(self) -> None:
        """Show the columns as they were left, and keep what is arranged from now on."""
        settings, layout = self._window.settings, self._window.keywords.hands.layout
        layout.apply(settings.get("columns"))
        views = self._window.keywords.views
        layout.changed.connect(lambda: None if views.current else settings.set(columns=layout.state()))

    # ------------------------------------------------------------ help

    def _show_shortcuts(self) -> None:
        shortcuts_sheet(self._theme, self._window, self._window.menus.keys()).open()

    def _show_about(self) -> None:
        account = self._window.account
        entry = account.entry
        who = tr("Signed in as {who}.").format(who=entry.title) if entry is not None else tr("Not signed in.")
        folder = tr("Everything is kept in {folder}").format(folder=account.desk.profile.folder)
        title = tr("Planner Desktop {version}").format(version=VERSION)
        confirm(
            self._theme, self._window, Question(title, f"{who} {folder}", tr("Close"), destructive=False)
        ).open()

    # ------------------------------------------------------------ inside

    def _show_choices(self) -> None:
        menus = self._window.menus
        menus.choose(f"theme_{self._theme.choice}")
        menus.choose(f"text_{round(self._theme.text_scale * 100)}")
        menus.choose("page_keywords")
        menus["panel"].setChecked(bool(self._window.settings.get("panel", True)))
        self._window.keywords.dock_inspector(docked=menus["panel"].isChecked())
        menus["facets"].setChecked(bool(self._window.settings.get("facets", True)))
        self._window.keywords.facets.wish(shown=menus["facets"].isChecked())

    def _calls(self) -> dict[str, Callable[[], object]]:
        window, hands = self._window, self._window.keywords.hands
        calls: dict[str, Callable[[], object]] = {
            "switch": window.switch_place,
            "sign_in": self.sign_in,
            "sign_out": self.sign_out,
            "quit": window.close,
            "undo": window.edits.undo,
            "redo": window.edits.redo,
            "select_all": self._select_all,
            "find": self._find,
            "replace": self._replace,
            "page_keywords": partial(window.show_page, "keywords"),
            "page_library": partial(window.show_page, "library"),
            "page_review": partial(window.show_page, "review"),
            "page_history": partial(window.show_page, "history"),
            "page_trash": partial(window.show_page, "trash"),
            "page_triage": partial(window.show_page, "triage"),
            "triage": self._triage,
            "page_imports": partial(window.show_page, "imports"),
            "page_recipes": partial(window.show_page, "recipes"),
            "record": self._record,
            "import": window.incoming.choose_files,
            "import_folder": window.incoming.choose_folder,
            "import_pasted": window.incoming.paste,
            "review": partial(window.show_page, "review"),
            "add": self.add_from_library,
            "apply": self._apply,
            "labels": partial(self._in_grid, self.labels.edit_selected),
            "enabled": window.keywords.changes.toggle_enabled,
            "reset": window.keywords.changes.reset_figure,
            "delete": self._delete,
            "copy": partial(self._in_grid, hands.copying.copy),
            "copy_titled": partial(self._in_grid, partial(hands.copying.copy, titles=True)),
            "copy_column": partial(self._in_grid, hands.copying.copy_column),
            "paste": self._paste,
            "fill_down": partial(self._in_grid, hands.filling.fill_down),
            "sync": window.account.start_sync,
            "check": self._check,
            "compare": self._compare,
            "export": self.exporting.ask,
            "backups": self.safekeeping.show,
            "pause": self.safekeeping.pause,
            "resume": self.safekeeping.resume,
            "shortcuts": self._show_shortcuts,
            "about": self._show_about,
            "panel": self._toggle_panel,
            "facets": self._toggle_facets,
            "since_away": self._show_since_away,
            "duplicates": self._show_duplicates,
            "columns": self._show_columns,
            "column_left": partial(self._in_grid, partial(hands.layout.move_current, -1)),
            "column_right": partial(self._in_grid, partial(hands.layout.move_current, 1)),
            "column_wider": partial(self._in_grid, partial(hands.layout.widen_current, 1)),
            "column_narrower": partial(self._in_grid, partial(hands.layout.widen_current, -1)),
            "text_larger": partial(self._step_text, 1),
            "text_smaller": partial(self._step_text, -1),
        }
        for choice in ("system", "light", "dark"):
            calls[f"theme_{choice}"] = partial(self.choose_theme, choice)
        for size in TEXT_SIZES:
            calls[f"text_{size}"] = partial(self.choose_text, size)
        return calls
