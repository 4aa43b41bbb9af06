"""library search, library sectors."""
# ruff: noqa: PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation

COLUMNS = ("id", "keyword", "volume", "difficulty", "intent", "country", "added")
SECTOR_COLUMNS = ("sector", "seeds", "added", "volume", "added_volume")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="Seed keywords of the platform.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("search")(search)
    group.command("sectors")(sectors)
    app.add_typer(group, name="library")


def search(
    context: typer.Context,
    site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")],
    text: Annotated[str, typer.Argument(help="Part of a seed keyword; none: all.")] = "",
    sector: Annotated[
        str | None, typer.Option(metavar="SECTOR", help="Default: all sectors of the site.")
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            metavar="QUERY",
            help='Filter, as in volume:>=1000 difficulty:<40 intent:commercial -is:added "desk".',
        ),
    ] = "",
    sort: Annotated[
        str, typer.Option(metavar="FIELDS", help="As in -volume,keyword (the default) or difficulty.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
) -> None:
    """Find seed keywords for the sectors of a site; `added` says which its keywords have already."""
    run = invocation(context)
    with run.planner() as planner:
        rows, total = planner.library.search(
            text, site=site, sector=sector, limit=limit, where=where, sort=sort
        )
        what = " ".join(part for part in (repr(text) if text else "", where) if part)
        run.output.rows(
            rows, total, COLUMNS, empty=f"No seed keyword with {what}." if what else "No seed keyword."
        )


def sectors(
    context: typer.Context, site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")]
) -> None:
    """Say for each sector of a site how many seed keywords there are, how many are added, and their volume."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.library.sectors(site=site)
        run.output.rows(rows, len(rows), SECTOR_COLUMNS, empty="This site has no sectors.")
