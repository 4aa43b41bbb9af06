"""history, undo, redo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_desktop.app.wording import counted
from planner_desktop.cli.invocation import Invocation, invocation
from planner_desktop.cli.outcomes import report

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.planner import Planner
    from planner_desktop.cli.output import Output
    from sync.replica import LaterStep, Outcome, Progress

COLUMNS = ("label", "rows", "progress", "at", "id")
CHANGES = ("name", "change", "field", "old", "new")
STATES: tuple[Progress, ...] = ("waiting", "sent", "refused", "undone", "discarded")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("history")(history)
    app.command("undo")(undo)
    app.command("redo")(redo)


def history(
    context: typer.Context,
    action: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show what this action did, row by row.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 50,
    find: Annotated[str, typer.Option(metavar="TEXT", help="Only actions whose name contains this.")] = "",
    state: Annotated[
        str | None, typer.Option(metavar="|".join(STATES), help="Only actions that stand so.")
    ] = None,
) -> None:
    """List what was done in this profile, or show one action."""
    progress = next((one for one in STATES if one == state), None)
    if state is not None and progress is None:
        raise _wrong_use(
            "bad_state", f"{state!r} is not a state of an action.", f"States are: {', '.join(STATES)}"
        )
    run = invocation(context)
    with run.planner() as planner:
        if action is not None:
            _show(run, planner, action, limit)
            return
        rows = planner.history.list(limit, text=find, progress=progress)
        total = planner.history.count(text=find, progress=progress)
        filtered = bool(find) or progress is not None
        run.output.rows(
            rows, total, COLUMNS, empty="No such action." if filtered else "Nothing was done yet."
        )


def _show(run: Invocation, planner: Planner, action: str, limit: int) -> None:
    found = planner.history.show(action, limit)
    lines = [f"{found['label']} ({found['progress']}, {found['at']})"]
    lines += [_line(one) for one in found["changes"]]
    if found["rows"] > len({one["id"] for one in found["changes"]}):
        lines.append(f"{found['rows']:,} rows in all; --limit shows more of them.")
    lines += [
        f"{said}: “{one['label']}” ({one['id']}), {one['rows']:,} {'row' if one['rows'] == 1 else 'rows'}"
        for name, said in (
            ("in_the_way", "In the way of undoing it"),
            ("gone_with", "Changed its rows since"),
        )
        for one in found[name]
    ]
    run.output.record(found, lines)


def _line(change: dict[str, Any]) -> str:
    if change["change"] in {"set", "resolve"}:
        old, new = (change[side] if change[side] is not None else "none" for side in ("old", "new"))
        return f"{change['name']}: {change['field']} {old} -> {new}"
    return f"{change['name']}: {change['change']} {change['entity']}"


def undo(
    context: typer.Context,
    action: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An action of the history; default: the latest.")
    ] = None,
    from_there: Annotated[
        bool,
        typer.Option("--from-there", help="Take back the later steps that changed the same, too."),
    ] = False,
) -> None:
    """Undo an action, also one before a restart or a sync. What was changed since stays, and the later step is named."""
    if from_there and action is None:
        raise _wrong_use("no_action", "--from-there needs the id of an action.", "See: planner history")
    run = invocation(context)
    with run.planner() as planner:
        is_named = action is not None and not from_there
        steps = planner.history.in_the_way(str(action)) if is_named else ()
        gone = planner.history.gone_with(str(action)) if is_named else ()
        outcome = planner.history.undo(action, later="undo" if from_there else "keep")
        report_undone(run.output, outcome, steps, gone)


def report_undone(
    output: Output, outcome: Outcome, kept: Sequence[LaterStep], gone: Sequence[LaterStep]
) -> None:
    """Print what an undo did: later steps whose changes it `kept`, and those whose changes are `gone` with the rows they changed."""
    lines = [
        f"Kept for {_rows(step)}: “{step.label}” ({step.id}) changed {_them(step)} later."
        for step in kept
        if outcome.skipped
    ]
    lines += [
        f"Taken away with what was changed since: {_rows(step)}, by “{step.label}” ({step.id})."
        for step in gone
    ]
    if gone:
        lines.append("planner redo brings them back.")
    extra = {
        name: [{"id": step.id, "label": step.label, "rows": step.rows} for step in steps]
        for name, steps in (("in_the_way", kept), ("gone_with", gone))
    }
    report(output, outcome, extra=extra, lines=lines)


def _rows(step: LaterStep) -> str:
    return counted(step.rows, "row", "rows")


def _them(step: LaterStep) -> str:
    return "it" if step.rows == 1 else "them"


def redo(
    context: typer.Context,
    action: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An undone action; default: what was undone last.")
    ] = None,
) -> None:
    """Do again what was undone."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.history.redo(action))


def _wrong_use(code: str, message: str, remedy: str) -> Exception:
    # `--help` must not import what the errors stand on.
    from sync.errors import InvalidUsage  # noqa: PLC0415

    return InvalidUsage(code, message, remedy)
