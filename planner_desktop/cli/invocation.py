"""One run of the command line: its global options, and the one door to the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planner_desktop.cli.output import Output

if TYPE_CHECKING:  # The application costs 200 ms to import, which --help and --version must not pay.
    from planner_desktop.app.planner import Planner
    from planner_desktop.app.profile import Profile

LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Invocation:
    """Global options of one run."""

    output: Output
    data_dir: Path | None

    def profile(self) -> Profile:
        """Return the profile named by --data-dir, or the user's."""
        from planner_desktop.app.profile import Profile  # noqa: PLC0415 - see above

        return Profile.at(self.data_dir)

    @contextmanager
    def planner(self) -> Iterator[Planner]:
        """Open the account in use; writing methods wait for another owner of the lock. Closed when the command ends."""
        from planner_desktop.app.opening import open_planner  # noqa: PLC0415 - see above

        planner = open_planner(self.profile(), lock_seconds=LOCK_SECONDS)
        try:
            yield planner
        finally:
            planner.close()


def invocation(context: typer.Context) -> Invocation:
    """Return the run a command belongs to."""
    found = context.find_object(Invocation)
    assert found is not None
    return found
