"""triage: the new keywords that come next, with the clusters they are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.keywords import Sector, Site

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.triage import Next

COLUMNS = ("keyword", "volume", "difficulty", "suggested", "score", "shares", "nearest")
GROUP_COLUMNS = ("keyword", "count", "volume", "suggested", "score", "shares", "nearest")
GROUPINGS = ("one", "near-duplicates", "first-words", "suggested-cluster")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("triage")(triage)


def triage(
    context: typer.Context,
    where: Annotated[
        str, typer.Option(metavar="QUERY", help="Only new keywords that match, as in volume:>=1000.")
    ] = "",
    by: Annotated[
        str, typer.Option(metavar="|".join(GROUPINGS), help="How keywords come: one by one, or in groups.")
    ] = "one",
    limit: Annotated[int, typer.Option(min=0, help="At most this many; `total` counts keywords.")] = 20,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """List the new keywords that come next, the largest volume first, with suggested clusters and nearest neighbours.

    The keyboard session is in the window; decide here with: planner keywords set --where QUERY.
    """
    grouping = next((name for name in GROUPINGS if name == by), None)
    if grouping is None:
        raise typer.BadParameter(f"--by {by!r}: give one of {', '.join(GROUPINGS)}.")
    run = invocation(context)
    with run.planner() as planner:
        with run.output.busy("Comparing"):
            found, left = planner.triage.next(
                where=where,
                site=site,
                sector=sector,
                grouping=grouping,  # type: ignore[arg-type]  # one of them, see above
                limit=limit,
            )
        shaped = [_row(one, single=by == "one") for one in found]
        rows = shaped if run.output.as_json else [_line(row) for row in shaped]
        run.output.rows(
            rows, left, COLUMNS if by == "one" else GROUP_COLUMNS, empty="No new keyword is left."
        )
        if not run.output.as_json and found:
            run.output.notice(f"{left:,} left.")


def _row(one: Next, *, single: bool) -> dict[str, Any]:
    """Return an item as `--json` has it: a keyword's own members, or the members of a group in `keywords`."""
    own: dict[str, Any] = dict(one.rows[0]) if single else {"keywords": [dict(row) for row in one.rows]}
    return own | {
        "skipped": one.skipped,
        "suggestions": [dict(each) for each in one.suggestions],
        "neighbours": [dict(each) for each in one.neighbours],
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item as one line of a table."""
    members = row.get("keywords", [row])
    best: Mapping[str, Any] = next(iter(row["suggestions"]), {})
    near: Mapping[str, Any] = next(iter(row["neighbours"]), {})
    return {
        "keyword": members[0]["keyword"],
        "count": len(members),
        "volume": sum(each["volume"] or 0 for each in members) if len(members) > 1 else members[0]["volume"],
        "difficulty": members[0]["difficulty"],
        "suggested": best.get("cluster"),
        "score": best.get("score"),
        "shares": " ".join(best.get("words", ())),
        "nearest": near.get("keyword"),
    }
