"""The facets beside the keywords: counted on another thread after the grid shows its answer, clicked into the query line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner_core.query import (
    Between,
    Choice,
    Compare,
    FieldTerm,
    Missing,
    Operator,
    Query,
    Value,
    unparse,
)
from planner_core.query.fields import LARGEST
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords import terms
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.facets import Choosing, Chosen, FacetGroup, FacetLine, FacetPanel
from planner_desktop.widgets.histogram import NONE, Bar, Bars
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.facets import Facet, FacetRow
    from planner_desktop.columns.members import Group
    from sync.replica import Reader

_COUNT_AFTER_MS = 150
_FEW, _MANY = 4, 200
_ROOM = 940
_WIDE_FROM = 1180
"""From here on the facets may take more: names of clusters and words are read to their end more often."""
_IN_THOUSANDS = 10_000
"""Less than so wide, the grid needs the room itself."""
_ALWAYS = frozenset({"status", "intent", "difficulty"})
_WHOLE = _ALWAYS | {"cluster", "country"}
"""Facets that show their empty lines, too."""


class Facets(QObject):
    """Fills a panel and turns its clicks into queries."""

    def __init__(
        self,
        account: Account,
        table: KeywordTable,
        theme: Theme,
        line: QueryLine,
        ask: Callable[[str], None],
    ) -> None:
        super().__init__(table)
        self._account = account
        self._table = table
        self._theme = theme
        self.panel = panel = FacetPanel(theme)
        self._line = line
        self._ask = ask
        self._wide: set[str] = set()
        self._asked = 0
        self._busy = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_COUNT_AFTER_MS)
        self._soon.timeout.connect(self._count)
        self._told_to: object = None
        account.columns_loaded.connect(self._tell_imports)
        account.rows_changed.connect(self._tell_imports)
        table.shown.connect(self._soon.start)
        panel.asked.connect(self._chosen)
        panel.ranged.connect(self._ranged)
        self._bins: dict[str, tuple[FacetRow, ...]] = {}
        panel.cleared.connect(lambda field: self._ask(terms.cleared(self._line.text(), field)))
        panel.more_asked.connect(self._widen)
        self._beside: _Beside | None = None
        self.button = Button(theme, tr("Facets"), "quiet", icon="list-filter")

    def beside(self, grid: QWidget) -> QWidget:
        """Return a widget with the panel at the left of the grid, where there is room for both."""
        self._beside = _Beside(self.panel, grid, self._theme, self._soon.start)
        return self._beside

    def wish(self, *, shown: bool) -> None:
        """Show the panel where there is room for it, or not at all."""
        if self._beside is not None:
            self._beside.wish(shown=shown)

    def count_again(self) -> None:
        """Count once more: what the profile says of rows is another."""
        self._soon.start()

    @property
    def is_settled(self) -> bool:
        """Whether the counts are those of what is shown."""
        return not (self._busy or self._soon.isActive())

    def tell_imports(self) -> None:
        """Tell the columns again: there is another import."""
        self._told_to = None
        self._tell_imports()

    def _tell_imports(self, _changed: object = None) -> None:
        """Tell columns that were loaded which keywords the imports named."""
        account, columns = self._account, self._account.columns
        if columns is None or columns is self._told_to or not account.is_open:
            return
        self._told_to, planner = columns, account.planner

        def told(groups: Sequence[Group]) -> None:
            columns.asking.members.set_groups("import", groups)
            if groups:
                self._table.look(keep=True)

        def read(reader: Reader) -> Sequence[Group]:
            # Reading imports brings packages in, which the window's thread must not wait for.
            return planner.imports.groups(reader)

        account.bridge.watch(account.reading.ask(read), self, told, account.troubled.emit)

    def _count(self) -> None:
        """Count on another thread; one count at a time, the latest question last."""
        account, columns = self._account, self._account.columns
        if columns is None or not account.is_open or self.panel.isHidden():
            return
        self._asked += 1
        if self._busy:
            return
        self._busy = True
        number = self._asked
        job = columns.asking.facets(
            self._table.query, self._table.scope(), most=_MANY if self._wide else _FEW
        )
        future = account.desk.background.submit(job)
        account.bridge.watch(future, self, lambda found: self._counted(number, found), self._failed)

    def _counted(self, number: int, found: list[Facet]) -> None:
        self._busy = False
        if number != self._asked:
            self._soon.start()
            return
        self.panel.show_groups([self._group(facet) for facet in found if _says_something(facet)])

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self._account.troubled.emit(error)

    def _group(self, facet: Facet) -> FacetGroup:
        text = self._line.text()
        wanted = terms.chosen(text, facet.field)
        excluded = terms.chosen(text, facet.field, negated=True)
        rows = facet.rows if facet.field in self._wide or facet.field not in _CUT else facet.rows[: _FEW + 1]
        more = facet.more + len(facet.rows) - len(rows)
        if facet.field not in _WHOLE:
            rows = tuple(row for row in rows if row.count or row.value in wanted or row.value in excluded)
        largest = max((row.count for row in rows), default=0) or 1
        lines = [
            FacetLine(
                row.value,
                _label(facet.field, row),
                words.brief(row.count),
                row.count / largest,
                Chosen.YES
                if row.value in wanted
                else Chosen.EXCLUDED
                if row.value in excluded
                else Chosen.NO,
                words.number(row.count),
            )
            for row in rows
        ]
        offer = tr("{n} more…").format(n=words.number(more)) if more and facet.field in _CUT else ""
        if offer and facet.field in self._wide:
            offer = tr("Fewer")
        self._bins[facet.field] = facet.bins
        return FacetGroup(facet.field, _TITLES[facet.field], lines, offer, _bars(facet, wanted))

    def _ranged(self, field: str, bars: tuple[int, int] | None) -> None:
        """Ask for the figures from the first chosen bar to the last."""
        text = self._line.text()
        if terms.is_readable(text):
            bins = self._bins.get(field, ())
            value = None if bars is None or not bins else _from_to(bins[bars[0]].value, bins[bars[1]].value)
            self._ask(terms.ranged(text, field, value))

    def _widen(self, field: str) -> None:
        self._wide ^= {field}
        self._soon.start()

    def _chosen(self, field: str, value: Value, how: Choosing) -> None:
        text = self._line.text()
        if not terms.is_readable(text):
            return
        write = {Choosing.ONLY: terms.only, Choosing.ALSO: terms.also, Choosing.NOT: terms.without}[how]
        self._ask(write(text, field, value))


def _ends(value: Value) -> tuple[int, int]:
    """Return the least and the most that a value lets pass."""
    match value:
        case Between(low, high):
            return low, high
        case Compare(Operator.AT_LEAST, number):
            return number, LARGEST
        case Compare(Operator.MORE, number):
            return number + 1, LARGEST
        case Compare(Operator.AT_MOST, number):
            return 0, number
        case Compare(Operator.LESS, number):
            return 0, number - 1
        case Compare(_, number):
            return number, number
        case _:
            return 0, LARGEST


def _from_to(first: Value, last: Value) -> Value:
    low, high = _ends(first)[0], _ends(last)[1]
    if high >= LARGEST:
        return Compare(Operator.AT_LEAST, low)
    return Compare(Operator.AT_MOST, high) if not low else Between(low, high)


def _bars(facet: Facet, wanted: Sequence[Value]) -> Bars:
    """Return a figure's bars; chosen are those that one range asks for."""
    if not facet.bins:
        return NONE
    tallest = max(row.count for row in facet.bins) or 1
    bars = [
        Bar(
            row.count / tallest,
            f"band-{at * 5 // len(facet.bins) + 1}" if facet.field == "difficulty" else "accent-line",
            f"{_label(facet.field, row)}: {words.number(row.count)}",
        )
        for at, row in enumerate(facet.bins)
    ]
    if len(wanted) != 1 or isinstance(wanted[0], Missing):
        return Bars(bars)
    low, high = _ends(wanted[0])
    inside = [
        at for at, row in enumerate(facet.bins) if low <= _ends(row.value)[1] and _ends(row.value)[0] <= high
    ]
    return Bars(bars, (inside[0], inside[-1]) if inside else None)


