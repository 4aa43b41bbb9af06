"""The Triage page: one new keyword after the other, or one group, large, and a single key for each decision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner_core.query import Query
from planner_desktop.app.candidates import asked_for
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.keywords.cells import sentence
from planner_desktop.screens.keywords.query import query_of
from planner_desktop.screens.pages import Page
from planner_desktop.screens.triage.card import Card
from planner_desktop.screens.triage.choosing import offer_clusters
from planner_desktop.screens.triage.keys import KeyPanel
from planner_desktop.screens.triage.words import GROUPING_WORDS, last_words, left_words, pace_words, tr
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.empty import EmptyState
from planner_desktop.widgets.pageheader import PageHeader
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import ElidedText, Ground, Line, Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns.queuegroups import Grouping
    from planner_desktop.screens.triage.pile import Shown
    from planner_desktop.screens.triage.session import Session

_QUERY_SHOWN = 40


class TriagePage(QWidget):
    """Decide what becomes of new keywords."""

    figures_changed = Signal(object)
    """Texts for the right end of the status bar."""
    counted = Signal(int)
    """So many new keywords of the place are to be triaged."""

    def __init__(self, account: Account, edits: Edits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._place: tuple[int | None, int | None] = (None, None)
        self._group: Grouping = "near-duplicates"
        self._shown: Shown | None = None
        self._empty: QWidget | None = None
        self._only = Query()
        self.session: Session | None = None
        self.header = PageHeader(theme, tr("Triage"), self)
        self.only = Button(theme, "", "plain", icon="x", parent=self)
        groupings = [(name, tr(text)) for name, text in GROUPING_WORDS.items()]
        self.grouping = Segmented(theme, tr("How keywords come"), groupings, self)
        self.card = Card(theme, self)
        self.keys = KeyPanel(theme, self)
        self.left = Text(theme, "", "body-strong", "text", self)
        self.pace = ElidedText(theme, "", "small", "text-2", self)
        self._help = Text(theme, tr("G: one by one or in groups"), "small", "text-3", self)
        self._stack = QStackedWidget(self)
        self._strip = QHBoxLayout()
        self._verbs: dict[str, Callable[[], None]] = {
            "assign": self._assign,
            "create": self._create,
            **{verb: partial(self._decide, verb) for verb in ("disable", "skip", "repeat", "undo")},
            "leave": self.setFocus,
        }
        self._build()
        self._connect()

    # ------------------------------------------------------------ what the window says

    def show_place(self, site: int | None, sector: int | None) -> None:
        """Triage a site and sector, by row key; None for all."""
        self._place = (site, sector)
        if self.session is not None:
            self.session.pile.show_place(site, sector)

    def narrow(self, text: str) -> None:
        """Triage only what a query line finds; nothing, what cannot be read, or one about candidates: all new keywords."""
        found = query_of(text)
        self._only = found if found is not None and asked_for(found) is None else Query()
        said = text.strip() if self._only.terms else ""
        shown = said if len(said) <= _QUERY_SHOWN else f"{said[: _QUERY_SHOWN - 1]}…"
        self.only.setText(tr("Only {query}").format(query=shown).replace("&", "&&"))
        self.only.setToolTip(tr("Triage all new keywords, not only {query}").format(query=said))
        self.only.setVisible(bool(said))
        if self.session is not None:
            self.session.pile.narrow(self._only)

    def arrive(self) -> None:
        """Somebody looks: go on where it was."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.session is not None:
            self.session.arrive()
        self._show()

    def page(self) -> Page:
        """Return what the frame has to know."""
        return Page(
            "triage",
            tr("Triage"),
            "list-checks",
            tr("Plan"),
            self,
            self.arrive,
            self.keys,
            lambda: self.is_settled,
        )

    @property
    def is_settled(self) -> bool:
        """Whether everything on the page is up to date."""
        return self.session is None or self.session.is_settled

    # ------------------------------------------------------------ keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A key held down must not decide what nobody has read.
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        text = event.text().casefold()
        if event.isAutoRepeat() or plain != Qt.KeyboardModifier.NoModifier or not self._press(text, event):
            super().keyPressEvent(event)

    def _press(self, text: str, event: QKeyEvent) -> bool:
        if text in set("123456789"):
            self._take(int(text))
            return True
        if text == "g":
            self._toggle_groups(another=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return True
        verb = {"a": "assign", "n": "create", "d": "disable", "s": "skip", " ": "skip"}.get(text)
        verb = verb or {"r": "repeat", ".": "repeat", "u": "undo"}.get(text)
        if verb is None:
            return False
        self._verbs[verb]()
        return True

    def _take(self, number: int) -> None:
        offers = self._shown.offers if self._shown is not None else ()
        found = next((one for one in offers if one.number == number), None)
        if found is not None and self.session is not None:
            self._begin()
            self.session.assign(found.target)

    def _assign(self) -> None:
        if self.session is not None and self._shown is not None:
            offer_clusters(self._theme, self, self.session, self._shown.rows[0], self._begin)

    def _create(self) -> None:
        if self._shown is not None:
            from planner_desktop.app.triage import name_for  # noqa: PLC0415 - with NumPy, which is there by now

            self.keys.ask_name(name_for([row.keyword for row in self._shown.rows]))

    def _named(self, name: str) -> None:
        if not name.strip() or self.session is None:
            return
        self.keys.stop_naming()
        self.setFocus()
        self._begin()
        self.session.create(name)

    def _decide(self, verb: str) -> None:
        """Carry out a verb of the session that needs nothing else."""
        if self.session is not None:
            self._begin()
            {
                "disable": self.session.disable,
                "skip": self.session.skip,
                "repeat": self.session.repeat,
                "undo": self.session.undo,
            }[verb]()

    def _begin(self) -> None:
        """A decision is made: what was said of the one before is over."""
        self.card.show_message("")
        self.keys.stop_naming()

    def _toggle_groups(self, *, another: bool) -> None:
        names = list(GROUPING_WORDS)
        session = self.session
        if session is None:
            return
        if another:
            wanted = names[(names.index(session.pile.grouping) + 1) % len(names)]
        else:
            wanted = self._group if session.pile.grouping == "one" else "one"
        self._choose(wanted)

    def _choose(self, grouping: object) -> None:
        session = self.session
        found: Grouping | None = next((one for one in _groupings() if one == grouping), None)
        if session is None or found is None:
            return
        if found != "one":
            self._group = found
        session.pile.choose(found)
        self.setFocus()

    # ------------------------------------------------------------ showing

    def _show(self) -> None:
        session = self.session
        self._shown = shown = session.pile.look() if session is not None and self.isVisible() else None
        if session is not None:
            self.grouping.set_value(session.pile.grouping)
        if shown is not None:
            self.card.show_item(shown)
            # The page has the focus: what it says of itself is what a screen reader reads after a key.
            self.setAccessibleDescription(sentence(shown.rows[0]))
            self.keys.show_offers(shown.offers, known=shown.known)
        self._show_verbs()
        self._show_left()
        self._show_empty()

    def _show_verbs(self) -> None:
        steps = self.session.steps if self.session is not None else None
        last = steps.last if steps is not None else None
        latest = steps.latest if steps is not None else None
        undo = self._account.standing.undo
        older = undo.label if undo is not None else ""
        self.keys.show_verbs(
            last_words(last.verb, last.target.name if last.target is not None else "") if last else "",
            last_words(latest.verb, latest.target.name if latest.target is not None else "")
            if latest
            else older,
        )

    def _show_left(self) -> None:
        session = self.session
        if session is None:
            return
        self.left.setText(left_words(session.left, session.pace))
        skipped = len(session.pile.skipped)
        said = [pace_words(session.pace)]
        if skipped:
            said.append(tr("{n} skipped, they come last").format(n=words.number(skipped)))
        self.pace.setText(" · ".join(part for part in said if part))
        self.header.set_count(words.number(session.left))
        if self.isVisible():
            self.figures_changed.emit([self.left.text()])

    def _show_empty(self) -> None:
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
            self._empty = None
        self.keys.setVisible(self._shown is not None)
        if self._shown is not None or not self.isVisible():
            self._stack.setCurrentWidget(self.card)
            return
        finding = self.session is None or self.session.pile.is_finding
        title = tr("Looking through the keywords…") if finding else tr("Nothing to triage")
        sentence = (
            tr("Groups and suggestions come in a moment.")
            if finding
            else tr("No new keyword is left of those that match the filter.")
            if self._only.terms
            else tr("Every keyword here is in a cluster, mapped or disabled.")
        )
        self._empty = EmptyState(self._theme, title, sentence, sketch="list", parent=self)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        theme = self._theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Triage"))
        self.header.add_action(self.only)
        self.header.add_action(self.grouping)
        self.only.hide()
        ground = Ground(theme, "surface", self)
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._stack.addWidget(self.card)
        column.addWidget(self._stack, 1)
        column.addWidget(Line(theme, ground))
        self._strip.setContentsMargins(theme.px(28), theme.px(8), theme.px(28), theme.px(8))
        self._strip.setSpacing(theme.px(16))
        self._strip.addWidget(self.left)
        self._strip.addWidget(self.pace, 1)
        self._strip.addWidget(self._help)
        column.addLayout(self._strip)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(ground, 1)
        body.addWidget(self.keys)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addLayout(body, 1)
        self.keys.hide()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(900), self._theme.px(600))

    def _connect(self) -> None:
        self._account.columns_loaded.connect(self._start)
        self._account.standing_changed.connect(self._show_verbs)
        self.grouping.chosen.connect(self._choose)
        self.only.clicked.connect(lambda: self.narrow(""))
        self.keys.offer_chosen.connect(self._take)
        self.keys.verb_chosen.connect(lambda name: self._verbs[name]())
        self.keys.named.connect(self._named)

    def _start(self) -> None:
        """Begin with an account, whose columns are there for the first time."""
        from planner_desktop.screens.triage.session import Session  # noqa: PLC0415 - NumPy comes after the first paint

        if self.session is not None:
            self.session.deleteLater()
        self.session = session = Session(self._account, self._edits, self)
        session.pile.shown.connect(self._show)
        session.pile.counted.connect(self.counted)
        session.refused.connect(self.card.show_message)
        session.pile.show_place(*self._place)
        session.pile.narrow(self._only)
        session.pile.count()
        if self.isVisible():
            session.arrive()


def _groupings() -> tuple[Grouping, ...]:
    from planner_desktop.columns.queuegroups import GROUPINGS  # noqa: PLC0415 - see above

    return GROUPINGS
