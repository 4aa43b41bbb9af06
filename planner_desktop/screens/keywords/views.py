"""Saved views: tabs in the header, a button at the query line that saves, a menu on each tab."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner_core.query import QueryError, parse_sort, unparse_sort
from planner_desktop.app.views import View, Views
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.layout import ColumnLayout
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.menus import Menu
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.segmented import Tabs
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from sync.errors import PlannerError

_ALL = ""
_MOST_TABS = 6
"""More views than this are in the menu behind the tabs."""


class SavedViews(QObject):
    """The views of the open account, and which of them is shown."""

    def __init__(
        self, account: Account, table: KeywordTable, layout: ColumnLayout, line: QueryLine, theme: Theme
    ) -> None:
        super().__init__(table)
        self._account = account
        self._table = table
        self._layout = layout
        self._line = line
        self._theme = theme
        self._views: Views | None = None
        self._usual: object = None
        self.current: View | None = None
        """The view shown; None for all keywords."""
        self.bar = QWidget()
        self._row = QHBoxLayout(self.bar)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(2))
        self._tabs: Tabs | None = None
        self._menu = IconButton(theme, "chevron-down", tr("Views"), parent=self.bar)
        self._menu.clicked.connect(self._open_menu)
        self._row.addWidget(self._menu)
        line.save_requested.connect(self.ask_to_save)
        layout.changed.connect(self._columns_arranged)
        account.opened.connect(self._opened)

    @property
    def tabs(self) -> Tabs | None:
        """The tabs, None while no account is open."""
        return self._tabs

    # ------------------------------------------------------------ showing

    def show(self, name: str) -> None:
        """Show a view, or all keywords for an empty name."""
        view = self._views.find(name) if self._views is not None and name else None
        if self.current is None:
            self._usual = self._layout.state()
        self.current = view
        self._layout.apply(self._usual if view is None or view.columns is None else view.columns)
        if view is None:
            self._ask("", "-volume")
        else:
            self._ask(view.query, view.sort)
        if self._tabs is not None:
            self._tabs.set_value(_ALL if view is None else view.name)

    def _ask(self, query: str, sort: str) -> None:
        # An order of another version is passed over: the rows come in the one at hand.
        with suppress(QueryError):
            self._table.order_by(parse_sort(sort))
        if query == self._line.text():
            self._table.look()
        else:
            self._line.set_text(query)

    def _opened(self) -> None:
        entry = self._account.entry
        if entry is None:
            return
        self._views = Views(self._account.desk.profile.paths(entry).views)
        self.current = None
        self._list()
        start = self._views.start
        if start is not None and not self._line.text():
            self.show(start.name)

    def _list(self) -> None:
        """Make the tabs anew."""
        views = self._views.all() if self._views is not None else ()
        if self._tabs is not None:
            self._row.removeWidget(self._tabs)
            self._tabs.hide()
            self._tabs.deleteLater()
        choices = [(_ALL, tr("All")), *((view.name, view.name) for view in views[:_MOST_TABS])]
        self._tabs = Tabs(self._theme, tr("Saved views"), choices, self.bar)
        self._tabs.set_value(_ALL if self.current is None else self.current.name)
        self._tabs.chosen.connect(self.show)
        self._tabs.setVisible(bool(views))
        self._row.insertWidget(0, self._tabs)

    # ------------------------------------------------------------ the menu

    def menu(self, parent: QWidget) -> Menu:
        """Return what can be done with views."""
        menu = Menu(self._theme, "", parent)
        view, views = self.current, self._views
        if views is not None and views.all():
            for name, label in [(_ALL, tr("All")), *((one.name, one.name) for one in views.all())]:
                action = menu.addAction(label.replace("&", "&&"))
                action.setCheckable(True)
                action.setChecked(name == (_ALL if view is None else view.name))
                action.triggered.connect(lambda _checked=False, name=name: self.show(name))
            menu.addSeparator()
        self._add(menu, tr("Save as view…"), self.ask_to_save)
        if view is not None and views is not None:
            start = views.start
            self._add(menu, tr("Save changes to “{name}”").format(name=view.name), self.save_changes)
            self._add(menu, tr("Rename “{name}”…").format(name=view.name), self.ask_to_rename)
            if start is None or start.name != view.name:
                self._add(menu, tr("Begin with “{name}”").format(name=view.name), self.begin_here)
            self._add(menu, tr("Delete “{name}”").format(name=view.name), self.delete)
        if views is not None and views.start is not None:
            self._add(menu, tr("Begin with all keywords"), self.begin_with_all)
        return menu

    def _add(self, menu: Menu, label: str, call: Callable[[], object]) -> None:
        menu.addAction(label.replace("&", "&&")).triggered.connect(lambda _checked=False: call())

    def _open_menu(self) -> None:
        menu = self.menu(self._menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._menu.mapToGlobal(QPoint(0, self._menu.height() + self._theme.px(4))))

    # ------------------------------------------------------------ what an editor does

    def present(self, name: str) -> View:
        """Return what is shown now as a view."""
        return View(name, self._line.text().strip(), unparse_sort(self._table.sort), self._layout.state())

    def ask_to_save(self) -> None:
        """Ask for a name and keep what is shown under it."""
        if not self._line.message():
            self._ask_for_name(
                tr("Save as view"),
                tr("The query, its order and the columns. A view of the same name is replaced."),
                "",
                self.save_as,
            )

    def save_as(self, name: str) -> str:
        """Keep what is shown under a name; return what is wrong with it, "" for nothing."""
        return self._do(lambda views: views.save(self.present(name)))

    def save_changes(self) -> None:
        """Keep what is shown under the name of the view at hand."""
        if self.current is not None:
            self.save_as(self.current.name)

    def ask_to_rename(self) -> None:
        """Ask for another name of the view at hand."""
        if self.current is not None:
            self._ask_for_name(tr("Rename view"), "", self.current.name, self.rename)

    def rename(self, to: str) -> str:
        """Give the view at hand another name; return what is wrong with it, "" for nothing."""
        view = self.current
        return self._do(lambda views: views.rename(view.name, to)) if view is not None else ""

    def delete(self) -> None:
        """Forget the view at hand; what it shows stays."""
        view = self.current
        if view is not None:
            self.current = None
            self._do(lambda views: views.delete(view.name))

    def begin_here(self) -> None:
        """Begin with the view at hand from the next start on."""
        view = self.current
        if view is not None:
            self._do(lambda views: views.set_start(view.name))

    def begin_with_all(self) -> None:
        """Begin with all keywords from the next start on."""
        self._do(lambda views: views.set_start(None))

    def _do(self, call: Callable[[Views], View | None]) -> str:
        """Change the views and list them anew."""
        if self._views is None:
            return ""
        try:
            changed = call(self._views)
        except PlannerError as error:
            return error.message
        except OSError as error:
            return tr("It could not be written: {why}").format(why=error.strerror or error)
        self.current = changed or self.current
        self._list()
        return ""

    def _columns_arranged(self) -> None:
        if self.current is None:
            self._usual = self._layout.state()

    def _ask_for_name(self, title: str, sentence: str, name: str, take: Callable[[str], str]) -> None:
        sheet = NameSheet(self._theme, self._line.window(), title, sentence, name, take)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()


class NameSheet(Sheet):
    """Asks for a name; stays open while `take` says what is wrong with it."""

    def __init__(
        self, theme: Theme, window: QWidget, title: str, sentence: str, name: str, take: Callable[[str], str]
    ) -> None:
        super().__init__(theme, window, title, sentence, width=440)
        self._take = take
        self.name = LineField(theme, tr("Name"))
        self.name.setText(name)
        self.name.selectAll()
        self.trouble = Text(theme, "", "small", "error", self.card)
        self.trouble.hide()
        self.card.body.addWidget(Labelled(theme, tr("Name"), self.name))
        self.card.body.addWidget(self.trouble)
        save = Button(theme, tr("Save"), "primary", size="button-dialog", parent=self.card)
        cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.add_button(cancel, accepts=False)
        self.add_button(save, accepts=True)
        self.name.returnPressed.connect(self.accept, Qt.ConnectionType.QueuedConnection)
        self.focus_first(self.name)

    def accept(self) -> None:
        wrong = self._take(self.name.text())
        if not wrong:
            super().accept()
            return
        self.name.set_invalid(True)
        self.trouble.setText(wrong)
        self.trouble.show()
