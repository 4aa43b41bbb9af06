"""What one process of a run does. Nothing of the server is imported before its settings are there, hence the late imports."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from tests.simulation.surroundings import django_on_its_own
from tests.simulation.tally import Tally

if TYPE_CHECKING:
    from tests.simulation.bugs.bug import Bug
    from tests.simulation.stage import Stage


class NoSuchBug(Exception):
    """A bug's name that stands for none, or for several. An exit of a child process would leave its parent waiting."""


_HELD = ExitStack()
_OPENED: list[Stage] = []


def stage() -> Stage:
    """Return this process's stage. Everything of the server is imported only now, when Django's settings are there."""
    if not _OPENED:
        _HELD.enter_context(django_on_its_own())
        from tests.simulation import stage as made  # noqa: PLC0415

        built = made.Stage.build()
        _HELD.callback(built.strike)
        # Unlike atexit's, these are run in child processes, too.
        Finalize(None, _HELD.close, exitpriority=10)
        _OPENED.append(built)
    return _OPENED[0]


def bug(name: str) -> AbstractContextManager[object]:
    """Return the switch of a known bug by its name, or by its pitfall where that has one only; nothing for no name."""
    if not name:
        return nullcontext()
    from tests.simulation.bugs import BUGS  # noqa: PLC0415

    found: list[Bug] = [one for one in BUGS if name in (one.name, one.pitfall)]
    if len(found) != 1:
        known = "".join(f"\n  {one.pitfall:4} {one.name}" for one in found or BUGS)
        raise NoSuchBug(f"{'No bug is' if not found else 'Several bugs are'} called {name!r}:{known}")
    return found[0].patch()


def work(name: str, chunk: tuple[int, int, int]) -> Tally:
    """Live through (first seed, number of seeds, steps) with a bug switched on, if one is named."""
    place = stage()
    from tests.simulation.runner import run_seeds  # noqa: PLC0415
    from tests.simulation.watching import watch  # noqa: PLC0415

    first, number, steps = chunk
    with bug(name):
        return run_seeds(place, range(first, first + number), steps, watch)
