"""`Planner`: one signed-in account, as the window and the command line hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from planner_core.commands import Command
from planner_desktop.app import arrivals
from planner_desktop.app.administration import Administration
from planner_desktop.app.clusters import Clusters
from planner_desktop.app.history import History
from planner_desktop.app.keywords import Keywords
from planner_desktop.app.labels import Labels
from planner_desktop.app.library import Library
from planner_desktop.app.places import Places
from planner_desktop.app.profile import AccountEntry
from planner_desktop.app.recipebook import RecipeBook
from planner_desktop.app.reciperuns import follow
from planner_desktop.app.replacing import Replacing
from planner_desktop.app.review import Review
from planner_desktop.app.safety import Safety
from planner_desktop.app.store import Store
from planner_desktop.app.syncing import Sync
from planner_desktop.app.trash import Trash
from sync.clock import SystemClock
from sync.replica import Outcome

if TYPE_CHECKING:  # with the first import or export
    from planner_desktop.app.exporting import Exports
    from planner_desktop.app.imports import Imports
    from planner_desktop.app.recipes import Recipes
    from planner_desktop.app.recording import Recorder
    from planner_desktop.app.triage import Triage
    from planner_desktop.columns import KeywordColumns
    from sync.replica import Changed, Reader


class Planner:
    """Everything a person can ask of one account, by topic. Methods return plain data and block; `submit` does not."""

    def __init__(
        self,
        *,
        entry: AccountEntry,
        store: Store,
        sync: Sync,
        administration: Administration,
        safety: Safety,
        labels: Path,
        imports: Callable[[], Imports],
    ) -> None:
        self.entry = entry
        self.store = store
        self.sync = sync
        self.administration = administration
        self.safety = safety
        self.keywords = Keywords(store)
        self.clusters = Clusters(store)
        self.library = Library(store)
        self.review = Review(store)
        self.history = History(store)
        self.trash = Trash(store)
        self.replacing = Replacing(store)
        self.labels = Labels(store, labels)
        self._recipes_folder = labels.parent / "recipes"
        self._triage_file = labels.with_name("triage.jsonl")
        self._open_imports = imports
        store.tellers["import"] = self._tell_imports
        store.tellers["changed"] = arrivals.tell
        store.writer.on_changed(self._labels_follow)

    @cached_property
    def imports(self) -> Imports:
        """Imports; what reads files comes in with the first of them."""
        return self._open_imports()

    @cached_property
    def recipes(self) -> Recipes:
        """Recipes; what reads and checks them comes in with the first of them."""
        from planner_desktop.app.recipes import Recipes  # noqa: PLC0415 - with NumPy and pydantic

        return Recipes(self.store, self.imports, self.labels, self._recipes_folder)

    @property
    def recorder(self) -> Recorder:
        """What makes recipes of the history."""
        from planner_desktop.app.recording import Recorder  # noqa: PLC0415 - with NumPy and pydantic

        folder = self._recipes_folder.parent
        return Recorder(self.store, self.imports, self.recipes, folder / "imports", self.labels)

    @property
    def has_recipes(self) -> bool:
        """Whether this account may have recipes, and runs of them."""
        return self._recipes_folder.is_dir()

    def _labels_follow(self, change: Changed) -> None:
        """Tags and notes of a recipe's run go and come with its action. Called on the writer's thread."""
        if change.origin == "user":
            follow(self.store, self.labels, RecipeBook(self._recipes_folder))

    def _tell_imports(self, columns: KeywordColumns, reader: Reader) -> None:
        self.imports.tell(columns, reader)

    @cached_property
    def triage(self) -> Triage:
        """Triage of new keywords."""
        from planner_desktop.app.triage import Triage  # noqa: PLC0415 - with NumPy

        return Triage(self.store, self.keywords, self._triage_file)

    @cached_property
    def exports(self) -> Exports:
        """Exports; what writes files comes in with the first of them."""
        from planner_desktop.app.exporting import Exports  # noqa: PLC0415 - with NumPy and XlsxWriter

        return Exports(self.store, SystemClock())

    @property
    def places(self) -> Places:
        """Sites and sectors."""
        return self.store.places

    def submit(
        self, commands: Sequence[Command], *, partial: bool = False, label: str | None = None
    ) -> Future[Outcome]:
        """Queue commands as one action and return at once; the change is announced when it is done."""
        return self.store.writer.submit(lambda replica: replica.run(commands, label=label, partial=partial))

    def close(self) -> None:
        """Finish what was queued, close every file and connection and give the lock back."""
        self.sync.close()
        self.store.close()
