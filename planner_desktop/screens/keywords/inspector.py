"""The panel at the right: what the selection holds, and one edit for all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from planner_core.entities import VOLUME_LIMIT
from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import intent_words, tr
from planner_desktop.screens.keywords.editors import DIFFICULTY_LIMIT
from planner_desktop.screens.keywords.sharebar import ShareBar
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.cellediting import NotANumber, parse_number
from planner_desktop.widgets.fields import Labelled, LineField, Picker
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.roles import Choice, Editor, NewName
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import Line, Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toggles import Switch

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow
    from planner_desktop.columns.shares import Shares

RESET = object()
"""The value of a figure that goes back to the library's."""
KEEP = object()
MIXED = object()
"""The cluster of rows of several clusters: nothing is chosen, and whatever is chosen is a change."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One change for all selected rows: the column, the value, and how both are said in the footer."""

    column: str
    value: object
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Selected:
    """What is selected: figures over all of it, the one keyword where it is one, clusters to choose from, names of clusters."""

    shares: Shares
    one: KeywordRow | None
    choices: Sequence[Choice]
    cluster: object
    named: Sequence[tuple[str, int]]
    changing: Callable[[Sequence[Wish]], int] | None = None
    """How many rows wishes would change."""
    sample: str = ""
    """A few of the rows, by name."""


class FigureField(QWidget):
    """A figure to override, with the button that gives it back to the library."""

    changed = Signal()

    def __init__(self, theme: Theme, name: str, limit: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit = limit
        self._reset_wanted = False
        self._keep = tr("Keep")
        self.field = LineField(theme, name, tr("Keep"))
        self.button = Button(theme, tr("Reset"), "plain", size="control")
        self.button.setAccessibleName(tr("Reset {figure}").format(figure=name))
        self.button.clicked.connect(self._reset)
        self.field.textEdited.connect(self._typed)
        both = QWidget(self)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        self._labelled = Labelled(theme, name, both)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._labelled)

    def forget(self, note: str, keep: str, *, resettable: bool) -> None:
        """Show an empty field for another selection; `keep` stands in it and means "unchanged"."""
        self._reset_wanted = False
        self._keep = keep
        self.field.clear()
        self.field.setPlaceholderText(keep)
        self._say("")
        self._labelled.set_note(note)
        self.button.setEnabled(resettable)
        self.button.setToolTip("" if resettable else tr("None of these is overridden"))

    def wish(self) -> object:
        """Return KEEP, RESET or a number. Raises NotANumber."""
        if self._reset_wanted:
            return RESET
        editor = Editor(minimum=0, maximum=self._limit)
        try:
            value = parse_number(self.field.text(), editor, self.tr)
        except NotANumber as problem:
            self._say(str(problem))
            raise
        self._say("")
        return KEEP if value is None else value

    def _reset(self) -> None:
        self._reset_wanted = not self._reset_wanted
        self.field.clear()
        self.field.setPlaceholderText(tr("Library") if self._reset_wanted else self._keep)
        self.changed.emit()

    def _typed(self) -> None:
        self._reset_wanted = False
        self.field.setPlaceholderText(self._keep)
        self.changed.emit()

    def _say(self, sentence: str) -> None:
        self._labelled.set_error(sentence)
        self.field.set_invalid(bool(sentence))


