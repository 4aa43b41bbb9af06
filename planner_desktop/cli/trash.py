"""trash list, restore."""
# ruff: noqa: PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

COLUMNS = ("entity", "name", "site", "sector", "id")

Kind = Annotated[str | None, typer.Option(metavar="keyword|cluster|idea", help="Only rows of this kind.")]
Match = Annotated[str, typer.Option(metavar="TEXT", help="Only rows whose name contains this.")]
Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")]
Sector = Annotated[str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="What was deleted and can be taken back.", no_args_is_help=True)
    group.command("list")(list_trash)
    group.command("restore")(restore)
    app.add_typer(group, name="trash")


def list_trash(
    context: typer.Context,
    kind: Kind = None,
    match: Match = "",
    limit: Annotated[int | None, typer.Option(min=0, help="At most this many; `total` counts all.")] = None,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """List what lies in the trash."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.trash.list(kind=kind, match=match, site=site, sector=sector)
        run.output.rows(islice(rows, limit), len(rows), COLUMNS, empty="The trash is empty.")


def restore(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="As `trash list` has them.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the trash.")] = False,
    kind: Kind = None,
    match: Match = "",
    site: Site = None,
    sector: Sector = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Restore the rows the rules allow and report the others.")
    ] = False,
) -> None:
    """Take rows out of the trash, as one step of undo: those with the ids, or all that the options choose."""
    chooses = any((everything, kind, match, site, sector))
    if bool(ids) == chooses:
        raise typer.BadParameter("give either ids, or --all, --kind, --match, --site, --sector")
    run = invocation(context)
    with run.planner() as planner:
        trash = planner.trash
        rows = trash.chosen(ids) if ids else trash.list(kind=kind, match=match, site=site, sector=sector)
        report(run.output, trash.restore(rows, partial=partial))
