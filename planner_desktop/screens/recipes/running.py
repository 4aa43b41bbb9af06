"""Making the plan of a run and carrying it out, beside the window: progress, cancel at any time, one piece of work at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal

from planner_desktop.screens import words
from planner_desktop.screens.longwork import LongWork, Run
from planner_desktop.screens.recipes.texts import tr

if TYPE_CHECKING:  # what reads files and recipes comes with the first of them
    from planner_desktop.app.recipeplan import RunPlan


@dataclass(frozen=True, slots=True)
class Wish:
    """Which recipe on which files; site and sector are for recipes that name none."""

    recipe: str
    files: Sequence[Path]
    site: str | None
    sector: str | None


class Running(LongWork):
    """One run: its plan (`planned` carries a RunPlan; whoever listens closes it), and what carries it out."""

    ran = Signal(object)
    """A Ran."""

    def plan(self, wish: Wish) -> None:
        """Read the files and decide everything."""
        run = self._begin(tr("Reading"))
        planner = self._account.planner

        def work() -> RunPlan:
            watch = run.watch()
            with planner.recipes.apart() as mine:
                found = mine.load(wish.recipe)
                named = found.recipe.source
                has_place = named.site is not None and named.sector is not None
                site, sector = (None, None) if has_place else (wish.site, wish.sector)
                plan = mine.make_plan(found, wish.files, site=site, sector=sector, watch=watch)
            if run.stopped:
                # The window may be gone.
                plan.close()
            return plan

        def done(made: object) -> None:
            # Stopped while it was on its way here, nobody waits for it any more.
            if run.stopped:
                cast("RunPlan", made).close()
                self.stopped.emit()
            else:
                self.planned.emit(made)

        self._watch(run, work, done)

    def carry_out(self, plan: RunPlan) -> None:
        """Carry out what the plan shows. Its rows written down, it is not stopped any more."""
        run = self._begin(tr("Carrying it out"))
        planner = self._account.planner

        def work() -> object:
            watch = run.watch()
            try:
                with planner.recipes.apart() as mine:
                    return mine.run(plan, watch)
            finally:
                plan.close()

        self._watch(run, work, self.ran.emit)

    # ------------------------------------------------------------ inside

    def _watch(self, run: Run, work: Callable[[], object], done: Callable[[object], object]) -> None:
        def ended(found: object) -> None:
            self._finish()
            done(found)

        def broke(error: BaseException) -> None:
            self._finish()
            if run.stopped:
                self.stopped.emit()
            else:
                self.failed.emit(error)

        self._account.bridge.watch(self._account.desk.background.submit(work), self, ended, broke)

    def _tell(self) -> None:
        run = self._run
        if run is None or run.told is None:
            return
        told = run.told
        what = tr("Reading {file}").format(file=told.file) if told.file else run.what
        share = told.done / told.total if told.total else None
        self.progressed.emit(what, words.number(told.rows or told.done), share)
