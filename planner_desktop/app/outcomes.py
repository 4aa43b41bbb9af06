"""What became of an edit, as the people who asked should hear it."""

from __future__ import annotations

from collections.abc import Iterable

from sync.errors import RuleBroken
from sync.replica import Changed, Outcome

NOTHING = Outcome(None, "")


def check(outcome: Outcome) -> None:
    """Raise RuleBroken if rules refused the whole of it, with the first reason and how many rows it keeps."""
    if outcome.action is not None or not outcome.refused:
        return
    first = outcome.refused[0]
    count = sum(len(one.ids) for one in outcome.refused)
    rest = " --partial lets the other rows through, where a command has it." if count > 1 else ""
    raise RuleBroken(
        first.code,
        first.message + (f" (So it is for {count:,} rows.)" if count > 1 else ""),
        f"Nothing was changed.{rest}",
        refused=outcome.refused,
    )


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Return several outcomes as one: figures added up, the last action's id and label."""
    total = NOTHING
    for one in outcomes:
        total = Outcome(
            one.action or total.action,
            one.label or total.label,
            total.changed + one.changed,
            total.unchanged + one.unchanged,
            (*total.refused, *one.refused),
            _joined(total.change, one.change),
            total.skipped + one.skipped,
        )
    return total


def _joined(first: Changed | None, second: Changed | None) -> Changed | None:
    if first is None or second is None:
        return first or second
    return Changed(first.kinds | second.kinds, None, second.origin, second.commit)
