"""backup create, list, show, take, restore; pause, resume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from planner_desktop.app.wording import counted
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

COLUMNS = ("id", "at", "reason", "keywords", "waiting", "bytes")
ROWS = 20

Name = Annotated[str, typer.Argument(metavar="BACKUP", help="Its id, from `planner backup list`.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="Copies of this account's data on this computer.", no_args_is_help=True)
    group.command("create")(create)
    group.command("list")(list_backups)
    group.command("show")(show)
    group.command("restore")(restore)
    group.command("take")(take)
    app.add_typer(group, name="backup")
    app.command("pause")(pause)
    app.command("resume")(resume)


def create(context: typer.Context) -> None:
    """Make a backup now. One is made daily and before every step that replaces or removes much, too."""
    run = invocation(context)
    with run.planner() as planner:
        made = planner.safety.make()
        run.output.record(
            made, f"Backup {made['id']}: {counted(made['keywords'], 'keyword', 'keywords')}, {made['file']}"
        )


def list_backups(context: typer.Context) -> None:
    """List the backups, the newest first."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.safety.list()
        run.output.rows(rows, len(rows), COLUMNS, empty="No backup yet. Make one: planner backup create")


def show(
    context: typer.Context,
    backup: Name,
    rows: Annotated[int, typer.Option(min=0, help="Name so many of the rows that differ.")] = ROWS,
) -> None:
    """Show what restoring a backup would change against now, and what would wait to be sent."""
    run = invocation(context)
    with run.planner() as planner:
        found = planner.safety.show(backup, rows=rows)
        run.output.record(found, _lines(found))


def restore(
    context: typer.Context,
    backup: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only shown.")] = False,
) -> None:
    """Put a backup in the place of this account's data. Edits are kept, and synchronisation is paused until `planner resume`."""
    run = invocation(context)
    with run.planner() as planner:
        safety = planner.safety
        found = safety.show(backup, rows=ROWS) if not yes else None
    if found is not None:
        run.output.record(
            {**found, "restored": False}, [*_lines(found), "Nothing was changed. To do it: --yes"]
        )
        return
    # Everything of the account is closed by now: the file changes its place.
    done = safety.restore(backup)
    before = f" What was here is kept as backup {done['before']['id']}." if done["before"] else ""
    run.output.record(
        {**done, "restored": True},
        [
            f"Restored the backup {done['id']} of {done['at']}.{before}",
            *(["Tags and notes are as they were then."] if done["labels_restored"] else []),
            "Synchronisation is paused. Go on with: planner resume",
        ],
    )


def take(
    context: typer.Context,
    backup: Name,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ROW]...", help="Ids of rows.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every row that differs.")] = False,
) -> None:
    """Give rows the values they have in a backup, as an ordinary edit that can be undone and is sent with the next sync."""
    if bool(ids) == everything:
        raise typer.BadParameter("give either ROW... or --all")
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.safety.take(planner.store, backup, None if everything else ids))


def pause(
    context: typer.Context,
    reason: Annotated[str, typer.Argument(help="Shown to whoever asks why.")] = "",
) -> None:
    """Pause synchronisation, here and in the window, until `planner resume`. Editing goes on."""
    run = invocation(context)
    with run.planner() as planner:
        text = planner.safety.pause(reason)
        run.output.record(
            {"paused": True, "reason": text}, f"Paused: {text.rstrip('.')}. Go on with: planner resume"
        )


def resume(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not fetch first: compare with what is here.")
    ] = False,
) -> None:
    """Let synchronisation go on. After a restore everything is fetched and compared first; nothing is sent yet."""
    run = invocation(context)
    with run.planner() as planner, run.output.busy("Fetching"):
        found = planner.safety.resume(planner.sync, fetch=not offline)
    lines = ["Synchronisation goes on." if found["paused"] else "Synchronisation was not paused."]
    if found["restored"]:
        lines += [
            "The restored copy against the platform now:",
            *_lines(found["restored"]),
            f"Take what is wanted from it: planner backup take {found['restored']['id']} ROW... (or --all)",
            "Then, or without that: planner sync",
        ]
    run.output.record(found, lines)


def _lines(found: Mapping[str, Any]) -> list[str]:
    lines = [f"Backup {found['id']} of {found['at']} ({found['reason']})"]
    for kind, counts in found["difference"].items():
        if any(counts.values()):
            lines.append(
                f"{kind}: {counts['added']} only there, {counts['removed']} only here, {counts['changed']} different"
            )
    if len(lines) == 1:
        lines.append("No row differs.")
    lines += _labels(found.get("labels"))
    lines += [f"  {_row(row)}" for row in found["rows"]]
    if found["pending"]:
        lines.append("Waiting to be sent:")
        lines += [
            f"  {one['label']} ({counted(one['rows'], 'row', 'rows')}, {one['at']})"
            for one in found["pending"]
        ]
    return lines


def _labels(counts: Mapping[str, Any] | None) -> list[str]:
    if counts is None or counts["then"] is None or counts["then"] == counts["now"]:
        return []
    then, now = counts["then"], counts["now"] or {"tags": 0, "notes": 0}
    return [
        f"tags and notes: {then['tags']} tags and {then['notes']} notes there, {now['tags']} and {now['notes']} here"
    ]


def _row(row: Mapping[str, Any]) -> str:
    if row["change"] != "changed":
        return f"{row['entity']} {row['name']}: only {'there' if row['change'] == 'added' else 'here'} [{row['id']}]"
    fields = ", ".join(
        f"{name} {_value(then)} there, {_value(now)} here" for name, (then, now) in row["fields"].items()
    )
    return f"{row['entity']} {row['name']}: {fields} [{row['id']}]"


def _value(value: object) -> str:
    return "none" if value is None else str(value)