class _Beside(QWidget):
    """The panel, and what it stands beside."""

    def __init__(self, panel: FacetPanel, grid: QWidget, theme: Theme, came: Callable[[], object]) -> None:
        super().__init__()
        self._panel = panel
        self._theme = theme
        self._came = came
        self._wished = True
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(panel)
        row.addWidget(grid, 1)

    def wish(self, *, shown: bool) -> None:
        self._wished = shown
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        shown = self._wished and self.width() >= self._theme.px(_ROOM)
        self._panel.set_wide(wide=self.width() >= self._theme.px(_WIDE_FROM))
        if shown == self._panel.isHidden():
            self._panel.setVisible(shown)
            self._came()


_CUT = frozenset({"cluster", "country", "sector", "word", "tag", "import"})
_TITLES = {
    "status": tr("Status"),
    "cluster": tr("Cluster"),
    "intent": tr("Intent"),
    "difficulty": tr("Difficulty"),
    "volume": tr("Volume"),
    "country": tr("Country"),
    "words": tr("Number of words"),
    "length": tr("Length"),
    "word": tr("Word"),
    "sector": tr("Sector"),
    "is": tr("Marks"),
    "tag": tr("Tag"),
    "import": tr("Import"),
}
_WORDS = {
    "new": tr("New"),
    "mapped": tr("Mapped"),
    "other": tr("Other"),
    "informational": tr("Informational"),
    "commercial": tr("Commercial"),
    "transactional": tr("Transactional"),
    "navigational": tr("Navigational"),
    "waiting": tr("Waiting"),
    "conflict": tr("Conflict"),
    "refused": tr("Refused"),
    "override": tr("Overridden"),
    "disabled": tr("Disabled"),
    "duplicate": tr("Near-duplicates"),
    "spare": tr("Spare duplicates"),
}


def _says_something(facet: Facet) -> bool:
    """Tell whether a facet parts the rows at all: one sector, or no tags, is nothing to click."""
    if facet.field in _ALWAYS:
        return True
    if facet.field in {"sector", "country"}:
        return len(facet.rows) > 1 or facet.more > 0
    return any(row.count for row in facet.rows)


def _bound(volume: int) -> str:
    """Return an end of a range of volumes, which is round: 10 k, not 10.0 k."""
    if volume < _IN_THOUSANDS:
        return words.number(volume)
    millions, rest = divmod(volume, 1_000_000)
    return f"{words.number(millions)} M" if millions and not rest else f"{words.number(volume // 1_000)} k"


def _label(field: str, row: FacetRow) -> str:
    if row.name:
        return row.name
    value = row.value
    if isinstance(value, Missing):
        return tr("None") if field in {"cluster", "tag", "import"} else tr("Unknown")
    if isinstance(value, Choice):
        return _WORDS.get(value.word, value.word)
    if isinstance(value, Compare) and value.operator is Operator.AT_LEAST:
        return tr("{n} or more").format(
            n=_bound(value.number) if field == "volume" else words.number(value.number)
        )
    written = unparse(Query((FieldTerm(field, (value,)),))).partition(":")[2]
    low, _, high = written.partition("..")
    if field == "volume" and high:
        return f"{_bound(int(low))} – {_bound(int(high) + 1)}"
    return " – ".join(words.number(int(part)) for part in (low, high) if part)
