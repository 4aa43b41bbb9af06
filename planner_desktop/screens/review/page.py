"""The Review page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from planner_core.commands import SetOverride
from planner_desktop.app.outcomes import together
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.review.anew import offer
from planner_desktop.screens.review.cards import Card, ConflictCard, RefusedCard, heading
from planner_desktop.screens.review.checking import Checking
from planner_desktop.screens.review.items import Content, read, tr
from planner_desktop.screens.review.panel import PostPanel
from planner_desktop.screens.review.waiting import ROWS_SHOWN, WaitingCard, WaitingGroup
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.text import Ground
from planner_desktop.widgets.theme import Theme
from sync.replica import Choice, Outcome, ReviewRow

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Replica

STEP = 30
"""So many cards of a kind are made at a time: a hundred thousand waiting rows are a number and a button, not widgets."""


class ReviewPage(QWidget):
    """Decide conflicts, mend what was refused, take back what waits, and see what the platform would say."""

    figures_changed = Signal(object)

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self.content = Content()
        self._choices: dict[str, str] = {}
        self._limits = {"conflicts": STEP, "refused": STEP, "shut_out": STEP, "lost": STEP, "waiting": STEP}
        self._unfolded: dict[str, WaitingGroup] = {}
        self._open_actions: set[str] = set()
        self._reading = False
        self._stale = True
        self._drawn: object = None
        self._cards: dict[str, Card] = {}
        self._unfolding = 0
        self._wanted = ""
        self.header = PageHeader(theme, tr("Review"), self)
        self.check = Button(theme, tr("Check again"), "plain", icon="circle-check", parent=self)
        self.revert_all = Button(theme, tr("Revert all…"), "plain", icon="undo-2", parent=self)
        self.panel = PostPanel(theme, self)
        self.checking = Checking(account, self.panel, self.check, self)
        self._scroll = QScrollArea(self)
        self._list = QWidget()
        self._column = QVBoxLayout()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(50)
        self._soon.timeout.connect(self._read)
        self._build()
        account.review_changed.connect(self._changed)
        theme.changed.connect(self._redraw)

    # ------------------------------------------------------------ what the window asks

    @property
    def is_settled(self) -> bool:
        """Whether the page shows what the replica holds."""
        busy = self._stale or self._reading or self._soon.isActive() or self._unfolding > 0
        return not (self.isVisible() and busy)

    def refresh(self) -> None:
        """Read everything anew if something has changed since."""
        if self._stale:
            self._soon.start()

    def reveal(self, item: str) -> None:
        """Bring the card of a review item into view and the focus to it, once the page shows it."""
        self._wanted = item
        if self.is_settled:
            self._reveal()

    def _reveal(self) -> None:
        content = self.content
        about: Mapping[str, Sequence[Sequence[str]]] = {
            "conflicts": [[item.id for item in record.items] for record in content.conflicts],
            "refused": [[item.id] for item in content.refused],
            "shut_out": [[item.id] for item in content.shut_out],
            "lost": [[item.id] for item in content.lost],
        }
        for kind, cards in about.items():
            at = next((at for at, items in enumerate(cards) if self._wanted in items), None)
            if at is not None and at >= self._limits[kind]:
                self._limits[kind] = at + STEP
                self._redraw()
                return
        card = self._cards.get(self._wanted)
        if card is not None:
            self._wanted = ""
            self._scroll.ensureWidgetVisible(card)
            button = next((one for one in card.findChildren(Button) if not one.isHidden()), None)
            if button is not None:
                button.setFocus(Qt.FocusReason.OtherFocusReason)

    def figures(self) -> list[str]:
        """Return what the status bar says at the right."""
        counts = self._account.counts
        changes = words.counted(counts.waiting_rows, tr("change"), tr("changes"))
        needs = counts.conflicts + counts.refused
        if not needs:
            return [changes]
        said = tr("1 needs you") if needs == 1 else tr("{n} need you").format(n=words.number(needs))
        return [changes, said]

    # ------------------------------------------------------------ decisions

    def decide(self, choices: Mapping[str, str]) -> None:
        """Decide review items: id -> mine or theirs."""
        sides: list[tuple[Choice, list[str]]] = [
            ("mine", [uid for uid, choice in choices.items() if choice == "mine"]),
            ("theirs", [uid for uid, choice in choices.items() if choice == "theirs"]),
        ]

        def work(replica: Replica) -> Outcome:
            return together([replica.resolve(ids, choice) for choice, ids in sides if ids])

        self._edits.carry(work)

    def decide_all(self, choice: str) -> None:
        """Decide all conflicts alike."""
        self.decide(dict.fromkeys(self.content.conflict_ids, choice))

    def revert(self, action: str) -> None:
        """Take back an action that waits."""
        self._edits.carry(lambda replica: replica.cancel(action))

    def _revert_all(self) -> None:
        actions = [one.id for one in self.content.waiting]
        self._edits.carry(lambda replica: together([replica.cancel(action) for action in actions]))

    def _fix(self, item: ReviewRow, value: object) -> None:
        """Write the mended value as an ordinary edit and close the question about the old one."""
        figure = item.group.removesuffix("_override")
        number = value if isinstance(value, int) else None

        def work(replica: Replica) -> Outcome:
            dropped = replica.resolve([item.id], "theirs")
            return together([dropped, replica.run([SetOverride(figure, list(item.ids), number)])])

        self._edits.carry(work)

    # ------------------------------------------------------------ reading

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._soon.start()
        self.figures_changed.emit(self.figures())

    def _read(self) -> None:
        if self._reading or not self._account.is_open:
            return
        self._reading, self._stale = True, False
        self._account.bridge.watch(self._account.reading.ask(read), self, self._show, self._failed)

    def _failed(self, error: BaseException) -> None:
        self._reading = False
        self._account.troubled.emit(error)

    def _show(self, content: Content) -> None:
        self._reading = False
        if content != self.content or self._drawn is None:
            self.content = content
            self._redraw()
        if self._stale:
            self._soon.start()

    # ------------------------------------------------------------ drawing

    def _redraw(self) -> None:
        content, theme = self.content, self._theme
        place = self._scroll.verticalScrollBar().value()
        self._drawn = content
        self._unfolded.clear()
        self._cards.clear()
        # Answers for groups that are gone never arrive.
        self._unfolding = 0
        self._list = Ground(theme, "canvas")
        self._column = QVBoxLayout(self._list)
        edge = theme.px(20)
        self._column.setContentsMargins(edge, theme.px(12), edge, edge)
        self._column.setSpacing(theme.px(8))
        self._show_conflicts()
        self._show_refused()
        self._show_waiting()
        if not (content.conflicts or content.refused or content.shut_out or content.lost or content.waiting):
            empty = EmptyState(
                theme,
                tr("Nothing to review"),
                tr("Everything you changed is on the platform, and nobody disagrees."),
                sketch="list",
                parent=self._list,
            )
            self._column.addWidget(empty, 1)
        self._column.addStretch(1)
        self._scroll.setWidget(self._list)
        QTimer.singleShot(0, self._list, lambda: self._return_to(place))
        self.revert_all.setEnabled(bool(content.waiting))
        self.checking.show_state()

    def _return_to(self, place: int) -> None:
        self._scroll.verticalScrollBar().setValue(place)
        if self._wanted:
            self._reveal()

    def _show_conflicts(self) -> None:
        content = self.content
        if not content.conflicts:
            return
        buttons = []
        for choice, text in (("mine", tr("All mine")), ("theirs", tr("All theirs"))):
            button = Button(self._theme, text, "quiet")
            button.clicked.connect(lambda _=False, choice=choice: self.decide_all(choice))
            buttons.append(button)
        note = tr("Choose per field. Nothing is sent until you do.")
        several = buttons if len(content.conflicts) > 1 else []
        self._add(heading(self._theme, tr("Conflicts"), len(content.conflict_ids), note, several))
        for record in content.conflicts[: self._limits["conflicts"]]:
            card = ConflictCard(self._theme, record, self._choices)
            card.chosen.connect(self._choices.__setitem__)
            card.decided.connect(self.decide)
            self._cards.update({item.id: card for item in record.items})
            self._add(card)
        self._more("conflicts", len(content.conflicts))

    def _show_refused(self) -> None:
        self._show_untaken("refused", tr("Refused by the platform"), self.content.refused)
        self._show_untaken("shut_out", tr("Without access to the site"), self.content.shut_out)
        self._show_untaken("lost", tr("Not on the platform any more"), self.content.lost)

    def _show_untaken(self, kind: str, title: str, items: Sequence[ReviewRow]) -> None:
        if not items:
            return
        self._add(heading(self._theme, title, len(items), ""))
        for item in items[: self._limits[kind]]:
            card = RefusedCard(self._theme, item)
            card.fixed.connect(self._fix)
            card.again.connect(lambda uid: self.decide({uid: "mine"}))
            card.anew.connect(lambda item: offer(self._theme, self, item, self._account, self._edits))
            card.dropped.connect(lambda uid: self.decide({uid: "theirs"}))
            self._cards[item.id] = card
            self._add(card)
        self._more(kind, len(items))

    def _show_waiting(self) -> None:
        content = self.content
        if not content.waiting:
            return
        self._add(heading(self._theme, tr("To post"), content.waiting_rows, tr("Grouped by action")))
        groups = []
        for action in content.waiting[: self._limits["waiting"]]:
            group = WaitingGroup(self._theme, action)
            group.unfolded.connect(self._unfold)
            group.reverted.connect(self.revert)
            self._unfolded[action.id] = group
            groups.append(group)
        self._add(WaitingCard(self._theme, groups))
        self._more("waiting", len(content.waiting))
        there = {one.id for one in content.waiting}
        self._open_actions &= there
        first = content.waiting[0]
        for action_id in self._open_actions or {first.id}:
            self._unfold(action_id)

    def _more(self, kind: str, count: int) -> None:
        left = count - self._limits[kind]
        if left > 0:
            button = Button(self._theme, tr("{n} more").format(n=words.number(left)), "link")
            button.clicked.connect(lambda: self._show_more(kind))
            self._add(button)

    def _show_more(self, kind: str) -> None:
        self._limits[kind] += STEP
        self._redraw()

    def _unfold(self, action: str) -> None:
        self._open_actions.add(action)
        self._unfolding += 1
        future = self._account.reading.ask(lambda reader: reader.waiting_changes(action, 2 * ROWS_SHOWN))

        def arrived(changes: Sequence[object]) -> None:
            self._unfolding = max(0, self._unfolding - 1)
            group = self._unfolded.get(action)
            if group is not None:
                group.show_changes(changes)  # type: ignore[arg-type]

        self._account.bridge.watch(future, self._list, arrived, self._account.troubled.emit)

    def _add(self, widget: QWidget) -> None:
        if isinstance(widget, Button):
            self._column.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
            return
        if not isinstance(widget, Card) and self._column.count():
            self._column.addSpacing(self._theme.px(8))
        self._column.addWidget(widget)

    def _build(self) -> None:
        self.header.add_action(self.revert_all)
        self.header.add_action(self.check)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(tr("Changes"))
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._scroll, 1)
        body.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(body, 1)
        self.revert_all.clicked.connect(self._revert_all)
        self.panel.post_requested.connect(self._account.start_sync)
