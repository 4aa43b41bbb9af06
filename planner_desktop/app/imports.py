"""Imports: files to one plan, the plan to one action in history, and the way back; rows without a seed as candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.commands import Command, CreateCluster
from planner_desktop.app import shapes
from planner_desktop.app.candidates import Candidates
from planner_desktop.app.importbook import ImportBook
from planner_desktop.app.importfigures import ImportFigures, figures_of, origins_of
from planner_desktop.app.importfigures import Origin as RowOrigin
from planner_desktop.app.matching import Home, Matcher, OnDuplicate
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.prepared import EXCLUDED, FATES, Prepared
from planner_desktop.app.store import Store
from planner_desktop.importing import (
    Choices,
    ImportPlan,
    Origin,
    UnreadableFile,
    Watch,
    plan_import,
)
from sync.clock import Clock, SystemClock
from sync.errors import DiskFull, InvalidUsage
from sync.replica import HistoryRow, LaterStep, Outcome

if TYPE_CHECKING:  # NumPy and the replica come after the first paint
    from planner_desktop.columns import KeywordColumns
    from planner_desktop.columns.members import Group
    from sync.replica import Reader

Row = dict[str, Any]
__all__ = ["EXCLUDED", "FATES", "Imports", "Prepared"]


class Imports:
    """Imports of one account. `folder` keeps what they read."""

    def __init__(self, store: Store, folder: Path, clock: Clock | None = None) -> None:
        self._store = store
        self._folder = folder
        self._book = ImportBook(folder)
        self._clock = clock or SystemClock()

    def on(self, store: Store) -> Imports:
        """Return the same imports on another store of the account, as another thread has it."""
        return Imports(store, self._folder, self._clock)

    @contextmanager
    def apart(self) -> Iterator[Imports]:
        """Work on another thread: with a reader of its own, and the same writer."""
        store = self._store.apart()
        try:
            yield self.on(store)
        finally:
            if "reader" in store.__dict__:
                store.reader.close()

    @contextmanager
    def prepare(
        self,
        files: Sequence[Path],
        *,
        site: str,
        sector: str,
        on_duplicate: OnDuplicate = "skip",
        columns: Mapping[str, str] | None = None,
        watch: Watch | None = None,
        shape: Callable[[ImportPlan], ImportPlan] | None = None,
    ) -> Iterator[Prepared]:
        """Read files and folders and decide every row. Nothing is changed; the block owns the plan.

        `shape` may return a plan with other rows in its place, made from the one that was read.

        Raises UnreadableFile if no file can be read, InvalidUsage, NotFound, Ambiguous, Cancelled.
        """
        prepared = self.plan(
            [Origin.file(path) for path in files],
            site=site,
            sector=sector,
            on_duplicate=on_duplicate,
            choices={"": Choices(columns=columns or {})},
            watch=watch,
            shape=shape,
        )
        try:
            if not prepared.numbers:
                raise _first_trouble(prepared)
            yield prepared
        finally:
            prepared.close()

    def plan(
        self,
        origins: Sequence[Origin],
        *,
        site: str,
        sector: str,
        on_duplicate: OnDuplicate = "skip",
        choices: Mapping[str, Choices] | None = None,
        watch: Watch | None = None,
        shape: Callable[[ImportPlan], ImportPlan] | None = None,
    ) -> Prepared:
        """Read files, folders or pasted text and decide every row, as `prepare`; whoever asks closes the plan.

        `choices` are by the name of the file. Files that cannot be read stay in the plan with their trouble, even where all are.
        Raises InvalidUsage where there is no file, NotFound, Ambiguous, Cancelled.
        """
        home = self._home(site, sector)
        watch = watch or Watch()
        read = plan_import(origins, choices=choices, watch=watch)
        if not read.files:
            read.close()
            raise InvalidUsage(
                "no_files",
                "There is no file to import in that folder.",
                "Name files that end with .csv or .xlsx.",
            )
        try:
            shaped = read if shape is None else shape(read)
            matched = Matcher(self._store, home, on_duplicate).match(shaped, watch)
        except BaseException:
            read.close()
            raise
        return Prepared(shaped, matched, on_duplicate, read)

    def commit(
        self,
        prepared: Prepared,
        *,
        more: Sequence[Command] = (),
        label: str | None = None,
        only: int | None = None,
        watch: Watch | None = None,
    ) -> tuple[int, Outcome]:
        """Carry a prepared import out as one action; return its number and what came of it. Raises DiskFull, Cancelled.

        `more` is done after it as part of the same action, which `label` names in history. With `only` (the number of a file in the
        plan) that file alone is carried out. Once its rows are written down nothing is cancelled any more.
        """
        try:
            number = self._book.begin(_watched(prepared, only, watch))
        except OSError as error:
            raise DiskFull(
                "disk_full",
                f"The rows of the import cannot be kept: {error.strerror}. Nothing was changed.",
                "Make room.",
            ) from None
        commands = [*self._still_missing(prepared.commands(only)), *more]
        outcome = NOTHING
        try:
            if commands:
                outcome = self._store.run(commands, partial=True, label=label or prepared.label(number, only))
        except BaseException:
            self._book.drop(number)
            raise
        home = prepared.matched.home
        self._book.finish(
            number,
            prepared.document(only)
            | {
                "action": outcome.action,
                "read": shapes.moment(self._clock.now_ms()),
                "site": home.site["name"],
                "site_id": home.site["id"],
                "industry": home.site["industry"],
                "sector": home.sector["name"],
                "sector_id": home.sector["id"],
                "on_duplicate": prepared.on_duplicate,
                "undone": False,
            },
        )
        return number, outcome

    def list(self) -> list[Row]:
        """Return the imports, latest first, with the time of their action and whether they were undone."""
        steps = self._store.reader.history(1 << 30)
        actions = {row.id: row for row in steps}
        later = {row.undoes: row for row in steps if row.undoes}
        return [_standing(one, actions.get(one.get("action") or ""), later) for one in self._book.all()]

    def undo(self, number: int) -> Outcome:
        """Take a whole import back, its candidates too. Raises NotFound, or InvalidUsage if it was undone before."""
        found = self._book.get(number)
        standing = next(one for one in self.list() if one["number"] == number)
        if standing["undone"]:
            raise InvalidUsage(
                "undone_already", f"Import {number} was undone before.", "planner redo brings it back."
            )
        if action := standing.get("action"):
            return self._store.do(lambda replica: replica.undo(str(action)))
        self._book.finish(number, found | {"undone": True})
        return Outcome(None, f"Import {number} is undone: its candidates are gone.")

    def changed_since(self, number: int) -> tuple[Sequence[LaterStep], Sequence[LaterStep]]:
        """Return the later steps whose changes an undo of the import leaves, and those whose changes go with its keywords. Raises NotFound."""
        self._book.get(number)
        action = next(one for one in self.list() if one["number"] == number).get("action")
        if not action:
            return (), ()
        reader = self._store.reader
        return reader.in_the_way(str(action)), reader.gone_with(str(action))

    def tell(self, columns: KeywordColumns, reader: Reader) -> None:
        """Tell the columns which keywords each import named."""
        columns.asking.members.set_groups("import", self.groups(reader))

    def groups(self, reader: Reader) -> Sequence[Group]:
        """Return the keywords that each import named: those it added and those that were there already. Any thread may ask."""
        from planner_desktop.columns.members import Group  # noqa: PLC0415 - with NumPy, which comes with the first query

        groups = []
        for one in self._book.all():
            number = int(one["number"])
            keys = reader.keyword_keys(self._book.ids(number))
            files = ", ".join(str(file["file"]) for file in one.get("files", ()))
            groups.append(Group.of(files or str(number), keys.values(), (str(number),)))
        return groups

    def candidates(self, *, site: str | None = None, sector: str | None = None) -> Iterator[Row]:
        """Yield the rows of imports that have no seed in their sector, the latest of each keyword and country.

        `seed` says that the library has one by now: importing again adds it.
        """
        for one in self.waiting.all(site=site, sector=sector):
            yield {name: value for name, value in one.row.items() if name != "read"}

    def figures(self, number: int, field: str, ids: Sequence[str] | None) -> ImportFigures:
        """Return what a column of an import (volume, difficulty) would override of keywords given by id, of all it named for None.

        Raises NotFound, InvalidUsage.
        """
        return figures_of(self._book, self._store.reader, number, field, ids)

    def set_figures(self, figures: ImportFigures, *, partial: bool = False) -> Outcome:
        """Set them, as one command and one action."""
        if not figures.values:
            return NOTHING
        return self._store.run([figures.command()], partial=partial, label=figures.label)

    def origins(self, uid: str) -> Sequence[RowOrigin]:
        """Return where a keyword stands in the imports of this computer, latest first."""
        return list(origins_of(self._book, self.list(), uid))

    @property
    def waiting(self) -> Candidates:
        """Everything that is done with candidates."""
        return Candidates(self._store, self._folder, self._book, self.list)

    def _still_missing(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Leave out the clusters that another file of the same plan has made meanwhile."""
        made = [one.id for one in commands if isinstance(one, CreateCluster)]
        there = {row.id for row in self._store.reader.clusters()} if made else set()
        return tuple(one for one in commands if not (isinstance(one, CreateCluster) and one.id in there))

    def _home(self, site: str, sector: str) -> Home:
        places = self._store.places
        home = places.sector(sector, site=site)
        rows = self._store.reader.sectors()
        own = next(row for row in rows if row.id == home["id"])
        others: dict[str | None, tuple[str, str]] = {}
        # Of sectors that share a library the site's own is the one to be named.
        for row in sorted(rows, key=lambda row: (row.site_id != own.site_id, row.id)):
            if row.industry_sector not in (None, own.industry_sector):
                name = row.name if row.site_id == own.site_id else f"{row.name} ({row.site})"
                others.setdefault(row.industry_sector, (row.id, name))
        return Home(places.site(site), home, dict(others.values()))


def _standing(one: Row, action: HistoryRow | None, later: Mapping[str, HistoryRow]) -> Row:
    """Return an import with its time, the action that stands for it now (the last redo), and whether it is undone."""
    if action is None:
        return one | {"at": "", "undone": bool(one.get("undone"))}
    # Undone, done again, undone again: each step takes the one before it back.
    chain = [action]
    while (following := later.get(chain[-1].id)) is not None:
        chain.append(following)
    undone = len(chain) % 2 == 0 or (len(chain) == 1 and action.undone)
    return one | {"at": shapes.moment(action.at), "action": chain[-1].id, "undone": undone}


def _first_trouble(prepared: Prepared) -> UnreadableFile:
    return next(one.trouble for one in prepared.plan.files if one.trouble is not None)


def _watched(prepared: Prepared, only: int | None, watch: Watch | None) -> Iterator[Row]:
    """Yield the parts to be kept; whoever waits may still say stop."""
    done = 0
    if watch is not None:
        watch.begin("", len(prepared.plan))
    for part in prepared.parts(only):
        yield part
        done += len(part["line"])
        if watch is not None:
            watch.step(done)
