"""How the result of a change is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from planner_desktop.app.wording import counted
from planner_desktop.cli.output import Output

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from sync.replica import Outcome

SAMPLE = 20


def report(
    output: Output, outcome: Outcome, *, extra: Mapping[str, Any] | None = None, lines: Iterable[str] = ()
) -> None:
    """Print what a change did; raises RuleBroken (exit 3) when a rule refused it and nothing was written."""
    # Imported with the application by now.
    from planner_desktop.app.outcomes import check  # noqa: PLC0415

    check(outcome)
    refused = [
        {"code": one.code, "message": one.message, "field": one.field, "ids": list(one.ids)}
        for one in outcome.refused
    ]
    document = {
        "action": outcome.action,
        "label": outcome.label,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "skipped": outcome.skipped,
        "refused": refused,
        **(extra or {}),
    }
    output.record(document, [outcome.label or "Nothing to change.", *lines, *_refusals(outcome)])


def _refusals(outcome: Outcome) -> list[str]:
    found = [f"Refused for {len(one.ids)}: {one.message}" for one in outcome.refused[:SAMPLE]]
    if outcome.skipped:
        found.append(
            f"{counted(outcome.skipped, 'row was left alone: it', 'rows were left alone: they')} changed since."
        )
    return found
