"""keywords list, set, delete, add-from-seeds."""
# ruff: noqa: PLR0913, PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner_desktop.app.contract import KEYWORD_FIELDS
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report
from planner_desktop.cli.views import ViewName, asked

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.library import Foreseen
    from planner_desktop.app.planner import Planner
    from planner_desktop.cli.output import Output

COLUMNS = ("keyword", "volume", "difficulty", "intent", "cluster", "status", "sector", "sync")

Where = Annotated[
    str, typer.Option(metavar="QUERY", help='The query line, as in status:new volume:>=1000 "standing desk".')
]
Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")]
Sector = Annotated[str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")]
Partial = Annotated[
    bool, typer.Option("--partial", help="Change the rows the rules allow and report the others.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="The keywords of your sites.", no_args_is_help=True)
    group.command("list")(list_keywords)
    group.command("set")(set_keywords)
    group.command("delete")(delete)
    group.command("add-from-seeds")(add_from_seeds)
    app.add_typer(group, name="keywords")


def list_keywords(
    context: typer.Context,
    where: Where = "",
    sort: Annotated[str, typer.Option(metavar="FIELDS", help="As in -volume,keyword (minus: falling).")] = "",
    limit: Annotated[int | None, typer.Option(min=0, help="At most this many; `total` counts all.")] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="A,B", help=f"Some of {', '.join(KEYWORD_FIELDS)}.")
    ] = None,
    view: ViewName = None,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """List keywords."""
    run = invocation(context)
    named = _chosen(columns)
    with run.planner() as planner:
        _warn(run.output, planner)
        wanted = asked(run, planner, view, where, sort, named)
        chosen = wanted.columns
        found = planner.keywords.select(wanted.where, sort=wanted.sort, site=site, sector=sector)
        for field, name in found.unknown:
            run.output.notice(f"No {field} is called {name!r}.")
        if not len(found) and "is:candidate" in wanted.where:
            run.output.notice("Candidates are no keywords yet: planner candidates list --where QUERY")
        rows = planner.keywords.rows(found, limit)
        shown = ({name: row[name] for name in chosen} for row in rows) if chosen else rows
        run.output.rows(shown, len(found), chosen or COLUMNS, empty="No keyword matches.")


def set_keywords(
    context: typer.Context,
    where: Where,
    status: Annotated[str | None, typer.Option(metavar="new|mapped")] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="NAME|none", help="Put into this cluster, or out of any.")
    ] = None,
    new_cluster: Annotated[
        str | None, typer.Option(metavar="NAME", help="Make this cluster and put them into it.")
    ] = None,
    volume: Annotated[
        str | None, typer.Option(metavar="N|reset", help="Override the library's volume.")
    ] = None,
    difficulty: Annotated[
        str | None, typer.Option(metavar="N|reset", help="Override the library's difficulty.")
    ] = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help="Switch on or off.")] = None,
    from_import: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Override with what this import says; see --field.")
    ] = None,
    field: Annotated[
        str, typer.Option(metavar="volume|difficulty", help="With --from-import: which column of it.")
    ] = "volume",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --from-import: say what would change.")
    ] = False,
    site: Site = None,
    sector: Sector = None,
    partial: Partial = False,
) -> None:
    """Change every keyword that matches, as one step of undo."""
    others = (status, cluster, new_cluster, volume, difficulty, enable)
    if from_import is not None:
        if any(value is not None for value in others):
            raise typer.BadParameter("--from-import sets one figure and goes with --field alone")
        _set_from_import(context, from_import, field, where, site, sector, partial=partial, dry_run=dry_run)
        return
    if dry_run:
        raise typer.BadParameter("--dry-run goes with --from-import")
    if all(value is None for value in others):
        raise typer.BadParameter(
            "nothing to set: give --status, --cluster, --new-cluster, --volume, --difficulty, --enable, --disable or --from-import"
        )
    if cluster is not None and new_cluster is not None:
        raise typer.BadParameter("give either --cluster or --new-cluster")
    run = invocation(context)
    with run.planner() as planner:
        _warn(run.output, planner)
        found = planner.keywords.select(where, site=site, sector=sector).need_known()
        outcome = planner.keywords.set(
            found,
            status=status,
            cluster=cluster,
            new_cluster=new_cluster,
            volume=volume,
            difficulty=difficulty,
            enabled=enable,
            partial=partial,
        )
        report(run.output, outcome)


