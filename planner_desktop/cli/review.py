"""pending list, discard, export, import; review list, resolve, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner_desktop.app.wording import counted
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from sync.replica import Choice

PENDING_COLUMNS = ("label", "rows", "state", "at", "id")
REVIEW_COLUMNS = ("name", "group", "base", "mine", "theirs", "message", "id")

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    pending = typer.Typer(help="Changes not sent yet.", no_args_is_help=True)
    pending.command("list")(list_pending)
    pending.command("discard")(discard)
    pending.command("export")(export)
    pending.command("import")(bring_back)
    app.add_typer(pending, name="pending")
    review = typer.Typer(help="Conflicts and refused changes.", no_args_is_help=True)
    review.command("list")(list_review)
    review.command("resolve")(resolve)
    review.command("restore")(restore)
    app.add_typer(review, name="review")


def list_pending(context: typer.Context) -> None:
    """List the changes that wait for the next sync."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.review.pending()
        run.output.rows(rows, len(rows), PENDING_COLUMNS, empty="Nothing waits.")


def discard(
    context: typer.Context,
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Discard all that waits.")] = False,
) -> None:
    """Take back changes that were not sent yet."""
    _one_way(ids, everything)
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.review.discard(None if everything else ids or []))


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends with .csv or .json.")],
) -> None:
    """Write what the platform has not taken (waiting, parked, refused) to a file. JSON can be imported again."""
    run = invocation(context)
    with run.planner() as planner:
        from planner_desktop.app.opening import describe  # noqa: PLC0415 - see invocation
        from planner_desktop.app.replicas import open_reader  # noqa: PLC0415 - see invocation

        profile, entry = run.profile(), planner.entry
        count = planner.safety.export(lambda: open_reader(profile.paths(entry), entry), file, describe(entry))
        run.output.record(
            {"file": str(file), "changes": count}, f"{counted(count, 'change is', 'changes are')} in {file}."
        )


def bring_back(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .json file of planner pending export.")],
) -> None:
    """Make the edits of an exported file again, as one new action; what is as wanted already is left alone."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.safety.bring_back(planner.store, file))


def list_review(
    context: typer.Context,
    state: Annotated[str, typer.Option(metavar="open|closed|all")] = "open",
) -> None:
    """List what waits for a decision."""
    if state not in {"open", "closed", "all"}:
        raise typer.BadParameter("is one of open, closed, all", param_hint="--state")
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.review.items(state)
        empty = {"open": "Nothing waits in Review.", "closed": "Nothing was decided in Review."}
        run.output.rows(
            rows, len(rows), REVIEW_COLUMNS, empty=empty.get(state, "Nothing ever came to Review.")
        )


def resolve(
    context: typer.Context,
    keep: Annotated[str, typer.Option(metavar="mine|theirs", help="Whose value stays.")],
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Decide all alike.")] = False,
) -> None:
    """Decide conflicts; each item is one field of one row. The decision is sent with the next sync."""
    if keep not in {"mine", "theirs"}:
        raise typer.BadParameter("is mine or theirs", param_hint="--keep")
    choice: Choice = "mine" if keep == "mine" else "theirs"
    _one_way(ids, everything)
    run = invocation(context)
    with run.planner() as planner:
        outcome, decided = planner.review.resolve(None if everything else ids or [], choice)
        report(run.output, outcome, extra={"resolved": decided}, lines=[f"{decided} decided: {keep}."])


def restore(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="The site of --sector (id, slug or name).")
    ] = None,
    sector: Annotated[
        str | None,
        typer.Option(
            metavar="SECTOR", help="Where to make them (id, slug or name); default: where they were."
        ),
    ] = None,
) -> None:
    """Make the rows of items anew, from the copies kept on this computer.

    For rows the platform has lost or cleared away, and for work in a site you have no access to any more: that one needs --sector.
    """
    if site is not None and sector is None:
        raise typer.BadParameter("says in which site --sector is; give both", param_hint="--site")
    run = invocation(context)
    with run.planner() as planner:
        place = planner.places.sector(sector, site=site)["id"] if sector is not None else None
        outcome, ended = planner.review.make_anew(ids, place)
        report(run.output, outcome, extra={"resolved": ended}, lines=[f"{ended} decided: made anew."])


def _one_way(ids: list[str] | None, everything: bool) -> None:
    if bool(ids) == everything:
        raise typer.BadParameter("give either ID... or --all")
