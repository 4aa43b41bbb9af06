"""sync, verify, status."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_core.entities import ENTITIES
from planner_desktop.app.wording import counted
from planner_desktop.cli import exits
from planner_desktop.cli.invocation import Invocation, invocation

if TYPE_CHECKING:  # the application comes with the first command that opens an account
    from planner_desktop.app.planner import Planner

HELD = "you may not change their site at present. They go out once an owner lets you again."
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
LEAST_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("sync")(sync)
    app.command("verify")(verify)
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
    allow_removal: Annotated[
        str | None,
        typer.Option(metavar="SITE", help="Let the platform's answer remove what is held back in this site."),
    ] = None,
) -> int:
    """Send what waits and fetch what is new. Ends with 6 if something waits in Review or for your word."""
    run = invocation(context)
    if watch and (dry_run or allow_removal):
        raise typer.BadParameter("--watch goes with --site and --every only")
    if dry_run and allow_removal:
        raise typer.BadParameter("--dry-run changes nothing, --allow-removal does: choose one")
    if every is not None and not watch:
        raise typer.BadParameter("--every needs --watch: planner sync --watch --every 15m")
    if watch:
        return _watch(run, site, seconds(every or "15m"))
    return _ask(run, site) if dry_run else _round(run, site, allow_removal)


def verify(
    context: typer.Context,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")
    ] = None,
) -> int:
    """Compare the content of every row with the platform's; what differs is fetched anew. Ends with 6 if nothing can be said yet."""
    run = invocation(context)
    with run.planner() as planner:
        with run.output.busy("Comparing every row with the platform"):
            equal = planner.sync.is_equal(_sites(planner, site))
        sites = planner.sync.sites()
    lines = (
        [_standing(found) for found in sites]
        if equal
        else ["Not compared: something waits or the platform has moved on. First: planner sync"]
    )
    run.output.record({"equal": equal, "sites": sites}, lines)
    return 0 if equal else exits.REVIEW


def _ask(run: Invocation, site: str | None) -> int:
    with run.planner() as planner:
        with run.output.busy("Asking the platform"):
            planned = planner.sync.dry_run(_sites(planner, site))
        run.output.record(planned, _dry_text(planned))
        for line in planned["told"]:
            run.output.notice(line)
        for name in planned["put_back"]:
            run.output.notice(
                f"{name}: not counted. The platform was put back to an older state; what waits here and what it has forgotten"
                " is compared and sent by: planner sync"
            )
        return exits.REVIEW if planned["conflicts"] or planned["refused"] else 0


def _round(run: Invocation, site: str | None, allow_removal: str | None = None) -> int:
    with run.planner() as planner:
        if allow_removal is not None:
            planner.sync.allow_removal(str(planner.places.site(allow_removal)["id"]))
        with run.output.busy("Synchronising"):
            report = planner.sync.now(_sites(planner, site))
        run.output.record(report, _text(report))
        for line in report["told"]:
            run.output.notice(line)
        for found in report["restored"]:
            run.output.notice(_restored(found))
        if report["held"]:
            run.output.notice(f"{counted(report['held'], 'change is', 'changes are')} held: {HELD}")
        asks = [found for found in planner.sync.sites() if found["held_back"]]
        for found in asks:
            run.output.notice(_held_back(found))
        return exits.REVIEW if report["review"] or asks else 0


def _sites(planner: Planner, site: str | None) -> list[str] | None:
    return [str(planner.places.site(site)["id"])] if site else None


def _held_back(site: Mapping[str, Any]) -> str:
    """Say what an answer of the platform would remove, and what to do about it."""
    held = site["held_back"]
    kinds = ", ".join(f"{count:,} {ENTITIES[kind].plural}" for kind, count in held["kinds"].items())
    return (
        f"{site['site']}: the platform's answer would remove {held['rows']:,} of {held['of']:,} rows here ({kinds}). "
        "Nothing was removed, and a backup was made. "
        f"If it is meant: planner sync --allow-removal {site['site_id']}. If not, ask whoever runs the platform."
    )


def _watch(run: Invocation, site: str | None, pause: float) -> int:
    """Each round opens and closes the profile, so that others can write in between. Ends with Ctrl+C."""
    # Errors are those of the application, imported with the first round.
    from sync.errors import PlatformFault, ReplicaLocked, Unreachable  # noqa: PLC0415

    while True:
        try:
            _round(run, site)
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


