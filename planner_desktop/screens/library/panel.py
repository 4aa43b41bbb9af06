"""The panel of the Library page: what adding the selection would come to, and without one how far each sector is curated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from planner_desktop.app.library import Foreseen
from planner_desktop.screens import words
from planner_desktop.screens.library.rows import tr
from planner_desktop.widgets.fields import Labelled, Picker
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.seeds import Statistics

OWN = "own"
"""Each seed goes to the sector whose library it is of."""


class _SectorFigures(QAbstractButton):
    """One sector: how many seeds, how many of them added, and their volume. A click filters by it."""

    def __init__(self, theme: Theme, one: Statistics, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.one = one
        self._said = tr("{added} of {seeds} added · volume {volume}").format(
            added=words.number(one.added), seeds=words.number(one.seeds), volume=words.short(one.volume)
        )
        self.setAccessibleName(f"{one.home.name}: {self._said}")
        self.setToolTip(tr("Show the seeds of {sector}").format(sector=one.home.name))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["control"])

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(56))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = theme.radius("control")
            if self.underMouse():
                painter.setBrush(theme.color("row-hover"))
                painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            edge, width = theme.px(4), self.width()
            for top, role, color, text in (
                (theme.px(4), "label", "text", self.one.home.name),
                (theme.px(22), "small", "text-2", self._said),
            ):
                painter.setFont(theme.font(role))
                painter.setPen(theme.color(color))
                shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width - 2 * edge)
                painter.drawText(QRectF(edge, top, width, theme.px(18)), Qt.AlignmentFlag.AlignVCenter, shown)
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(edge, theme.px(44), width - 2 * edge, theme.px(5))
            painter.setBrush(theme.color("neutral-soft"))
            painter.drawRoundedRect(bar, theme.radius("bar"), theme.radius("bar"))
            if self.one.seeds and self.one.added:
                bar.setWidth(max(2.0, bar.width() * self.one.added / self.one.seeds))
                painter.setBrush(theme.color("accent"))
                painter.drawRoundedRect(bar, theme.radius("bar"), theme.radius("bar"))


class LibraryPanel(Panel):
    """Says before anything is written what adding would come to. Nothing is added before the button."""

    add_requested = Signal()
    target_changed = Signal()
    sector_chosen = Signal(str)
    """A sector's name."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.target = Picker(theme, tr("Add to"), icon="library", searchable=False)
        self._target = Labelled(theme, tr("Add to"), self.target)
        self._reasons = Text(theme, "", "small", "text-2")
        self._reasons.setWordWrap(True)
        self._sectors = QWidget()
        self._list = QVBoxLayout(self._sectors)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.px(4))
        for section in (self._target, self._reasons, self._sectors):
            self.add_section(section)
        self.foreseen: Foreseen | None = None
        self.footer.applied.connect(self.add_requested)
        self.footer.cancelled.connect(self.closed)
        self.target.picked.connect(lambda _value: self.target_changed.emit())
        self.show_statistics((), "")

    def set_targets(self, choices: Sequence[Choice], value: object) -> None:
        """Offer sectors to add to."""
        self.target.set_choices(choices, value)

    def show_statistics(self, statistics: Sequence[Statistics], place: str) -> None:
        """Show the sectors; nothing is selected."""
        self.foreseen = None
        self.show_title(
            place or tr("Library"), tr("Select seeds to add them. Ctrl+A selects all that are shown.")
        )
        self._show(selected=False)
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for one in statistics:
            button = _SectorFigures(self._theme, one, self._sectors)
            button.clicked.connect(lambda _checked=False, name=one.home.name: self.sector_chosen.emit(name))
            self._list.addWidget(button)

    def show_selection(self, count: int, volume: int, difficulty: float | None) -> None:
        """Show what is selected; what would become of it is being found out."""
        self.foreseen = None
        facts = [tr("Volume {volume}").format(volume=words.number(volume))]
        if difficulty is not None:
            facts.append(tr("difficulty {mean}").format(mean=round(difficulty)))
        self.show_title(words.counted(count, tr("seed"), tr("seeds")), " · ".join(facts))
        self._show(selected=True)
        self._reasons.setText("")
        self.footer.show_consequence(tr("Checking…"), ())
        self.footer.show_action(tr("Add"), enabled=False)

    def show_foreseen(self, found: Foreseen) -> None:
        """Show what adding would come to, by the rules."""
        self.foreseen = found
        facts = [(tr("New"), words.counted(found.added, tr("keyword"), tr("keywords")))]
        if found.already:
            facts.append(
                (tr("Unchanged"), tr("{n} are keywords already").format(n=words.number(found.already)))
            )
        if found.kept_out:
            facts.append((tr("Refused"), words.counted(found.kept_out, tr("seed"), tr("seeds"))))
        title = (
            tr("This will add {n}").format(n=words.counted(found.added, tr("keyword"), tr("keywords")))
            if found.added
            else tr("Nothing to add")
        )
        note = tr("One undo step. Posts with the next sync.") if found.added else ""
        self.footer.show_consequence(title, facts, note)
        count = words.number(found.added)
        self.footer.show_action(
            tr("Add {n}").format(n=count) if found.added else tr("Add"),
            hint="Ctrl ⏎",
            enabled=bool(found.added),
        )
        self._reasons.setText(reasons(found))
        self._reasons.setVisible(bool(found.refused))

    def _show(self, *, selected: bool) -> None:
        self._close.setVisible(selected)
        self._target.setVisible(selected)
        self._reasons.setVisible(False)
        self._sectors.setVisible(not selected)
        self.footer.setVisible(selected)


def reasons(found: Foreseen) -> str:
    """Say what is refused, why, and a few of the seeds."""
    said = []
    for one in found.refused:
        rest = one.count - len(one.sample)
        more = [tr("{n} more").format(n=words.number(rest))] if rest > 0 else []
        said.append(f"{words.number(one.count)}: {one.message}\n" + " · ".join([*one.sample, *more]))
    return "\n\n".join(said)
