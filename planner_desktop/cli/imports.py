"""import, imports list and undo, candidates list and export."""
# ruff: noqa: PLR0917 - a command has as many parameters as it has options

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_desktop.app.wording import counted
from planner_desktop.cli.changes import report_undone
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.imports import Prepared
    from planner_desktop.app.matching import OnDuplicate
    from planner_desktop.importing import Column

ON_DUPLICATE: tuple[OnDuplicate, ...] = ("skip", "fill", "update")
SHOWN = 10
IMPORT_COLUMNS = ("number", "at", "site", "sector", "rows", "undone", "names")
CANDIDATE_COLUMNS = (
    "keyword",
    "volume",
    "difficulty",
    "intent",
    "country",
    "sector",
    "reason",
    "seed",
    "file",
    "line",
)
WORDS = {
    "add": "added",
    "already_there": "there already",
    "fill": "there already, with something unknown filled in",
    "update": "there already, set as the file says",
    "no_seed": "without a seed, kept as candidates",
    "misaligned": "with a seed in another sector only, kept as candidates",
    "duplicate": "repeated",
    "excluded": "left out by the recipe",
    "junk": "lines of the tool, not keywords",
    "unreadable": "unreadable",
}
ONE = {"junk": "line of the tool, not a keyword"}
"""Where one is said otherwise than several."""

Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site (id, slug or name).")]
Sector = Annotated[str | None, typer.Option(metavar="SECTOR", help="Only this sector (id, slug or name).")]
Where = Annotated[
    str,
    typer.Option("--where", metavar="QUERY", help="Only those that match, as in volume:>=1000 import:12."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import")(import_files)
    group = typer.Typer(help="What was imported on this computer.", no_args_is_help=True)
    group.command("list")(list_imports)
    group.command("undo")(undo)
    app.add_typer(group, name="imports")
    group = typer.Typer(help="Imported keywords that wait for a seed.", no_args_is_help=True)
    group.command("list")(list_candidates)
    group.command("match")(match)
    group.command("remove")(remove)
    group.command("restore")(restore)
    group.command("export")(export)
    app.add_typer(group, name="candidates")


def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, XLSX, or a folder of them.")
    ],
    site: Annotated[str, typer.Option(metavar="SITE", help="Id, slug or name.")],
    sector: Annotated[str, typer.Option(metavar="SECTOR", help="Id, slug or name.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    on_duplicate: Annotated[
        str,
        typer.Option(
            metavar="|".join(ON_DUPLICATE),
            help="Figures of the files: leave keywords that are there as they are, fill in what is unknown, or override also what is known.",
        ),
    ] = "skip",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADING", help="What a column of a sheet made by hand means."),
    ] = None,
) -> None:
    """Add the keywords of export files of any keyword tool, as one step of undo. Those without a seed become candidates."""
    columns = _mapping(mapping or [])
    run = invocation(context)
    with run.planner() as planner:
        with (
            run.output.busy("Reading"),
            planner.imports.prepare(
                files, site=site, sector=sector, on_duplicate=_choice(on_duplicate), columns=columns
            ) as prepared,
        ):
            if dry_run:
                run.output.record(prepared.document() | {"dry_run": True}, _lines(prepared, done=False))
                return
            number, outcome = planner.imports.commit(prepared)
            document, lines = (
                prepared.document() | {"import": number, "dry_run": False},
                list(_lines(prepared)),
            )
        report(run.output, outcome, extra=document, lines=lines)


def list_imports(context: typer.Context) -> None:
    """List the imports, latest first."""
    run = invocation(context)
    with run.planner() as planner:
        rows = [
            row
            | {
                "rows": sum(row.get("counts", {}).values()),
                "names": ", ".join(one["file"] for one in row.get("files", ())),
            }
            for row in planner.imports.list()
        ]
        run.output.rows(rows, len(rows), IMPORT_COLUMNS, empty="Nothing was imported.")


def undo(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="See: planner imports list")],
) -> None:
    """Take a whole import back, its candidates too."""
    run = invocation(context)
    with run.planner() as planner:
        kept, gone = planner.imports.changed_since(number)
        report_undone(run.output, planner.imports.undo(number), kept, gone)


def list_candidates(
    context: typer.Context,
    site: Site = None,
    sector: Sector = None,
    where: Where = "",
    sort: Annotated[str, typer.Option(metavar="ORDER", help="As in -volume,keyword.")] = "",
    limit: Annotated[int | None, typer.Option(min=0, help="At most this many; `total` counts all.")] = None,
) -> None:
    """List imported keywords that have no seed in their sector."""
    run = invocation(context)
    with run.planner() as planner:
        if where or sort:
            rows = planner.imports.waiting.find(where, sort, site=site, sector=sector)
            rows = [{name: value for name, value in row.items() if name != "read"} for row in rows]
        else:
            rows = list(planner.imports.candidates(site=site, sector=sector))
        run.output.rows(islice(rows, limit), len(rows), CANDIDATE_COLUMNS, empty="No candidates.")