def _set_from_import(
    context: typer.Context,
    number: int,
    field: str,
    where: str,
    site: str | None,
    sector: str | None,
    *,
    partial: bool,
    dry_run: bool,
) -> None:
    run = invocation(context)
    with run.planner() as planner:
        _warn(run.output, planner)
        found = planner.keywords.select(where, site=site, sector=sector).need_known()
        figures = planner.imports.figures(number, field, planner.keywords.ids(found))
        told = figures.document()
        said = (
            f"{told['would_change']:,} change, {told['same']:,} are like that already, {told['ranges']:,} have a range only,"
            f" {told['unknown']:,} are not known to import {number}."
        )
        sample = (
            f"  {keyword}: {'–' if old is None else old} -> {new}" for keyword, old, new in figures.sample
        )
        lines = [said, *sample]
        if dry_run:
            run.output.record(told | {"dry_run": True}, ["Nothing was changed. It would be:", *lines])
            return
        report(run.output, planner.imports.set_figures(figures, partial=partial), extra=told, lines=lines)


def delete(
    context: typer.Context, where: Where, site: Site = None, sector: Sector = None, partial: Partial = False
) -> None:
    """Move every keyword that matches to the trash, as one step of undo."""
    run = invocation(context)
    with run.planner() as planner:
        _warn(run.output, planner)
        found = planner.keywords.select(where, site=site, sector=sector).need_known()
        report(run.output, planner.keywords.delete(found, partial=partial))


def add_from_seeds(
    context: typer.Context,
    site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")],
    sector: Annotated[str, typer.Option(metavar="SECTOR", help="Id, slug or name.")],
    seed: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A seed keyword; may be given several times.")
    ] = None,
    match: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One keyword a line; - reads standard input.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Every seed that matches, as in: volume:>=1000 desk.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --seed or --where: say what would come of it.")
    ] = False,
) -> None:
    """Make keywords of a sector from seed keywords of the library. What is there already is left as it is."""
    if bool(seed) + (match is not None) + (where is not None) != 1:
        raise typer.BadParameter("give either --seed ID..., --where QUERY or --match FILE")
    if dry_run and match is not None:
        raise typer.BadParameter("--dry-run goes with --seed and --where")
    run = invocation(context)
    with run.planner() as planner:
        if where is not None:
            seed = planner.library.find(where, site=site, sector=sector)
        if dry_run:
            _foresee(run.output, planner.library.foresee(seed or [], site=site, sector=sector))
            return
        if match is not None:
            with run.output.busy("Matching"):
                added = planner.keywords.add_matching(match, site=site, sector=sector)
        else:
            added = planner.keywords.add(seed or [], site=site, sector=sector)
        report(
            run.output,
            added.outcome,
            extra={"already_there": added.already_there, "unmatched": list(added.unmatched)},
            lines=[f"{added.already_there} were there already."] if added.already_there else [],
        )
        if added.unmatched and not run.output.as_json:
            run.output.notice("The sector's library has no seed keyword equal to:")
            for line in added.unmatched:
                run.output.notice(f"  {line}")


def _foresee(output: Output, found: Foreseen) -> None:
    refused = [
        {"code": one.code, "message": one.message, "count": one.count, "sample": list(one.sample)}
        for one in found.refused
    ]
    lines = [f"{found.added} would be added, {found.already} are there already, {found.kept_out} refused."]
    lines += [f"{one.count}: {one.message} {', '.join(one.sample)}" for one in found.refused]
    output.record({"would_add": found.added, "already_there": found.already, "refused": refused}, lines)


def _warn(output: Output, planner: Planner) -> None:
    if not planner.sync.is_complete():
        output.notice("The first sync did not finish: rows are missing. Go on with: planner sync")


def _chosen(columns: str | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    unknown = [name for name in names if name not in KEYWORD_FIELDS]
    if unknown or not names:
        raise typer.BadParameter(
            f"unknown column {', '.join(unknown) or columns!r}. There are {', '.join(KEYWORD_FIELDS)}."
        )
    return names
