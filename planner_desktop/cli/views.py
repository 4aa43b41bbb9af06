"""views list, and what `--view NAME` means for commands that list or export keywords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from planner_desktop.app.contract import KEYWORD_FIELDS
from planner_desktop.cli.invocation import Invocation, invocation

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.planner import Planner
    from planner_desktop.app.views import View, Views

ViewName = Annotated[
    str | None,
    typer.Option(
        "--view", metavar="NAME", help="A saved view: its query (and --where), its order and columns."
    ),
]
_FIELDS = {"mark": "sync", "enabled": "disabled"}
"""Columns of the window that the command line calls otherwise."""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="The saved views of the Keywords page.", no_args_is_help=True)
    group.command("list")(list_views)
    app.add_typer(group, name="views")


def list_views(context: typer.Context) -> None:
    """List the saved views."""
    run = invocation(context)
    with run.planner() as planner:
        views = _views(run, planner)
        rows = [
            {
                "name": view.name,
                "query": view.query,
                "sort": view.sort,
                "columns": list(columns_of(view)) or None,
                "start": view == views.start,
            }
            for view in views.all()
        ]
        run.output.rows(rows, len(rows), ("name", "query", "sort"), empty="There are no saved views.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be listed: a query, an order and columns ("" and none: the usual ones)."""

    where: str
    sort: str
    columns: Sequence[str]


def asked(
    run: Invocation, planner: Planner, name: str | None, where: str, sort: str, columns: Sequence[str]
) -> Asked:
    """Return what a command is asked for with a view. The query narrows the view's; order and columns replace it. Raises NotFound."""
    if name is None:
        return Asked(where, sort, columns)
    view = _views(run, planner).get(name)
    return Asked(f"{view.query} {where}".strip(), sort or view.sort, columns or columns_of(view))


def columns_of(view: View) -> Sequence[str]:
    """Return the fields of the columns a view shows, in its order; nothing where it has no columns of its own."""
    if not isinstance(view.columns, Mapping):
        return ()
    order, hidden = view.columns.get("order"), view.columns.get("hidden")
    if not isinstance(order, list) or not isinstance(hidden, list):
        return ()
    names = [_FIELDS.get(name, name) for name in order if isinstance(name, str) and name not in hidden]
    return [name for name in names if name in KEYWORD_FIELDS]


def _views(run: Invocation, planner: Planner) -> Views:
    from planner_desktop.app.views import Views  # noqa: PLC0415 - see invocation

    return Views(run.profile().paths(planner.entry).views)
