"""Reading files and carrying a plan out, beside the window: progress, cancel at any time, one piece of work at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal

from planner_desktop.screens import words
from planner_desktop.screens.importing.texts import tr
from planner_desktop.screens.longwork import LongWork, Run
from sync.replica import Outcome

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.app.planrows import PlanRows
    from planner_desktop.app.prepared import Prepared
    from planner_desktop.importing import Choices, Origin

OnDuplicate = Literal["skip", "fill", "update"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to import, where to, and what the editor says over what is recognised."""

    origins: Sequence[Origin]
    site: str
    sector: str
    on_duplicate: OnDuplicate = "skip"
    choices: Mapping[str, Choices] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan to look at. What is shown is what is carried out."""

    wish: Wish
    prepared: Prepared
    rows: PlanRows


@dataclass(frozen=True, slots=True)
class Imported:
    """One import that was carried out."""

    number: int
    file: str
    site: str
    sector: str
    counts: Mapping[str, int]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of carrying a plan out; `stopped`: somebody cancelled before the last file, `error`: something else did."""

    imports: Sequence[Imported]
    stopped: bool = False
    error: BaseException | None = None


class Planning(LongWork):
    """One work at a time (`planned` carries a Planned); what is begun while another runs takes its place."""

    ended = Signal(object)
    """An Ended."""

    def plan(self, wish: Wish) -> None:
        """Read the files and decide every row."""
        run = self._begin(tr("Reading"))
        imports = self._account.planner

        def work() -> Planned:
            # It brings in what reads files, which the window's thread must not wait for.
            from planner_desktop.app.planrows import PlanRows  # noqa: PLC0415

            watch = run.watch()
            with imports.imports.apart() as mine:
                prepared = mine.plan(
                    wish.origins,
                    site=wish.site,
                    sector=wish.sector,
                    on_duplicate=wish.on_duplicate,
                    choices=wish.choices,
                    watch=watch,
                )
            try:
                planned = Planned(wish, prepared, PlanRows(prepared, watch))
                # Stopped by now, nobody may be there any more to close it.
                watch.step(0)
                return planned
            except BaseException:
                prepared.close()
                raise

        self._watch(run, work, self._planned)

    def carry_out(self, planned: Planned) -> None:
        """Carry a plan out, file by file: each is an import and an action of its own."""
        run = self._begin(tr("Importing"))
        planner = self._account.planner

        def work() -> Ended:
            from planner_desktop.importing import Cancelled  # noqa: PLC0415 - see above

            done: list[Imported] = []
            watch = run.watch()
            with planner.imports.apart() as mine:
                for at, number in enumerate(planned.prepared.numbers):
                    name = planned.prepared.plan.files[number].name
                    many = len(planned.prepared.numbers)
                    run.what = tr("Importing {file}").format(file=name) + (
                        f" ({at + 1}/{many})" if many > 1 else ""
                    )
                    try:
                        made, outcome = mine.commit(planned.prepared, only=number, watch=watch)
                    except Cancelled:
                        return Ended(done, stopped=True)
                    except Exception as error:  # noqa: BLE001 - told with what was done before it
                        return Ended(done, error=error)
                    counts = planned.prepared.document(number)["counts"]
                    done.append(Imported(made, name, planned.wish.site, planned.wish.sector, counts, outcome))
            return Ended(done)

        self._watch(run, work, self._ended)

    # ------------------------------------------------------------ inside

    def _begin(self, what: str) -> Run:
        self.stop()
        return super()._begin(what)

    def _watch(self, run: Run, work: Callable[[], object], done: Callable[[Run, object], None]) -> None:
        self._account.bridge.watch(
            self._account.desk.background.submit(work),
            self,
            lambda found: done(run, found),
            lambda error: self._broke(run, error),
        )

    def _planned(self, run: Run, planned: object) -> None:
        assert isinstance(planned, Planned)
        if run is not self._run or run.stopped:
            planned.prepared.close()
            self._over(run)
            return
        self._finish()
        self.planned.emit(planned)

    def _ended(self, run: Run, ended: object) -> None:
        if run is self._run:
            self._finish()
        self.ended.emit(ended)

    def _broke(self, run: Run, error: BaseException) -> None:
        if run.stopped or run is not self._run:
            self._over(run)
            return
        self._finish()
        self.failed.emit(error)

    def _over(self, run: Run) -> None:
        """A run nobody waits for has come to its end; another may have taken its place."""
        if run is self._run:
            self._finish()
            self.stopped.emit()

    def _tell(self) -> None:
        run = self._run
        if run is None:
            return
        told = run.told
        if told is None:
            self.progressed.emit(run.what, "", None)
            return
        what = tr("Reading {file}").format(file=told.file) if told.file else run.what
        if not told.file and run.what == tr("Reading"):
            what = tr("Looking the keywords up in the library")
        figures = words.number(told.rows) if told.file else words.number(told.done)
        self.progressed.emit(what, figures, told.done / told.total if told.total else None)
