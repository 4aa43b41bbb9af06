"""history, undo, redo."""

from __future__ import annotations

from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

COLUMNS = ("label", "rows", "state", "at", "id")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("history")(history)
    app.command("undo")(undo)
    app.command("redo")(redo)


def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 50,
) -> None:
    """List what was done in this profile."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.history.list(limit)
        run.output.rows(rows, planner.history.count(), COLUMNS, empty="Nothing was done yet.")


def undo(
    context: typer.Context,
    action: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An action of the history; default: the latest.")
    ] = None,
) -> None:
    """Undo an action, also one before a restart or a sync. What others changed since stays."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.history.undo(action))


def redo(context: typer.Context) -> None:
    """Do again what was undone last."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.history.redo())
