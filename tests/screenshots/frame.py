"""The keywords page put together from shared widgets alone, to be held next to the design's own picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.chips import Tag
from planner_desktop.widgets.fields import Labelled, LineField, Picker
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.metrics import Metric, MetricsBand
from planner_desktop.widgets.navrail import NavGroup, NavPage, NavRail
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.segmented import Segmented, Tabs
from planner_desktop.widgets.statusbar import StatusBar, SyncLine
from planner_desktop.widgets.text import Ground, Line, Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import Switch
from planner_desktop.widgets.topbar import TopBar
from tests.planner_desktop.widgets.rows import WIDTHS, SyntheticRows
from tests.screenshots.queries import read_words


class FramePage(QWidget):
    """Top bar, rail, page, panel, status bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.model = SyntheticRows()
        self.bar = TopBar(theme, self)
        for name in ("File", "Edit", "View", "Keywords", "Clusters", "Sync", "Window", "Help"):
            self.bar.menus.add_menu(name).addAction("Nothing")
        self.bar.redo.setEnabled(False)
        self.rail = self._rail()
        self.grid = GridView(theme, self)
        self.status = self._status()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addLayout(self._page(), 1)
        column.addWidget(self.bar)
        column.addLayout(middle, 1)
        column.addWidget(self.status)

    def _rail(self) -> NavRail:
        plan = NavGroup(
            "Plan",
            (
                NavPage("keywords", "Keywords", "list"),
                NavPage("library", "Library", "library"),
                NavPage("clusters", "Clusters", "shapes"),
                NavPage("ideas", "Ideas", "lightbulb"),
            ),
        )
        changes = NavGroup(
            "Changes",
            (NavPage("review", "Review", "git-compare-arrows"), NavPage("history", "History", "history")),
        )
        overview = NavGroup("", (NavPage("overview", "Overview", "layout-dashboard"),))
        rail = NavRail(
            self._theme,
            (overview, plan, changes),
            (NavPage("credits", "Credits", "coins"), NavPage("settings", "Settings", "settings")),
            self,
        )
        rail.site.show_site("Northbeam", "Desks sector")
        rail.select("keywords")
        rail.set_count("keywords", "48,213")
        rail.set_count("library", "131k")
        rail.set_count("clusters", "312")
        rail.set_count("review", "217", "warn")
        rail.set_count("credits", "3,420")
        return rail

    def _status(self) -> StatusBar:
        status = StatusBar(self._theme, self)
        status.show_sync(
            SyncLine("offline", "Offline since 09:14", "214 changes wait · 2 conflicts · 1 refused")
        )
        status.set_undo("Set cluster on 86 rows")
        status.show_figures(("6,412 rows", "1,204 selected", "Volume 612,480", "Mean difficulty 27"))
        return status

    def _page(self) -> QVBoxLayout:
        theme = self._theme
        page = QVBoxLayout()
        page.setSpacing(0)
        header = PageHeader(theme, "Keywords", self)
        tabs = Tabs(
            theme,
            "Views",
            [(0, "All"), (1, "New, no cluster"), (2, "Quick wins"), (3, "Desks to map")],
            header,
        )
        tabs.set_value(2)
        header.add_tabs(tabs)
        header.add_action(Button(theme, "Columns", "quiet", icon="columns-3", parent=header))
        header.add_action(Button(theme, "Triage", "plain", icon="list-checks", parent=header))
        header.add_action(Button(theme, "Import", "plain", icon="file-down", parent=header))
        header.add_action(Button(theme, "Add from library", "plain", icon="plus", parent=header))
        page.addWidget(header)
        lower = QHBoxLayout()
        lower.setSpacing(0)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self._metrics())
        left.addWidget(self._query())
        left.addWidget(Line(theme, self))
        left.addWidget(self.grid, 1)
        lower.addLayout(left, 1)
        lower.addWidget(self._panel())
        page.addLayout(lower, 1)
        self.grid.setModel(self.model)
        self.grid.set_columns(WIDTHS)
        self.grid.show_sort(2, descending=True)
        return page

    def _metrics(self) -> MetricsBand:
        band = MetricsBand(self._theme, self)
        band.show_metrics(
            (
                Metric("count", "Keywords", "6,412", "of 48,213"),
                Metric("volume", "Search volume", "2.31 M", "2.06 M distinct"),
                Metric("difficulty", "Mean difficulty", "34", "of 5,702 known"),
                Metric("clustered", "In a cluster", "62 %", "3,975"),
                Metric("waiting", "Waiting to post", "214", "2 conflicts"),
            )
        )
        return band

    def _query(self) -> QWidget:
        theme = self._theme
        band = Ground(theme, "surface", self)
        row = QVBoxLayout(band)
        row.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(8))
        line = QueryLine(theme, read_words, band, savable=True)
        line.set_text("volume:>=1000 country:US created:>2026-11-01 -ikea desk")
        line.set_count("6,412 of 48,213")
        row.addWidget(line)
        return band

    def _panel(self) -> Panel:
        theme = self._theme
        panel = Panel(theme, self)
        panel.show_title("1,204 keywords", "Volume 612,480 · difficulty 27 · 3 intents")
        status = Segmented(theme, "Status", [("new", "New"), ("mapped", "Mapped")])
        status.set_value("new")
        labelled = Labelled(theme, "Status", status)
        labelled.set_note("all New")
        panel.add_section(labelled)
        picker = Picker(theme, "Cluster", icon="shapes", placeholder="Keep")
        picker.set_choices([Choice(1, "Standing desks")], 1)
        cluster = Labelled(theme, "Cluster", picker)
        cluster.set_note("817 have none")
        panel.add_section(cluster)
        tags = QWidget()
        row = QHBoxLayout(tags)
        row.setContentsMargins(0, 0, 0, 0)
        for text in ("Same as last", "Nearest", "None"):
            row.addWidget(Tag(theme, text, parent=tags))
        row.addStretch(1)
        panel.add_section(tags)
        for name, note in (("Volume override", "2 overridden"), ("Difficulty override", "")):
            panel.add_section(self._override(name, note))
        panel.add_section(self._enabled())
        panel.footer.show_consequence(
            "This will change 1,118 rows",
            (("Cluster", "1,118 → Standing desks"), ("Unchanged", "86 are already there")),
            "One undo step. Posts with the next sync.",
        )
        panel.footer.show_action("Apply to 1,118", hint="Ctrl ⏎")
        panel.footer.show()
        return panel

    def _override(self, name: str, note: str) -> Labelled:
        theme = self._theme
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(LineField(theme, name, "Keep"), 1)
        row.addWidget(Button(theme, "Reset", "plain", size="control"))
        labelled = Labelled(theme, name, pair)
        labelled.set_note(note)
        return labelled

    def _enabled(self) -> QWidget:
        theme = self._theme
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Text(theme, "Enabled"))
        row.addWidget(Text(theme, "1,198 of 1,204", "small", "text-3"), 1)
        switch = Switch(theme, "Enabled")
        switch.setChecked(True)
        row.addWidget(switch)
        return holder

    def settle(self) -> None:
        """Select and focus as in the design's picture."""
        self.grid.setCurrentIndex(self.model.index(6, 6))
        self.grid.select_rows([(3, 19)])
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