def status(
    context: typer.Context,
    seen: Annotated[
        bool, typer.Option("--seen", help="Do not tell any more of platforms that were put back.")
    ] = False,
) -> None:
    """Show what waits, what is in Review, and when the last sync was. Works without a network."""
    run = invocation(context)
    with run.planner() as planner:
        if seen:
            planner.sync.seen()
        account = {
            "account": planner.entry.account_name,
            "email": planner.entry.email,
            "server": planner.entry.server,
        }
        found = {**planner.sync.status(), **account}
    lines = [
        *_detail(found),
        f"{found['state']} ({found['email']} on {found['server']})",
        f"waiting {found['waiting']}, conflicts {found['conflicts']}, refused {found['refused']}",
        *_copies(found),
        f"last sync: {found['last_sync'] or 'never'}",
        *(_restored(one) for one in found["restored"]),
        *(_standing(site) for site in found["sites"]),
    ]
    run.output.record(found, lines)


def _detail(found: Mapping[str, Any]) -> list[str]:
    """Say what stands in the way, and which command goes on from there."""
    text = str(found["detail"]).rstrip(".")
    text = f"{text[0].upper()}{text[1:]}." if text else ""
    if found["state"] == "sign_in":
        sign_in = f"Signed out. Sign in: planner login --server {found['server']} --email {found['email']}"
        return [text, sign_in] if text else [sign_in]
    if not text or found["state"] == "held":
        return [text] if text else []
    return [f"{text} Go on with: planner {'resume' if found['state'] == 'paused' else 'sync'}"]


def _copies(found: Mapping[str, Any]) -> list[str]:
    """Say what has no second copy."""
    rows = found["uncopied"]
    if not rows:
        return []
    why = f" ({found['copy_trouble']})" if found["copy_trouble"] else ""
    changes = "1 change has" if rows == 1 else f"{rows:,} changes have"
    said = f"{changes} no second copy: outbox.journal cannot be written{why}. The database has it all"
    return [f"{said}; free some space, or let this program write to its data folder."]


def _restored(found: Mapping[str, Any]) -> str:
    """Say what became of a platform that was put back to an older state."""
    again, waiting, asks, missing = (found[name] for name in ("sent_again", "waiting", "review", "missing"))
    said = []
    if again:
        had = "1 change it had forgotten" if again == 1 else f"{again:,} changes it had forgotten"
        was = "was" if again == 1 else "were"
        said.append(f"{had} {'will be' if waiting == again else was} sent again")
        if 0 < waiting < again:
            said.append(f"{waiting:,} of them still wait")
    if asks:
        rows = f" (of {missing:,} row{'s' * (missing != 1)} that the platform has no more)" if missing else ""
        said.append(f"{asks:,} {'waits' if asks == 1 else 'wait'} in Review{rows}: planner review list")
    what = "; ".join(said) or "nothing of yours was missing"
    return (
        f"{found['site'] or found['site_id']}: the platform was put back to an older state (noticed {found['noticed']}). "
        f"{what[0].upper()}{what[1:]}. Seen it? planner status --seen"
    )


def _standing(site: Mapping[str, Any]) -> str:
    """Say what is known of one site: whether it equals the platform's, and since when."""
    if site["held_back"]:
        return _held_back(site)
    if site["access"] == "none":
        return f"{site['site'] or site['site_id']}: no access any more"
    rights = ", read only" if site["access"] == "ro" else ""
    if not site["checked"]:
        return f"{site['site']}{rights}: not compared with the platform yet (planner verify)"
    since = "" if site["equal"] else "; changed since"
    return f"{site['site']}{rights}: equal with the platform, checked {site['checked']}{since}"


def _text(report: Mapping[str, Any]) -> str:
    return (
        f"Pushed {report['pushed']}, pulled {report['pulled']}, merged {report['merged']}, conflicts {report['conflicts']}, "
        f"refused {report['refused']} in {report['seconds']:.1f} s."
    )


def _dry_text(planned: Mapping[str, Any]) -> str:
    return (
        f"{counted(planned['pushed'], 'change', 'changes')} would be sent: {planned['conflicts']} would conflict, {planned['refused']} be refused. "
        "Nothing was written."
    )
