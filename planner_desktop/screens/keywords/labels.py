"""Tags and notes in the window: a sheet for the selected keywords, and what the query line has to know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QWidget

from planner_desktop.app.labels import Labelled as Done
from planner_desktop.app.labels import Labels
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.asking import Asking
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.changes import plain
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ToastStack

if TYPE_CHECKING:  # NumPy and the replica come after the first paint
    from planner_desktop.columns import Keys
    from planner_desktop.columns.telling import Told
    from sync.replica import Reader

MOST_CHIPS = 12


class Worn(NamedTuple):
    """What keywords have: how many of them each tag, their one note (None if they differ), and all tags there are."""

    ids: Sequence[str]
    tags: Mapping[str, int]
    note: str | None
    suggestions: Sequence[str]


def worn_by(labels: Labels, reader: Reader, keys: Sequence[int]) -> Worn:
    """Return what is said beside some keywords. Not for the main thread: both files and rows are read."""
    ids = reader.keyword_uids(keys)
    book = labels.read()
    chosen = set(ids)
    counts = {name: len(chosen.intersection(having)) for name, having in book.tags.items()}
    notes = {book.notes.get(uid, "") for uid in ids}
    return Worn(
        ids,
        {name: count for name, count in sorted(counts.items(), key=lambda item: -item[1]) if count},
        notes.pop() if len(notes) == 1 else None,
        labels.suggestions(),
    )


class LabelSheet(Sheet):
    """Tags and the note of the selected keywords. Accepted, `added`, `removed` and `written` are what is wished for."""

    def __init__(self, theme: Theme, window: QWidget, worn: Worn) -> None:
        count = len(worn.ids)
        rows = words.counted(count, tr("keyword"), tr("keywords"))
        super().__init__(
            theme,
            window,
            tr("Tags and note of {rows}").format(rows=rows),
            tr("They stay on this computer and are not sent to the platform."),
            width=560,
        )
        self._worn = worn
        self._removed: set[str] = set()
        self.tag = LineField(theme, tr("Add tags"), tr("One or several, with commas between them"))
        self.note = LineField(theme, tr("Note"), "" if worn.note is not None else tr("Several notes: keep"))
        self.chips: dict[str, Button] = {}
        self._build(theme, count)

    @property
    def added(self) -> list[str]:
        """The tags to put on."""
        return [name.strip() for name in self.tag.text().split(",") if name.strip()]

    @property
    def removed(self) -> list[str]:
        """The tags to take off."""
        return sorted(self._removed)

    @property
    def written(self) -> str | None:
        """The note to write, "" to take it away, None to leave notes as they are."""
        text = self.note.text().strip()
        same = text == self._worn.note if self._worn.note is not None else not text
        return None if same else text

    def _build(self, theme: Theme, count: int) -> None:
        body = self.card.body
        completer = QCompleter(list(self._worn.suggestions), self.tag)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.tag.setCompleter(completer)
        body.addWidget(Labelled(theme, tr("Add tags"), self.tag))
        for start in range(0, min(len(self._worn.tags), MOST_CHIPS), 3):
            body.addLayout(self._chips(theme, start, count))
        more = len(self._worn.tags) - MOST_CHIPS
        if more > 0:
            said = tr("and {n} more tags").format(n=words.number(more))
            body.addWidget(Text(theme, said, "small", "text-3", self.card))
        self.note.setText(self._worn.note or "")
        body.addWidget(Labelled(theme, tr("Note"), self.note))
        cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        save = Button(theme, tr("Save"), "primary", size="button-dialog", parent=self.card)
        self.add_button(cancel, accepts=False)
        self.add_button(save, accepts=True)
        for field in (self.tag, self.note):
            field.returnPressed.connect(self.accept)
        self.focus_first(self.tag)

    def _chips(self, theme: Theme, start: int, count: int) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        for name, having in list(self._worn.tags.items())[start : start + 3]:
            share = "" if having == count else f" · {words.number(having)}"
            chip = Button(theme, f"{name}{share}".replace("&", "&&"), "plain", icon="tag", parent=self.card)
            chip.setCheckable(True)
            chip.setToolTip(tr("Take the tag off"))
            chip.setAccessibleName(tr("Take off {tag}").format(tag=name))
            chip.toggled.connect(lambda off, tag=name: self._toggle(tag, off=off))
            self.chips[name] = chip
            row.addWidget(chip)
        row.addStretch(1)
        return row

    def _toggle(self, name: str, *, off: bool) -> None:
        if off:
            self._removed.add(name)
        else:
            self._removed.discard(name)
        having = self._worn.tags[name]
        share = "" if having == len(self._worn.ids) else f" · {words.number(having)}"
        said = tr("Take off {tag}").format(tag=name) if off else f"{name}{share}"
        self.chips[name].setText(said.replace("&", "&&"))


def _facts(added: Sequence[str], removed: Sequence[str], note: str | None) -> list[tuple[str, str]]:
    """Return what is wished for as (what, which); nothing where everything stays."""
    found = [(tr("Tags on"), ", ".join(added)), (tr("Tags off"), ", ".join(removed))]
    if note is not None:
        found.append((tr("Note"), note or tr("taken away")))
    return [one for one in found if one[1]]


class RowLabels(QObject):
    """Opens the sheet, writes what was wished for, and tells the columns, which queries then find it in."""

    told = Signal()
    """The columns know the tags and notes as they are now."""

    def __init__(
        self, account: Account, table: KeywordTable, theme: Theme, toasts: ToastStack, window: QWidget
    ) -> None:
        super().__init__(window)
        self._account = account
        self._table = table
        self._theme = theme
        self._toasts = toasts
        self._window = window
        self._told_to: object = None
        account.columns_loaded.connect(self.tell)
        account.rows_changed.connect(self._columns_may_be_others)

    # ------------------------------------------------------------ the sheet

    def edit_selected(self) -> None:
        """Open the sheet for the selected keywords."""
        keys: Keys | None = self._table.selected_keys()
        if keys is None or not len(keys):
            self._toasts.show("info", tr("Select keywords first."))
            return
        labels = self._account.planner.labels
        plainly = plain(keys)
        self._watch(
            self._account.reading.ask(lambda reader: worn_by(labels, reader, plainly)),
            lambda worn: self._open(keys, worn),
        )

    def _open(self, keys: Keys, worn: Worn) -> None:
        sheet = LabelSheet(self._theme, self._window, worn)

        def wished() -> None:
            added, removed, note = sheet.added, sheet.removed, sheet.written
            facts = _facts(added, removed, note)
            if facts:
                asking = Asking(self._account, self._theme, self._window)
                said = tr("One undo step. Stays on this computer.")
                asking.then(
                    keys, facts, lambda: self._write(worn.ids, added, removed, note), consequence=said
                )

        sheet.accepted.connect(wished)
        sheet.open()

    def _write(
        self, ids: Sequence[str], added: Sequence[str], removed: Sequence[str], note: str | None
    ) -> None:
        labels = self._account.planner.labels

        def work() -> list[Done]:
            return [labels.write(ids, added, removed, note)]

        self._watch(self._account.desk.background.submit(work), self._written)

    def _written(self, done: Sequence[Done]) -> None:
        steps = [one for one in done if one.changed]
        if not steps:
            self._toasts.show("info", tr("It is like that already."))
            return
        self._toasts.show(
            "done", " · ".join(one.label for one in steps), tr("Undo"), lambda: self._undo(len(steps))
        )
        self.tell()

    def _undo(self, steps: int) -> None:
        labels = self._account.planner.labels

        def work() -> list[Done]:
            return [labels.undo() for _ in range(steps)]

        def undone(done: Sequence[Done]) -> None:
            self._toasts.show("done", " · ".join(one.label for one in done))
            self.tell()

        self._watch(self._account.desk.background.submit(work), undone)

    # ------------------------------------------------------------ the columns

    def _columns_may_be_others(self, _changed: object) -> None:
        if self._account.columns is not self._told_to:
            self.tell()

    def tell(self) -> None:
        """Have the columns told anew: somebody else wrote tags or notes."""
        columns = self._account.columns
        if columns is None or not self._account.is_open:
            return
        self._told_to = columns
        self._watch(self._account.reading.ask(self._account.planner.labels.told), self._tell_now)

    def _tell_now(self, told: Told) -> None:
        columns = self._account.columns
        if columns is None:
            return
        told.tell(columns)
        if any(getattr(term, "field", "") in {"tag", "note"} for term in self._table.query.terms):
            self._table.look(keep=True)
        self.told.emit()

    def _watch(self, future: Future, done: Callable) -> None:  # type: ignore[type-arg]
        self._account.bridge.watch(future, self, done, self._broke)

    def _broke(self, error: BaseException) -> None:
        message = getattr(error, "message", str(error))
        self._toasts.show("error", f"{message} {getattr(error, 'remedy', '')}".strip())
