"""export keywords|clusters|ideas|plan."""
# ruff: noqa: PLR0913, PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from planner_desktop.app.contract import EXPORT_FORMATS, EXPORTED, ExportWish
from planner_desktop.app.wording import counted
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.views import ViewName, asked

File = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Replaced only when all of it is written.")
]
Table = Annotated[
    str | None,
    typer.Option("--format", metavar="csv|xlsx|json", help="By default as the file's name ends."),
]
Where = Annotated[
    str,
    typer.Option(
        metavar="QUERY", help="The query line for keywords; clusters and ideas: those that hold one."
    ),
]
Sort = Annotated[str, typer.Option(metavar="FIELDS", help="As in -volume,keyword (minus: falling).")]
Bom = Annotated[bool, typer.Option("--bom", help="Begin CSV with the mark by which Excel knows UTF-8.")]
Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")]
Sector = Annotated[str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")]


def _columns(what: str) -> Any:
    return typer.Option(metavar="A,B", help=f"Some of {', '.join(EXPORTED[what])}.")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(
        help="Write keywords, clusters, ideas or a site plan to a file.", no_args_is_help=True
    )
    group.command("keywords")(keywords)
    group.command("clusters")(clusters)
    group.command("ideas")(ideas)
    group.command("plan")(plan)
    app.add_typer(group, name="export")


def keywords(
    context: typer.Context,
    output: File,
    form: Table = None,
    where: Where = "",
    sort: Sort = "",
    columns: Annotated[str | None, _columns("keywords")] = None,
    bom: Bom = False,
    view: ViewName = None,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write keywords as CSV, XLSX or JSON."""
    _export(
        context,
        ExportWish("keywords", output, form, where, sort, _chosen("keywords", columns), bom, site, sector),
        view,
    )


def clusters(
    context: typer.Context,
    output: File,
    form: Table = None,
    where: Where = "",
    sort: Sort = "",
    columns: Annotated[str | None, _columns("clusters")] = None,
    bom: Bom = False,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write clusters with their figures as CSV, XLSX or JSON."""
    _export(
        context,
        ExportWish("clusters", output, form, where, sort, _chosen("clusters", columns), bom, site, sector),
    )


def ideas(
    context: typer.Context,
    output: File,
    form: Table = None,
    where: Where = "",
    sort: Sort = "",
    columns: Annotated[str | None, _columns("ideas")] = None,
    bom: Bom = False,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write ideas with their keywords as CSV, XLSX or JSON."""
    _export(
        context, ExportWish("ideas", output, form, where, sort, _chosen("ideas", columns), bom, site, sector)
    )


def plan(
    context: typer.Context,
    output: File,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(EXPORT_FORMATS["plan"]),
            help="By default as the file's name ends.",
        ),
    ] = None,
    where: Where = "",
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write sites, sectors, clusters with their keywords and figures, and ideas, as Markdown or XLSX."""
    _export(context, ExportWish("plan", output, form, where, site=site, sector=sector))


def _chosen(what: str, columns: str | None) -> Sequence[str]:
    names = [name.strip() for name in (columns or "").split(",") if name.strip()]
    if columns is not None and not names:
        raise typer.BadParameter(f"--columns {columns!r} names none. There are {', '.join(EXPORTED[what])}.")
    return names


def _export(context: typer.Context, wish: ExportWish, view: str | None = None) -> None:
    run = invocation(context)
    with run.planner() as planner:
        wanted = asked(run, planner, view, wish.where, wish.sort, wish.columns)
        wish = replace(wish, where=wanted.where, sort=wanted.sort, columns=wanted.columns)
        if not planner.sync.is_complete():
            run.output.notice("The first sync did not finish: rows are missing. Go on with: planner sync")
        with run.output.busy("Writing"):
            job = planner.exports.prepare(wish)
            rows = job.write()
        for field, name in job.unknown:
            run.output.notice(f"No {field} is called {name!r}.")
        run.output.record(
            {"file": str(wish.file), "what": wish.what, "format": job.form, "rows": rows},
            f"A plan of {counted(rows, 'keyword', 'keywords')} is in {wish.file}."
            if wish.what == "plan"
            else f"{counted(rows, f'{wish.what[:-1]} is', f'{wish.what} are')} in {wish.file}.",
        )
