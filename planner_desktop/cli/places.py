"""sites, sectors."""

from __future__ import annotations

from typing import Annotated

import typer

from planner_desktop.cli.invocation import invocation

SITE_COLUMNS = ("name", "slug", "industry", "id")
SECTOR_COLUMNS = ("name", "site", "id")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="The sites of the account.", invoke_without_command=True)
    group.callback()(sites)
    group.command("list")(list_sites)
    group.command("create")(create)
    app.add_typer(group, name="sites")
    app.command("sectors")(sectors)


def sites(context: typer.Context) -> None:
    """List the sites of the account, or make one."""
    if context.invoked_subcommand is None:
        list_sites(context)


def list_sites(context: typer.Context) -> None:
    """List the sites of the account."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.places.sites()
        run.output.rows(rows, len(rows), SITE_COLUMNS, empty="No sites here yet. Fetch them: planner sync")


def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="NAME")],
    industry: Annotated[
        str, typer.Option(metavar="INDUSTRY", help="Id, slug or name of an industry of the platform.")
    ],
    sectors: Annotated[
        str, typer.Option(metavar="A,B", help="One to five sectors of that industry, by slug or name.")
    ],
    domain: Annotated[str, typer.Option(metavar="DOMAIN")] = "",
) -> None:
    """Make a site on the platform (needs the network) and fetch it."""
    run = invocation(context)
    chosen = [part.strip() for part in sectors.split(",") if part.strip()]
    with run.planner() as planner:
        site = planner.administration.create_site(name=name, industry=industry, sectors=chosen, domain=domain)
        run.output.record(site, f"Site {site['name']} was made with {len(chosen)} sectors.")


def sectors(
    context: typer.Context,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Id, slug or name; default: all sites.")
    ] = None,
) -> None:
    """List the sectors of a site."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.places.sectors(planner.places.site(site)["id"] if site else None)
        run.output.rows(
            rows, len(rows), SECTOR_COLUMNS, empty="No sectors here yet. Fetch them: planner sync"
        )