def match(
    context: typer.Context,
    site: Site = None,
    sector: Sector = None,
    add: Annotated[bool, typer.Option("--add", help="Make keywords of them, as one step of undo.")] = False,
) -> None:
    """Say which candidates the library has by now, and with --add make keywords of them."""
    run = invocation(context)
    with run.planner() as planner:
        waiting = planner.imports.waiting
        with run.output.busy("Looking up"):
            every = list(waiting.all(site=site, sector=sector))
        found = [one for one in every if one.seed is not None]
        document = {"candidates": len(every), "found": len(found), "added": add and bool(found)}
        lines = [f"The library has {len(found):,} of {len(every):,} candidates now."]
        lines += [f"  {one.row['keyword']} ({one.row['sector']})" for one in found[:SHOWN]]
        if not add or not found:
            if found:
                lines.append("Add them: planner candidates match --add")
            run.output.record(document, lines)
            return
        outcome = waiting.add((str(one.row["sector_id"]), str(one.seed)) for one in found)
        report(run.output, outcome, extra=document, lines=lines)


def remove(
    context: typer.Context,
    where: Annotated[str, typer.Option("--where", metavar="QUERY", help="Which; '' means all of the place.")],
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Forget candidates. The imports they came with stay as they are."""
    run = invocation(context)
    with run.planner() as planner:
        # Imported with the application by now.
        from planner_desktop.app.candidates import mark_of  # noqa: PLC0415

        waiting = planner.imports.waiting
        rows = waiting.find(where, site=site, sector=sector)
        count = waiting.remove(mark_of(row) for row in rows)
        said = f"{counted(count, 'candidate is', 'candidates are')} removed."
        run.output.record({"removed": count}, f"{said} planner candidates restore brings them back.")


def restore(context: typer.Context, site: Site = None, sector: Sector = None) -> None:
    """Take back all candidates that were removed, of a place."""
    run = invocation(context)
    with run.planner() as planner:
        count = planner.imports.waiting.restore_all(site=site, sector=sector)
        said = f"{counted(count, 'candidate is', 'candidates are')} back."
        run.output.record({"restored": count}, said)


def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A CSV file to write.")],
    site: Site = None,
    sector: Sector = None,
) -> None:
    """Write the candidates as a list that `planner-server load-library` reads."""
    run = invocation(context)
    with run.planner() as planner:
        # Imported with the application by now.
        from planner_desktop.app.candidates import write_candidates  # noqa: PLC0415

        count = write_candidates(output, planner.imports.candidates(site=site, sector=sector))
        run.output.record(
            {"file": str(output), "rows": count},
            f"{counted(count, 'candidate is', 'candidates are')} in {output}.",
        )


def _choice(text: str) -> OnDuplicate:
    for one in ON_DUPLICATE:
        if text == one:
            return one
    raise typer.BadParameter(f"--on-duplicate {text!r} is none of {', '.join(ON_DUPLICATE)}")


def _mapping(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        field, sign, heading = one.partition("=")
        if not sign or not field.strip() or not heading.strip():
            raise typer.BadParameter(f"--map {one!r}: write FIELD=HEADING, as in --map keyword=Term")
        found[field.strip()] = heading.strip()
    return found


def _lines(prepared: Prepared, *, done: bool = True) -> Iterator[str]:
    for one, read in zip(prepared.document()["files"], prepared.plan.files, strict=True):
        yield about(one)
        if not done and read.columns:
            yield f"  {_columns(read.columns)}"
        for note in read.notes:
            said = counted(note.count, f"cell of {note.field} says", f"cells of {note.field} say")
            yield f"  {said} nothing there (first in line {note.line:,}: {note.example[:60]})"
    counts, values = prepared.counts, prepared.matched.values()
    if not done:
        yield (
            "Nothing was changed. It would be:"
            if counts
            else "Nothing was changed, and there is nothing to do."
        )
    for fate, count in counts.items():
        yield f"  {count:,} {ONE.get(fate, WORDS[fate]) if count == 1 else WORDS[fate]}"
    if values.counts() or values.new_clusters:
        yield f"  {prepared.said()}"
    if values.new_clusters:
        yield f"    {'clusters created' if done else 'clusters that will be created'}: {', '.join(values.new_clusters.values())}"
    for left in islice(prepared.plan.left_out(), SHOWN):
        yield f"    {prepared.plan.files[left.file].name}, line {left.line}: {left.reason} ({left.text[:60]})"
    yield from prepared.document()["warnings"]


def named(file: str, message: str) -> str:
    """Return what is said of a file with its name before it, unless it says it itself."""
    return message if message.startswith(file) else f"{file}: {message}"


def _columns(columns: Sequence[Column]) -> str:
    """Say what each column is taken for, and which are left: a figure nobody reads is seen before it is missed."""
    read = ", ".join(
        f"{one.field} = {one.heading or f'column {one.number + 1}'}" for one in columns if one.field
    )
    left = [one.heading for one in columns if not one.field and one.heading]
    more = f" and {len(left) - SHOWN:,} more" if len(left) > SHOWN else ""
    return f"read: {read}" + (f"; not read: {', '.join(left[:SHOWN])}{more}" if left else "")


def about(one: Mapping[str, Any]) -> str:
    if "error" in one:
        return named(str(one["file"]), f"{one['error']['message']} {one['error']['remedy']}")
    kind = " ".join(part for part in (one["tool"], one["variant"]) if part)
    rows = counted(one["rows"], "row", "rows")
    return f"{one['file']}: {kind}, {rows}" + (f", {one['encoding']}" if one["encoding"] else "")
