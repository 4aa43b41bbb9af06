"""tags list, add, remove, rename, delete, undo; notes list, set, remove."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.keywords import Sector, Site, Where

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.labels import Labelled
    from planner_desktop.cli.output import Output

Name = Annotated[str, typer.Argument(metavar="TAG")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(
        help="Tags of keywords. They stay on this computer and are not sent to the platform.",
        no_args_is_help=True,
    )
    group.command("list")(list_tags)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("rename")(rename)
    group.command("delete")(delete)
    group.command("undo")(undo)
    app.add_typer(group, name="tags")
    group = typer.Typer(
        help="Notes beside keywords. They stay on this computer and are not sent to the platform.",
        no_args_is_help=True,
    )
    group.command("list")(list_notes)
    group.command("set")(set_note)
    group.command("remove")(remove_note)
    group.command("undo")(undo)
    app.add_typer(group, name="notes")


def list_tags(context: typer.Context) -> None:
    """List the tags with the number of their keywords, the most used first."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.labels.tags()
        run.output.rows(rows, len(rows), ("tag", "keywords"), empty="There are no tags.")


def add(context: typer.Context, tag: Name, where: Where, site: Site = None, sector: Sector = None) -> None:
    """Put a tag on every keyword that matches."""
    _tag(context, where, site, sector, add=[tag])


def remove(context: typer.Context, tag: Name, where: Where, site: Site = None, sector: Sector = None) -> None:
    """Take a tag off every keyword that matches."""
    _tag(context, where, site, sector, remove=[tag])


def rename(context: typer.Context, old: Name, new: Annotated[str, typer.Argument(metavar="NEW")]) -> None:
    """Give a tag another name; where that is a tag already, the two become one."""
    run = invocation(context)
    with run.planner() as planner:
        _report(run.output, planner.labels.rename(old, new))


def delete(context: typer.Context, tag: Name) -> None:
    """Take a tag off all its keywords."""
    run = invocation(context)
    with run.planner() as planner:
        _report(run.output, planner.labels.delete(tag))


def undo(context: typer.Context) -> None:
    """Take back the latest step of tags and notes; calling it again takes back the one before."""
    run = invocation(context)
    with run.planner() as planner:
        _report(run.output, planner.labels.undo())


def list_notes(
    context: typer.Context,
    where: Where = "",
    limit: Annotated[int | None, typer.Option(min=0, help="At most this many; `total` counts all.")] = None,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """List the keywords that have a note."""
    run = invocation(context)
    with run.planner() as planner:
        notes = planner.labels.read().notes
        noted = planner.keywords.among(list(notes))
        wanted = set(planner.keywords.ids(planner.keywords.select(where, site=site, sector=sector)))
        rows = [row for row in planner.keywords.rows(noted) if row["id"] in wanted]
        shown = ({"id": row["id"], "keyword": row["keyword"], "note": notes[row["id"]]} for row in rows)
        run.output.rows(
            islice(shown, limit), len(rows), ("keyword", "note", "id"), empty="There are no notes."
        )


def set_note(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    where: Where,
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write the same note beside every keyword that matches, in place of the one it has."""
    if not text.strip():
        raise typer.BadParameter("a note needs a text; to take notes away: planner notes remove")
    _note(context, text, where, site, sector)


def remove_note(context: typer.Context, where: Where, site: Site = None, sector: Sector = None) -> None:
    """Take the note away from every keyword that matches."""
    _note(context, "", where, site, sector)


def _tag(
    context: typer.Context,
    where: str,
    site: str | None,
    sector: str | None,
    *,
    add: list[str] | None = None,
    remove: list[str] | None = None,
) -> None:
    run = invocation(context)
    with run.planner() as planner:
        found = planner.keywords.select(where, site=site, sector=sector).need_known()
        _report(run.output, planner.labels.tag(planner.keywords.ids(found), add or (), remove or ()))


def _note(context: typer.Context, text: str, where: str, site: str | None, sector: str | None) -> None:
    run = invocation(context)
    with run.planner() as planner:
        found = planner.keywords.select(where, site=site, sector=sector).need_known()
        _report(run.output, planner.labels.note(planner.keywords.ids(found), text))


def _report(output: Output, done: Labelled) -> None:
    document = {"label": done.label, "changed": done.changed, "unchanged": done.unchanged}
    output.record(document, done.label if done.changed else "Nothing to change.")
