"""`planner`: reads the command line, runs one command, and turns every error into one message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from planner_desktop import VERSION
from planner_desktop.cli import (
    accounts,
    changes,
    clusters,
    exporting,
    imports,
    keywords,
    labels,
    library,
    places,
    recipes,
    replacing,
    review,
    safekeeping,
    syncing,
    trash,
    triage,
    views,
)
from planner_desktop.cli.invocation import Invocation
from planner_desktop.cli.output import Output

# typer names the base of its own usage errors in a private module only.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

HELP = {"-h", "--help"}
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
FLAGS = {"--json", "--quiet", "--version"}

# A line with a backspace alone keeps the formatter from joining the lines of its paragraph.
EPILOG = """\b
Options of every command, anywhere on the line:
  --data-dir DIR  the folder of the profile (default: your data folder)
  --json          one JSON document on standard output, notices on standard error
  --quiet         no notices, no progress
  --version       print the version and end

\b
Exit codes:
  0 done                 3 a rule refused it       6 something waits in Review (sync only)
  1 our fault            4 sign-in needed         78 the machine lacks something, which is named
  2 wrong usage          5 platform unreachable
"""

# No markup: rich takes 100 ms to import, which `--help` would pay.
app = typer.Typer(
    name="planner",
    help="Edit keywords, clusters and ideas on this computer, with or without a network, and synchronise them with the platform.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)
for part in (
    accounts,
    places,
    syncing,
    library,
    keywords,
    imports,
    recipes,
    exporting,
    clusters,
    triage,
    review,
    changes,
    trash,
    labels,
    views,
    replacing,
    safekeeping,
):
    part.register(app)


@app.callback(epilog=EPILOG)
def _planner() -> None:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        code = _main(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has enough; Python would otherwise complain while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _main(argv: Sequence[str] | None) -> int:
    taken = take_globals(sys.argv[1:] if argv is None else argv)
    output = Output(as_json="--json" in taken.flags, quiet="--quiet" in taken.flags)
    if "--version" in taken.flags:
        output.record({"name": "planner", "version": VERSION}, f"planner {VERSION}")
        return 0
    if taken.trouble:
        output.error("usage", taken.trouble, "See: planner --help")
        return 2
    if HELP.intersection(taken.rest):
        print(help_for(taken.rest))
        return 0
    return _run(taken.rest, Invocation(output, taken.data_dir))


@dataclass(frozen=True, slots=True)
class Taken:
    """A command line without its global options."""

    flags: frozenset[str]
    data_dir: Path | None
    rest: list[str]
    trouble: str = ""


def take_globals(arguments: Sequence[str]) -> Taken:
    """Take the global options out of a command line, wherever they were written.

    typer would do it with pydantic, whose import every `planner COMMAND --help` would pay.
    """
    flags: set[str] = set()
    folder: str | None = None
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS:
            flags.add(word)
        elif word == "--data-dir" or word.startswith("--data-dir="):
            folder = word.partition("=")[2] if "=" in word else next(words, "")
        else:
            rest.append(word)
    trouble = "--data-dir needs a folder." if folder == "" else ""
    return Taken(frozenset(flags), Path(folder) if folder else None, rest, trouble)


def help_for(words: Sequence[str]) -> str:
    """Return the help of the command that the words name.

    typer would first check the options of every command on the way, for which it imports pydantic: three times as long.
    """
    command: Any = typer.main.get_command(app)
    context = typer.Context(command, info_name="planner", **CONTEXT)
    for word in words:
        inner = getattr(command, "commands", {}).get(word)
        if inner is None:
            break
        command, context = inner, typer.Context(inner, info_name=word, parent=context)
    return str(command.get_help(context))


def _run(arguments: list[str], run: Invocation) -> int:
    output = run.output
    try:
        result: Any = app(args=arguments, prog_name="planner", standalone_mode=False, obj=run)
    except UsageError as error:
        return _usage(error, output)
    except (KeyboardInterrupt, typer.Abort):
        output.error("interrupted", "Interrupted.", "What was done before is kept.")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence: every error ends as one message and a code
        return _failed(error, output)
    return result if isinstance(result, int) else 0


def _usage(error: Exception, output: Output) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "planner"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message, file=sys.stderr)
        if output.as_json:
            output.error("usage", f"{command} needs a command.", f"See: {command} --help")
        return 2
    output.error("usage", message, f"See: {command} --help")
    return 2


def _failed(error: Exception, output: Output) -> int:
    # The error classes come with the application, which has been imported by whoever raised one.
    from planner_desktop.cli import failures  # noqa: PLC0415

    trouble = failures.explain(error)
    output.error(trouble.code, trouble.message, trouble.remedy)
    return failures.exit_code(trouble)


if __name__ == "__main__":
    sys.exit(main())
