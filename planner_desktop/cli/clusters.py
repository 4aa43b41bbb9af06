"""clusters list, create, rename, delete."""

from __future__ import annotations

from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

COLUMNS = ("name", "keywords", "volume", "sector", "sync", "id")

Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")]
Sector = Annotated[str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")]
Name = Annotated[str, typer.Argument(metavar="CLUSTER", help="Id or name.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="The clusters of your sites.", no_args_is_help=True)
    group.command("list")(list_clusters)
    group.command("create")(create)
    group.command("rename")(rename)
    group.command("delete")(delete)
    app.add_typer(group, name="clusters")


def list_clusters(context: typer.Context, site: Site = None, sector: Sector = None) -> None:
    """List clusters with the number of their keywords and the sum of effective volumes."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.clusters.list(site=site, sector=sector)
        run.output.rows(rows, len(rows), COLUMNS, empty="No clusters.")


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")],
    sector: Annotated[str, typer.Option(metavar="SECTOR", help="Id, slug or name.")],
    description: Annotated[str, typer.Option(metavar="TEXT")] = "",
) -> None:
    """Make a cluster in a sector."""
    run = invocation(context)
    with run.planner() as planner:
        uid, outcome = planner.clusters.create(name, site=site, sector=sector, description=description)
        report(run.output, outcome, extra={"id": uid})


def rename(
    context: typer.Context,
    old: Name,
    new: Annotated[str, typer.Argument(metavar="NAME")],
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Give a cluster another name."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.clusters.rename(old, new, site=site, sector=sector))


def delete(context: typer.Context, cluster: Name, site: Site = None, sector: Sector = None) -> None:
    """Move a cluster to the trash; its keywords and ideas stay, without a cluster."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.clusters.delete(cluster, site=site, sector=sector))