class Inspector(Panel):
    """One keyword or a million of them. Nothing is changed before Apply."""

    apply_requested = Signal(object)
    """A sequence of Wish."""
    delete_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._selected: Selected | None = None
        self._empty = Text(
            theme, tr("Select keywords to see what they hold and to edit them together."), "small", "text-3"
        )
        self._empty.setWordWrap(True)
        self.status = Segmented(theme, tr("Status"), [("new", tr("New")), ("mapped", tr("Mapped"))])
        self._status_box = Labelled(theme, tr("Status"), self.status)
        self.cluster = Picker(
            theme, tr("Cluster"), icon="shapes", placeholder=tr("Keep"), creates=tr("New cluster “{name}”")
        )
        self._cluster_box = Labelled(theme, tr("Cluster"), self.cluster)
        self.volume = FigureField(theme, tr("Volume override"), VOLUME_LIMIT)
        self.difficulty = FigureField(theme, tr("Difficulty override"), DIFFICULTY_LIMIT)
        self.enabled = Switch(theme, tr("Enabled"))
        self._enabled_note = Text(theme, "", "small", "text-3")
        self._delete = Button(theme, tr("Delete…"), "link", parent=None)
        self._clusters = ShareBar(theme)
        self._clusters_line = Line(theme)
        self._form_box = QWidget()
        self._form: list[QWidget] = [
            self._status_box,
            self._cluster_box,
            self.volume,
            self.difficulty,
            self._row_of_switch(),
            self._clusters,
            self._row_of_delete(),
        ]
        self._assemble()
        self.show_nothing()

    # ------------------------------------------------------------ what is selected

    def show_nothing(self) -> None:
        """Nothing is selected."""
        self._selected = None
        self.show_title(tr("Nothing selected"))
        self._empty.show()
        self._form_box.hide()
        self.footer.hide()

    def show_selection(self, selected: Selected, *, keep: bool = False) -> None:
        """Show what is selected; with `keep` (the same rows, other values) what is wished for already stays."""
        keep = keep and self._selected is not None and not self.footer.isHidden()
        self._selected = selected
        shares, one = selected.shares, selected.one
        title = one.keyword if one is not None else words.counted(shares.count, tr("keyword"), tr("keywords"))
        self.show_title(title, self._facts(shares))
        self._empty.hide()
        self._form_box.show()
        every = shares.count
        self._clusters.setVisible(every > 1)
        self._clusters_line.setVisible(every > 1)
        self._clusters.show_shares(selected.named, every)
        if keep:
            self._update_footer()
            return
        self.status.set_value("new" if shares.new == every else "mapped" if shares.mapped == every else None)
        self._status_box.set_note(_share_note(shares))
        none = every - shares.clustered
        self.cluster.set_choices(selected.choices, selected.cluster)
        self.cluster.setEnabled(bool(selected.choices))
        self.cluster.setToolTip("" if selected.choices else tr("These keywords are of several sectors"))
        self._cluster_box.set_note(
            tr("{n} have none").format(n=words.number(none)) if none > 0 and every > 1 else ""
        )
        self._show_figures(shares, one)
        self._show_enabled(shares)
        self._delete.setText(tr("Delete {n}…").format(n=words.number(every)) if every > 1 else tr("Delete…"))
        self._update_footer()

    def wishes(self) -> list[Wish]:
        """Return what is wished for, in words too. Raises NotANumber where a figure cannot be read."""
        selected = self._selected
        if selected is None:
            return []
        found: list[Wish] = []
        shares = selected.shares
        status, cluster = self.status.value, self.cluster.value
        if cluster != selected.cluster:
            name = cluster.text if isinstance(cluster, NewName) else self._cluster_name(cluster)
            found.append(Wish("cluster", cluster, tr("Cluster"), name))
        uniform = "new" if shares.new == shares.count else "mapped" if shares.mapped == shares.count else None
        if status is not None and status != uniform:
            found.append(Wish("status", status, tr("Status"), tr(str(status).capitalize())))
        for column, field, label in (
            ("volume", self.volume, tr("Volume")),
            ("difficulty", self.difficulty, tr("Difficulty")),
        ):
            value = field.wish()
            if value is RESET:
                found.append(Wish(column, None, label, tr("as in the library")))
            elif isinstance(value, int):
                found.append(Wish(column, value, label, QLocale().toString(value)))
        state = self.enabled.checkState()
        if state != _enabled_state(shares) and state != Qt.CheckState.PartiallyChecked:
            on = state == Qt.CheckState.Checked
            found.append(Wish("enabled", on, tr("Enabled"), tr("on") if on else tr("off")))
        return found

    def apply(self) -> None:
        """Ask for what is wished for."""
        try:
            wishes = self.wishes()
        except NotANumber:
            return
        if wishes:
            self.apply_requested.emit(wishes)

    # ------------------------------------------------------------ inside

    def _assemble(self) -> None:
        self.add_section(self._empty)
        column = QVBoxLayout(self._form_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._theme.space("group"))
        for at, widget in enumerate(self._form):
            if at == 5:
                column.addWidget(self._clusters_line)
            elif at == 6:
                column.addWidget(Line(self._theme))
            column.addWidget(widget)
        self.add_section(self._form_box)
        self.status.chosen.connect(self._update_footer)
        self.cluster.picked.connect(self._update_footer)
        self.volume.changed.connect(self._update_footer)
        self.difficulty.changed.connect(self._update_footer)
        self.volume.field.returnPressed.connect(self.apply)
        self.difficulty.field.returnPressed.connect(self.apply)
        self.enabled.clicked.connect(self._update_footer)
        self._delete.clicked.connect(self.delete_requested)
        self.footer.applied.connect(self.apply)
        self.footer.cancelled.connect(self._again)

    def _again(self) -> None:
        if self._selected is not None:
            self.show_selection(self._selected)

    def _row_of_switch(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Text(self._theme, tr("Enabled"), "label", "text-2"))
        row.addWidget(self._enabled_note)
        row.addStretch(1)
        row.addWidget(self.enabled)
        return box

    def _row_of_delete(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        self._delete.set_variant("danger")
        row.addWidget(self._delete)
        row.addStretch(1)
        row.addWidget(Text(self._theme, tr("Del"), "small", "text-3"))
        return box

    def _show_figures(self, shares: Shares, one: KeywordRow | None) -> None:
        every = shares.count
        for field, overrides, shown in (
            (self.volume, shares.volume_overrides, one.volume if one is not None else None),
            (self.difficulty, shares.difficulty_overrides, one.difficulty if one is not None else None),
        ):
            keep = tr("Keep") if one is None else words.figure(shown)
            field.forget(_overridden(overrides, every), keep, resettable=overrides > 0)

    def _show_enabled(self, shares: Shares) -> None:
        state = _enabled_state(shares)
        self.enabled.setTristate(state == Qt.CheckState.PartiallyChecked)
        self.enabled.setCheckState(state)
        on = shares.count - shares.disabled
        some = 0 < shares.disabled < shares.count
        self._enabled_note.setText(
            tr("{on} of {all}").format(on=words.number(on), all=words.number(shares.count)) if some else ""
        )

    def _facts(self, shares: Shares) -> str:
        _, _, every = intent_words(shares.intents)
        intents = every.split(", ") if every else []
        parts = [
            tr("Volume {volume}").format(volume=words.figure(shares.volume if shares.volume_known else None))
        ]
        if shares.difficulty is not None:
            parts.append(tr("difficulty {mean}").format(mean=round(shares.difficulty)))
        if len(intents) > 1:
            parts.append(tr("{n} intents").format(n=len(intents)))
        elif intents:
            parts.append(intents[0])
        return " · ".join(parts)

    def _cluster_name(self, value: object) -> str:
        choices = self._selected.choices if self._selected is not None else ()
        return next((choice.label for choice in choices if choice.value == value), "")

    def _update_footer(self, *_: object) -> None:
        if self._selected is None:
            return
        try:
            wishes = self.wishes()
        except NotANumber:
            self.footer.primary.setEnabled(False)
            return
        self.footer.setVisible(bool(wishes))
        every = self._selected.shares.count
        changing = every
        if self._selected.changing is not None and wishes:
            changing = self._selected.changing(wishes)
        facts = [(wish.label, f"→ {wish.words}") for wish in wishes]
        if changing < every:
            already = tr("{n} are like that already").format(n=words.number(every - changing))
            facts.append((tr("Unchanged"), already))
        if wishes and every > 1 and self._selected.sample:
            facts.append((tr("Rows"), self._selected.sample))
        self.footer.show_consequence(
            tr("This will change {rows}").format(rows=words.counted(changing, tr("row"), tr("rows"))),
            facts,
            tr("One undo step. Posts with the next sync."),
        )
        self.footer.show_action(
            tr("Apply to {count}").format(count=words.number(changing)), hint="Ctrl ⏎", enabled=changing > 0
        )


def _enabled_state(shares: Shares) -> Qt.CheckState:
    if not shares.disabled:
        return Qt.CheckState.Checked
    return Qt.CheckState.Unchecked if shares.disabled == shares.count else Qt.CheckState.PartiallyChecked


def _share_note(shares: Shares) -> str:
    if shares.count == 1:
        return ""
    if shares.new == shares.count:
        return tr("all New")
    if shares.mapped == shares.count:
        return tr("all Mapped")
    return tr("{new} New, {mapped} Mapped").format(
        new=words.number(shares.new), mapped=words.number(shares.mapped)
    )


def _overridden(count: int, every: int) -> str:
    if not count:
        return ""
    return tr("overridden") if every == 1 else tr("{n} overridden").format(n=words.number(count))
