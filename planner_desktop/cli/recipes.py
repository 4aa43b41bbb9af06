"""recipe list, show, new, check, run, record, remove, runs, undo; recipe lists list, show, set, remove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner_desktop.cli.imports import SHOWN, WORDS
from planner_desktop.cli.imports import about as about_file
from planner_desktop.cli.invocation import invocation
from planner_desktop.cli.outcomes import report

if TYPE_CHECKING:  # see invocation: the application stays out until a command runs
    from planner_desktop.app.recipeplan import RunPlan
    from planner_desktop.app.recipes import Ran

LIST_COLUMNS = ("name", "site", "sector", "steps", "last_run", "trouble")
RUN_COLUMNS = ("number", "at", "recipe", "files", "import", "undone")
PROBLEM_COLUMNS = ("line", "key", "message", "remedy")

Name = Annotated[str, typer.Argument(metavar="NAME")]
NameOrFile = Annotated[
    str, typer.Argument(metavar="NAME|FILE.toml", help="A recipe of the profile, or any file that is one.")
]
Site = Annotated[str | None, typer.Option(metavar="SITE", help="Instead of the recipe's (id, slug or name).")]
Sector = Annotated[
    str | None, typer.Option(metavar="SECTOR", help="Instead of the recipe's (id, slug or name).")
]
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of one of the same name.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(
        help="What is done to every new export, kept as a small file (docs/recipes.md): clean, add, tag, and so on.",
        no_args_is_help=True,
    )
    group.command("list")(list_recipes)
    group.command("show")(show)
    group.command("new")(new)
    group.command("check")(check)
    group.command("run")(run_recipe)
    group.command("record")(record)
    group.command("remove")(remove)
    group.command("runs")(list_runs)
    group.command("undo")(undo)
    lists = typer.Typer(help="Exclude lists of the profile, one entry a line.", no_args_is_help=True)
    lists.command("list")(list_lists)
    lists.command("show")(show_list)
    lists.command("set")(set_list)
    lists.command("remove")(remove_list)
    group.add_typer(lists, name="lists")
    app.add_typer(group, name="recipe")


# ---------------------------------------------------------------------- kept


def list_recipes(context: typer.Context) -> None:
    """List the recipes of the profile."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.recipes.list()
        run.output.rows(rows, len(rows), LIST_COLUMNS, empty="There are no recipes.")


def show(context: typer.Context, name: NameOrFile) -> None:
    """Print a recipe as its file has it."""
    run = invocation(context)
    with run.planner() as planner:
        found = planner.recipes.load(name)
        document = found.recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)
        run.output.record(
            {"file": str(found.path), "text": found.text, "recipe": document}, found.text.rstrip("\n")
        )


def new(
    context: typer.Context,
    name: Name,
    site: Site = None,
    sector: Sector = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE.toml", help="Keep this recipe under the name.")
    ] = None,
    replace: Replace = False,
) -> None:
    """Make a recipe to begin with, or take one over from a file; says where it is, for an editor."""
    run = invocation(context)
    with run.planner() as planner:
        # Imported with the application by now.
        from planner_desktop.app.recipes import renamed, starter  # noqa: PLC0415

        if source is None:
            text = starter(name, site=site, sector=sector)
        else:
            text = renamed(planner.recipes.load(source), name)
        found = planner.recipes.keep(text, replace=replace)
        run.output.record(
            {"name": found.recipe.name, "file": str(found.path)},
            f"“{found.recipe.name}” is in {found.path}",
        )


def check(context: typer.Context, name: NameOrFile) -> int:
    """Say everything that is wrong with a recipe: line, key, what, and the remedy. Exit 2 if something is."""
    run = invocation(context)
    with run.planner() as planner:
        problems = planner.recipes.check(name)
        rows = [asdict(one) for one in problems]
        run.output.rows(rows, len(rows), PROBLEM_COLUMNS, empty=f"{name}: nothing is wrong with it.")
    return 2 if problems else 0


def remove(context: typer.Context, name: Name) -> None:
    """Remove a recipe from the profile. What its runs did stays."""
    run = invocation(context)
    with run.planner() as planner:
        path = planner.recipes.book.remove_recipe(name)
        run.output.record({"name": path.stem, "file": str(path)}, f"“{path.stem}” is removed.")


# ---------------------------------------------------------------------- run


def run_recipe(
    context: typer.Context,
    name: NameOrFile,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, XLSX, or a folder of them.")
    ],
    site: Site = None,
    sector: Sector = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
) -> None:
    """Do to new files what a recipe says, as one step of undo. The same files again add nothing."""
    run = invocation(context)
    with run.planner() as planner:
        found = planner.recipes.load(name)
        with (
            run.output.busy("Reading"),
            planner.recipes.plan(found, files, site=site, sector=sector) as plan,
        ):
            document = plan.document() | {"dry_run": dry_run}
            lines = list(_lines(plan, document))
            if dry_run:
                run.output.record(document, ["Nothing was changed. It would be:", *lines])
                return
            ran = planner.recipes.run(plan)
        _report(run.output, plan, ran, document, lines)


