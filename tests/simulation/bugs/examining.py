"""One bug examined in a process of its own: what notices it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.surroundings import django_on_its_own


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one bug. `failed` are the seeds that noticed it."""

    pitfall: str
    group: str
    name: str
    by_history: bool
    seeds: int
    failed: tuple[int, ...]
    trouble: str = ""

    @property
    def noticed(self) -> bool:
        """Whether anything noticed it."""
        return self.by_history or bool(self.failed)

    @property
    def text(self) -> str:
        """One line of the table."""
        history = "history" if self.by_history else "  -    "
        ratio = f"{len(self.failed):3} of {self.seeds}" if self.seeds else ""
        first = f"first {self.failed[0]}" if self.failed else ""
        word = "caught" if self.noticed else "MISSED"
        return f"{word}  {self.group}  {self.pitfall:4} {self.name:58} {history} {ratio:12} {first:12} {self.trouble}"


def examined(number: int, *, start: int, seeds: int, steps: int) -> Line:
    """Play the history of the bug of that number with and without it, and live through seeds with it."""
    with django_on_its_own():
        from tests.simulation.bugs.catalogue import BUGS  # noqa: PLC0415 - the server cannot be imported before its settings are there
        from tests.simulation.bugs.playing import failing_seeds, play  # noqa: PLC0415
        from tests.simulation.stage import Stage  # noqa: PLC0415

        bug = BUGS[number]
        stage = Stage.build()
        try:
            right = play(stage, bug.history)
            wrong = play(stage, bug.history, bug)
            wanted = list(range(start, start + seeds))
            failed = list(failing_seeds(stage, bug, wanted, steps))
        finally:
            stage.strike()
    trouble = "" if right.passed else f"its history fails without it: {right.complaint[:200]}"
    found = right.passed and not wrong.passed
    return Line(bug.pitfall, bug.group, bug.name, found, len(wanted), tuple(failed), trouble)
