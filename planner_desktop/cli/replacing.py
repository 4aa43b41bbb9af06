"""replace: find and replace in names, titles and descriptions."""
# ruff: noqa: PLR0913, PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

COLUMNS = ("entity", "field", "before", "after", "trouble")
NAMES = ("cluster-name", "cluster-description", "idea-title", "idea-description")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("replace")(replace)


def replace(
    context: typer.Context,
    find: Annotated[str, typer.Argument(metavar="FIND", help="The text to find.")],
    put: Annotated[str, typer.Argument(metavar="PUT", help="What to put in its place; may be empty.")],
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--in", metavar="|".join(NAMES), help="Where; may be given several times. Default: all."
        ),
    ] = None,
    case: Annotated[bool, typer.Option("--case", help="Capitals count.")] = False,
    words: Annotated[bool, typer.Option("--words", help="Whole words only.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every text that would change, and change nothing.")
    ] = False,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")
    ] = None,
    sector: Annotated[
        str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Change the rows the rules allow and report the others.")
    ] = False,
) -> None:
    """Find and replace in names, titles and descriptions, as one step of undo."""
    run = invocation(context)
    with run.planner() as planner:
        # The application, which is imported by now.
        from planner_desktop.app.replacing import Wanted  # noqa: PLC0415

        wanted = Wanted(find, put, tuple(places or NAMES), case, words)
        changes = planner.replacing.preview(wanted, site=site, sector=sector)
        if dry_run:
            rows = (asdict(change) for change in changes)
            run.output.rows(rows, len(changes), COLUMNS, empty="Nothing holds that text.")
            return
        report(run.output, planner.replacing.apply(wanted, changes, partial=partial))
