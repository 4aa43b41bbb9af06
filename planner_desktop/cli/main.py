"""`planner`: reads the command line, runs one command, and turns every error into one message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from planner_desktop import VERSION
from planner_desktop.cli import accounts, changes, clusters, keywords, library, places, review, syncing
from planner_desktop.cli.invocation import Invocation
from planner_desktop.cli.output import Output

# typer names the base of its own usage errors in a private module only.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

FLAGS = {"--json", "--quiet"}

# No markup: rich takes 100 ms to import, which `--help` would pay.
app = typer.Typer(
    name="planner",
    help="Edit keywords, clusters and ideas on this computer, with or without a network, and synchronise them with the platform.",
    epilog=(
        "Exit codes: 0 done; 1 our fault; 2 wrong usage; 3 a rule refused it; 4 sign-in needed; 5 platform unreachable; "
        "6 something waits in Review (sync only); 78 the machine lacks something, which the message names."
    ),
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (accounts, places, syncing, library, keywords, clusters, review, changes):
    part.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"planner {VERSION}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="DIR", help="The profile's folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Leave out notices and progress.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    del version
    context.obj = Invocation(Output(as_json=as_json, quiet=quiet), data_dir)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = globals_first(sys.argv[1:] if argv is None else argv)
    output = Output(as_json="--json" in arguments, quiet="--quiet" in arguments)
    try:
        return _run(arguments, output)
    except BrokenPipeError:
        # Whoever read the output has enough; Python would otherwise complain while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def globals_first(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the global options in front, wherever they were written."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS or word.startswith("--data-dir="):
            front.append(word)
        elif word == "--data-dir":
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            rest.append(word)
    return front + rest


def _run(arguments: list[str], output: Output) -> int:
    try:
        result: Any = app(args=arguments, prog_name="planner", standalone_mode=False)
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
        return 2
    output.error("usage", message, f"See: {command} --help")
    return 2


def _failed(error: Exception, output: Output) -> int:
    # The error classes come with the application, which has been imported by whoever raised one.
    from planner_desktop.cli import exits, failures  # noqa: PLC0415

    trouble = failures.explain(error)
    output.error(trouble.code, trouble.message, trouble.remedy)
    return exits.exit_code(trouble)


if __name__ == "__main__":
    sys.exit(main())
