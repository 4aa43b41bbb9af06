"""Adding seeds: what it would come to by the rules, the question above a thousand, and the one step that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from planner_desktop.app.library import Foreseen, add, foresee
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.edits import Edits
from planner_desktop.screens.library.panel import OWN, LibraryPanel
from planner_desktop.screens.library.rows import tr
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.dialogs import Question, confirm
from planner_desktop.widgets.roles import Choice
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes with the first look at the library
    from planner_desktop.columns import Keys
    from planner_desktop.columns.seeds import Shelf
    from sync.replica import Reader

CONFIRM_ABOVE = 1_000


class Adding(QObject):
    """Checks first, then adds. `is_busy` while the rules are being asked."""

    def __init__(
        self, account: Account, edits: Edits, theme: Theme, panel: LibraryPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._edits = edits
        self._theme = theme
        self._panel = panel
        self._asked = 0
        self.is_busy = False

    def forget(self) -> None:
        """Nothing is selected any more: an answer that is on its way is for nobody."""
        self._asked += 1
        self.is_busy = False

    def foresee(self, shelf: Shelf, keys: Keys) -> None:
        """Have the rules say what adding would come to, on another thread."""
        self._asked += 1
        number, target = self._asked, self._panel.target.value
        if target == OWN:
            wanted = [(home.uid, shelf.seed_keys(mine).tolist()) for home, mine in shelf.by_home(keys)]
        else:
            wanted = [(str(target), shelf.seed_keys(keys).tolist())]

        def asked(reader: Reader) -> Foreseen:
            return foresee(reader, [(sector, reader.seed_uids(seeds)) for sector, seeds in wanted])

        def arrived(found: Foreseen) -> None:
            if number == self._asked:
                self.is_busy = False
                self._panel.show_foreseen(found)

        def broke(error: BaseException) -> None:
            self.is_busy = False
            self._account.troubled.emit(error)

        self.is_busy = True
        self._account.bridge.watch(self._account.reading.ask(asked), self, arrived, broke)

    def ask(self, window: QWidget, sample: Sequence[str]) -> None:
        """Add what was checked last, above a thousand after a question that names a few of the seeds."""
        found = self._panel.foreseen
        if found is None or not found.added:
            return
        if found.added <= CONFIRM_ABOVE:
            self._add(found)
            return
        sheet = confirm(self._theme, window, self._question(found, sample))
        sheet.accepted.connect(lambda: self._add(found))
        sheet.open()

    def _add(self, found: Foreseen) -> None:
        ids = self._account.planner.store.ids
        count = words.counted(found.added, tr("keyword"), tr("keywords"))
        label = tr("Add {count} from the library").format(count=count)
        self._edits.carry(lambda replica: add(replica, ids, found.fresh, label))

    def _question(self, found: Foreseen, sample: Sequence[str]) -> Question:
        count = words.number(found.added)
        more = tr("{n} more").format(n=words.number(max(0, found.asked - len(sample))))
        facts = [(tr("New keywords"), count, self._target_name())]
        if found.already:
            facts.append((tr("Keywords already"), words.number(found.already), tr("stay as they are")))
        if found.kept_out:
            facts.append((tr("Refused"), words.number(found.kept_out), found.refused[0].message))
        return Question(
            tr("Add {count} keywords?").format(count=count),
            tr(
                "They are made here at once and on the platform with the next sync. One undo takes them back."
            ),
            tr("Add {count}").format(count=count),
            sample=" · ".join([*sample, more]),
            facts=tuple(facts),
            destructive=False,
        )

    def _target_name(self) -> str:
        value = self._panel.target.value
        found = next((one.name for one in self._account.places.sectors if one.id == value), "")
        return tr("into {sector}").format(sector=found) if found else tr("each into its own sector")

    def offer_targets(self, place: Place) -> None:
        """Offer the sectors of a site, the one that is shown first chosen."""
        sectors = self._account.places.sectors_of(place.site) if place.site is not None else []
        choices = [Choice(sector.id, sector.name) for sector in sectors]
        if len(choices) != 1:
            choices.insert(0, Choice(OWN, tr("Each to its own sector")))
        self._panel.set_targets(choices, place.sector or choices[0].value)
