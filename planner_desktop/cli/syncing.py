"""sync, status."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from planner_desktop.cli.invocation import Invocation, invocation

WAITS_IN_REVIEW = 6
READ_ONLY = (
    "you may read this site, not change it. They go out once an owner gives you the editor's role again."
)
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
LEAST_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("sync")(sync)
    app.command("status")(status)


def sync(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the platform what would become of the changes.")
    ] = False,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until interrupted.")] = False,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="Pause between rounds: 30s, 15m (as usual), 1h.")
    ] = None,
) -> int:
    """Send what waits and fetch what is new. Ends with 6 if something waits in Review."""
    run = invocation(context)
    if not watch:
        if every is not None:
            raise typer.BadParameter("--every needs --watch: planner sync --watch --every 15m")
        return _round(run, site, dry_run=dry_run)
    if dry_run:
        raise typer.BadParameter("--watch and --dry-run exclude each other")
    return _watch(run, site, seconds(every or "15m"))


def _round(run: Invocation, site: str | None, *, dry_run: bool) -> int:
    with run.planner() as planner:
        sites = [str(planner.places.site(site)["id"])] if site else None
        if dry_run:
            with run.output.busy("Asking the platform"):
                planned = planner.sync.dry_run(sites)
            run.output.record(planned, _dry_text(planned))
            for line in planned["told"]:
                run.output.notice(line)
            return WAITS_IN_REVIEW if planned["conflicts"] or planned["refused"] else 0
        with run.output.busy("Synchronising"):
            report = planner.sync.now(sites)
        run.output.record(report, _text(report))
        for line in report["told"]:
            run.output.notice(line)
        if report["held"]:
            run.output.notice(f"{report['held']:,} changes are held, read only: {READ_ONLY}")
        return WAITS_IN_REVIEW if report["review"] else 0


def _watch(run: Invocation, site: str | None, pause: float) -> int:
    """Each round opens and closes the profile, so that others can write in between. Ends with Ctrl+C."""
    # Errors are those of the application, imported with the first round.
    from sync.errors import PlatformFault, ReplicaLocked, Unreachable  # noqa: PLC0415

    while True:
        try:
            _round(run, site, dry_run=False)
        except (Unreachable, PlatformFault, ReplicaLocked) as error:
            run.output.notice(f"planner: {error.message} Trying again in {pause:g} s.")
        time.sleep(pause)


def seconds(text: str) -> float:
    """Return a pause written as 30s, 15m or 1h in seconds (a bare number means minutes). Raises BadParameter."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "m")
    try:
        found = float(number) * UNITS[unit]
    except ValueError:
        found = 0.0
    if not LEAST_SECONDS <= found < float("inf"):
        raise typer.BadParameter(
            f"{text!r} is not a pause. Write it as 30s, 15m or 1h.", param_hint="--every"
        )
    return found


def status(context: typer.Context) -> None:
    """Show what waits, what is in Review, and when the last sync was. Works without a network."""
    run = invocation(context)
    with run.planner() as planner:
        account = {
            "account": planner.entry.account_name,
            "email": planner.entry.email,
            "server": planner.entry.server,
        }
        found = {**planner.sync.status(), **account}
    lines = [
        *([f"{found['detail'].capitalize()}. Go on with: planner sync"] if found["detail"] else []),
        f"{found['state']} ({found['email']} on {found['server']})",
        f"waiting {found['waiting']}, conflicts {found['conflicts']}, refused {found['refused']}",
        f"last sync: {found['last_sync'] or 'never'}",
    ]
    run.output.record(found, lines)


def _text(report: Mapping[str, Any]) -> str:
    return (
        f"Pushed {report['pushed']}, pulled {report['pulled']}, merged {report['merged']}, conflicts {report['conflicts']}, "
        f"refused {report['refused']} in {report['seconds']:.1f} s."
    )


def _dry_text(planned: Mapping[str, Any]) -> str:
    return (
        f"{planned['pushed']} changes would be sent: {planned['conflicts']} would conflict, {planned['refused']} be refused. "
        "Nothing was written."
    )