def _report(output: Any, plan: RunPlan, ran: Ran, document: Mapping[str, Any], lines: Sequence[str]) -> None:
    extra = {**document, "run": ran.number, "import": ran.imported, "labelled": ran.labelled}
    if plan.is_empty:
        lines = ["All of it is there already: these files were run before.", *lines]
    report(output, ran.outcome, extra=extra, lines=lines)


def _lines(plan: RunPlan, document: Mapping[str, Any]) -> Iterator[str]:
    for one in document["files"]:
        yield about_file(one)
    for step in document["steps"]:
        yield _step(step)
    for fate, count in document["counts"].items():
        yield f"  {count:,} {WORDS[fate]}"
    rows = plan.prepared.plan
    for one in islice(rows.left_out(), SHOWN):
        yield f"    {rows.files[one.file].name}, line {one.line}: {one.reason} ({one.text[:60]})"
    more = sum(count for name, count in rows.counts.items() if name != "keyword") - SHOWN
    if more > 0:
        yield f"    and {more:,} more rows are left out"
    yield from document["warnings"]


def _step(step: Mapping[str, Any]) -> str:
    sample = f" ({', '.join(step['sample'])})" if step["sample"] else ""
    if "left_out" in step:
        rewritten = f", {step['rewritten']:,} rewritten" if step["rewritten"] else ""
        return f"  {step['step']}. {step['do']}: {step['left_out']:,} left out{rewritten}{sample}"
    return f"  {step['step']}. {step['do']}: {step['changed']:,} of {step['keywords']:,} keywords{sample}"


def list_runs(context: typer.Context) -> None:
    """List what recipes did on this computer, latest first."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.recipes.runs()
        run.output.rows(rows, len(rows), RUN_COLUMNS, empty="No recipe was run yet.")


def undo(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="A run; default: the latest that stands.")
    ] = None,
) -> None:
    """Take a whole run back: keywords, clusters, candidates, tags and notes."""
    run = invocation(context)
    with run.planner() as planner:
        report(run.output, planner.recipes.undo(number))


# ---------------------------------------------------------------------- record


def record(
    context: typer.Context,
    name: Name,
    actions: Annotated[
        list[str], typer.Option("--from", metavar="ACTION_ID", help="An action of the history; repeat it.")
    ],
    labels: Annotated[
        bool, typer.Option("--labels", help="Also the tags and notes written since the first of them.")
    ] = False,
    replace: Replace = False,
) -> None:
    """Make a recipe of what was done: what can be repeated becomes steps, and what cannot is said."""
    run = invocation(context)
    with run.planner() as planner:
        found, recorded = planner.recorder.record(name, actions, labels=labels, replace=replace)
        left = [{"id": one.id, "label": one.label, "reason": one.reason} for one in recorded.left]
        document = {
            "name": found.recipe.name,
            "file": str(found.path),
            "steps": [str(step) for step in recorded.said],
            "not_recorded": left,
            "text": found.text,
        }
        lines = [f"“{found.recipe.name}” is in {found.path}", *(f"  {step}" for step in recorded.said)]
        lines += [f"Not recorded: “{one.label}”: {one.reason}" for one in recorded.left]
        run.output.record(document, lines)


# ---------------------------------------------------------------------- lists


def list_lists(context: typer.Context) -> None:
    """List the exclude lists with the number of their entries."""
    run = invocation(context)
    with run.planner() as planner:
        rows = planner.recipes.lists.rows()
        run.output.rows(rows, len(rows), ("name", "entries", "file"), empty="There are no exclude lists.")


def show_list(context: typer.Context, name: Name) -> None:
    """Print the entries of an exclude list."""
    run = invocation(context)
    with run.planner() as planner:
        entries = list(planner.recipes.lists.entries(name))
        run.output.record({"name": name, "entries": entries}, entries)


def set_list(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A text file with one entry a line.")],
) -> None:
    """Keep a list under a name, in place of one that is there."""
    run = invocation(context)
    with run.planner() as planner:
        path, count = planner.recipes.lists.keep(name, file)
        run.output.record(
            {"name": path.stem, "entries": count, "file": str(path)},
            f"“{path.stem}” has {count:,} entries.",
        )


def remove_list(context: typer.Context, name: Name) -> None:
    """Remove an exclude list. Recipes that name it say so when they are run."""
    run = invocation(context)
    with run.planner() as planner:
        path = planner.recipes.lists.remove(name)
        run.output.record({"name": path.stem, "file": str(path)}, f"“{path.stem}” is removed.")
