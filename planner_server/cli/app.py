"""`planner-server`: runs and looks after the platform.

Modules that need Django's models are imported by the commands, after the options have said which database: models cannot be
imported before that, and `--help` should not have to wait for it.
"""
# ruff: noqa: PLC0415, PLR0913, PLR0917 - lazy imports; a command has as many parameters as it has options

from __future__ import annotations

import logging
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from planner_server.cli import people
from planner_server.cli.console import DONE, FAULT, USAGE, Failure, answer, end_with, note, plural
from planner_server.cli.options import AsJson, DatabaseUrl, DataDir

# typer's own names for what it raises are not public; a wrong option is a kind of it.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
INTERRUPTED = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(__doc__ or "").split("\n", 1)[0],
)


app.command("create-account")(people.create_account)
app.command("staff")(people.staff)


def main() -> None:
    """Run the command line; always ends by SystemExit with a documented code."""
    raise SystemExit(_run(as_json="--json" in sys.argv[1:]))


def _run(*, as_json: bool) -> int:
    try:
        result: object = app(prog_name="planner-server", standalone_mode=False)
    except UsageError as error:
        return _end_wrong_usage(error, as_json=as_json)
    except BrokenPipeError:
        # Whoever read the answer has enough; the interpreter must not complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Failure as failure:
        return end_with(failure, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last stop: a person gets a sentence, the log the rest
        return _end_unknown(error, as_json=as_json)
    return result if isinstance(result, int) else DONE


def _end_wrong_usage(error: Exception, *, as_json: bool) -> int:
    sentence: str = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        note(sentence)
        return USAGE
    remedy = f"See {context.command_path if context is not None else 'planner-server'} --help."
    return end_with(Failure("usage", sentence, remedy, USAGE), as_json=as_json)


def _end_unknown(error: Exception, *, as_json: bool) -> int:
    # Known only once Django is set up, and only then can it be raised.
    from planner_server.cli.console import RULE, UNREACHABLE
    from planner_server.refusals import Refusal

    if isinstance(error, Refusal):
        return end_with(Failure(error.refused[0].code, str(error), "", RULE), as_json=as_json)
    if type(error).__name__ == "OperationalError":
        message = f"The database failed: {' '.join(str(error).split())}."
        remedy = "Check that it runs, has room and is not held by another program."
        return end_with(Failure("database", message, remedy, UNREACHABLE), as_json=as_json)
    logging.getLogger("planner").error("the command failed", exc_info=error)
    remedy = "What is written above this line says where; please report it."
    return end_with(
        Failure("internal", f"This is a fault of ours: {error!r}.", remedy, FAULT), as_json=as_json
    )


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            number = version("planner-desktop")
        except PackageNotFoundError:
            number = "from a checkout"
        typer.echo(f"planner-server {number}")
        raise typer.Exit


@app.callback()
def common(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Runs and looks after the platform."""
    del show_version


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="0 picks a free one.", min=0, max=65_535)] = 8000,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; others than this computer's need PLANNER_ALLOWED_HOSTS."),
    ] = "127.0.0.1",
    threads: Annotated[int, typer.Option(help="Requests answered at a time.", min=1, max=64)] = 8,
    sync_extension: Annotated[
        bool,
        typer.Option(
            "--sync-extension/--no-sync-extension", help="Offer the sync extension beside the documented API."
        ),
    ] = True,
    throttle: Annotated[
        str,
        typer.Option(
            help="documented: the platform's limits of requests a minute; off: none.",
            envvar="PLANNER_THROTTLE",
        ),
    ] = "documented",
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve until SIGTERM or Ctrl+C. The address is the first line on stdout; logs go to stderr."""
    from planner_server.cli.environment import require_migrated, start

    if log_level.lower() not in {"debug", "info", "warning", "error"}:
        raise Failure(
            "log_level", f"There is no log level {log_level!r}.", "Use debug, info, warning or error.", USAGE
        )
    if throttle not in {"documented", "off"}:
        raise Failure("throttle", f"There is no throttling {throttle!r}.", "Use documented or off.", USAGE)
    os.environ["PLANNER_THROTTLE"] = throttle
    if not sync_extension:
        os.environ["PLANNER_SYNC_EXTENSION"] = "off"
    start(data_dir, database_url)
    require_migrated()

    from planner_server.cli import serving

    serving.log_to_stderr(log_level)
    serving.serve(host=host, port=port, threads=threads)


@app.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Make the database, or bring it to this version."""
    from planner_server.cli import environment

    environment.start(data_dir, database_url)
    applied = environment.migrate()
    line = f"Applied {plural(applied, 'migration')}." if applied else "The database is up to date."
    answer({"applied": applied}, [line], as_json=as_json)


@app.command("load-library")
def load_library(
    file: Annotated[Path, typer.Argument(help="CSV, plain or gzip, UTF-8.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=HEADING",
            help="Fields: keyword, volume, difficulty, intent, country, industry, sector.",
        ),
    ] = None,
    industry: Annotated[str | None, typer.Option(help="Industry of all rows; made if missing.")] = None,
    sector: Annotated[
        list[str] | None,
        typer.Option(help="Industry sector; made if missing. Several share the rows by their text."),
    ] = None,
    country: Annotated[str | None, typer.Option(help="Country of rows that name none, as in US.")] = None,
    bad_rows: Annotated[
        Path | None, typer.Option(help="File that takes every row left out, with line and reason.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Load seed keywords into the library.

    Bad rows are reported on stderr with their lines and left out. Repeats of a keyword merge: the higher known volume wins, and
    what it does not know comes from the other. Empty volume, difficulty and intent stay unknown; an unknown figure never replaces
    a known one of an earlier load.
    """
    from planner_server.cli import environment

    environment.start(data_dir, database_url)
    environment.require_migrated()

    from planner_server.cli import library

    started = time.monotonic()
    report = library.load_library(
        file,
        headings=mapping or [],
        industry=industry,
        sectors=sector or [],
        country=country,
        bad_rows=bad_rows,
    )
    seconds = time.monotonic() - started
    became = (
        f"{plural(report.rows, 'row')} in {seconds:.1f} s: {report.created:,} new, {report.updated:,} updated,"
        f" {report.unchanged:,} unchanged, {report.merged:,} repeats merged (the higher known volume won), {report.bad:,} bad."
    )
    places = (
        f"{one['industry']} / {one['sector']}: {plural(one['seeds'], 'seed keyword')}."
        for one in report.sectors
    )
    lines = [became, *places]
    answer({**report.document(), "seconds": round(seconds, 3)}, lines, as_json=as_json)


@app.command("demo-data")
def demo_data(
    keywords: Annotated[int, typer.Option(help="Keywords over both sites.", min=0)] = 5_000,
    seeds: Annotated[int, typer.Option(help="Seed keywords in the library.", min=1)] = 50_000,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a demo account with two sites, a library, clusters and keywords. Migrates first; a second run adds what is missing.

    demo.json in the data folder holds the owner's e-mail and password.
    """
    from planner_server.cli import environment

    environment.start(data_dir, database_url)
    environment.migrate()

    from planner_server.cli import demo

    started = time.monotonic()
    made: dict[str, Any] = demo.make_demo(keywords=keywords, seeds=seeds)
    seconds = time.monotonic() - started
    counts = ", ".join(
        (
            plural(made["seeds"], "seed keyword"),
            plural(made["keywords"], "keyword"),
            plural(made["clusters"], "cluster"),
        )
    )
    lines = [
        f"{counts} in {seconds:.1f} s.",
        f"Sign in as {made['email']}; the password is in {made['file']}.",
    ]
    answer({**made, "seconds": round(seconds, 3)}, lines, as_json=as_json)


@app.command("describe-api")
def describe_api(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; default: stdout.", dir_okay=False)
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the description of the REST API (OpenAPI, YAML): what /api/schema/ shows."""
    from planner_server.cli import environment

    environment.start(data_dir, database_url)

    from planner_server.api.openapi.writing import as_yaml

    text = as_yaml().decode()
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


@app.command()
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be cleared away.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Clear away rows that were in the trash for 180 days and that every computer has seen go; operations and names of versions of
    400 days ago. May run while the platform serves, and any number of times."""
    from planner_server.cli import environment

    environment.open_there(data_dir, database_url)

    from planner_server.cli import upkeep

    document, lines = upkeep.clear(dry_run=dry_run)
    answer(document, lines, as_json=as_json)


@app.command("new-epoch")
def new_epoch(
    scope: Annotated[
        list[str] | None, typer.Option(help="Id of an account, site or industry sector; default: all.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say that this database was put back from a backup. Run it before the platform serves again.

    Every computer then compares what it had sent with what is here, sends again what is lacking, and takes a new snapshot.
    """
    from planner_server.cli import environment

    environment.open_there(data_dir, database_url)

    from planner_server.cli import upkeep

    document, lines = upkeep.begin_epochs(scope or [])
    answer(document, lines, as_json=as_json)


@app.command("oldest-backup")
def oldest_backup(
    when: Annotated[str, typer.Argument(help="Date and time it was made, as in 2026-03-01T04:00 (UTC).")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say of when the oldest backup is that may ever be put back. Computers keep what they sent since then, to send it again."""
    from planner_server.cli import environment

    environment.open_there(data_dir, database_url)

    from planner_server.cli import upkeep

    document, lines = upkeep.set_oldest_backup(when)
    answer(document, lines, as_json=as_json)


@app.command("left-over")
def left_over(
    end: Annotated[
        list[str] | None, typer.Option(help="Id of a question to end: the platform's value stays.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List questions of Review whose people have left or may not see the site any more, for the owners of the account, or end some."""
    from planner_server.cli import environment

    environment.open_there(data_dir, database_url)

    from planner_server.cli import upkeep

    document, lines = upkeep.left_over_questions(end or [])
    answer(document, lines, as_json=as_json)


@app.command()
def verify(data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Check what must always hold: feed, tenancy, alignment, uniqueness, guards. Changes nothing; exit 1 with the breaches."""
    from planner_server.cli import environment

    environment.open_there(data_dir, database_url)

    from planner_server.cli.verify import find_breaches

    names, breaches = find_breaches()
    for breach in breaches if not as_json else ():
        note(f"{breach.check}: {plural(breach.rows, 'breach', 'breaches')}, as in {'; '.join(breach.sample)}")
    result = f"{len(names)} checks, " + (f"{len(breaches)} do not hold." if breaches else "all hold.")
    document = {"ok": not breaches, "checks": names, "breaches": [one.document() for one in breaches]}
    answer(document, [result], as_json=as_json)
    raise typer.Exit(FAULT if breaches else DONE)
