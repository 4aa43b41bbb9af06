"""library search."""

from __future__ import annotations

from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation

COLUMNS = ("id", "keyword", "volume", "difficulty", "intent", "country", "added")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="Seed keywords of the platform.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("search")(search)
    app.add_typer(group, name="library")


def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Part of a seed keyword.")],
    site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")],
    sector: Annotated[
        str | None, typer.Option(metavar="SECTOR", help="Default: all sectors of the site.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
) -> None:
    """Find seed keywords for the sectors of a site; `added` says which its keywords have already."""
    run = invocation(context)
    with run.planner() as planner:
        rows, total = planner.library.search(text, site=site, sector=sector, limit=limit)
        run.output.rows(rows, total, COLUMNS, empty=f"No seed keyword with {text!r}.")
