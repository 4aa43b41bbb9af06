"""What the commands say and how they end: one document with --json, exit codes, errors with the way out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

T = TypeVar("T")

DONE, FAULT, USAGE, RULE, UNREACHABLE, LACKING = 0, 1, 2, 3, 5, 78
"""Exit codes: done, our fault, wrong usage, a rule refused it, the database is out of reach, the machine lacks something."""


class Failure(Exception):
    """A command cannot go on; the person gets message and remedy, never a traceback."""

    def __init__(self, code: str, message: str, remedy: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code


def say(text: str) -> None:
    """Write a line of the answer to stdout."""
    typer.echo(text)


def note(text: str) -> None:
    """Write a notice to stderr, where it never mixes with the answer."""
    typer.echo(text, err=True)


def answer(document: dict[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Write the one JSON document, or the same for people."""
    if as_json:
        say(json.dumps(document, ensure_ascii=False))
    else:
        for line in lines:
            say(line)


def end_with(failure: Failure, *, as_json: bool) -> int:
    """Report a failure and return the exit code."""
    if as_json:
        error = {"code": failure.code, "message": failure.message, "remedy": failure.remedy}
        say(json.dumps({"error": error}, ensure_ascii=False))
    else:
        note(f"{failure.message} {failure.remedy}".strip())
    return failure.exit_code


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while the block runs, on a terminal only; call what is given with the number of new items."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # rich costs 80 ms to import, which a start under a script does not have.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda step: bar.advance(task, step)


def counted(items: Iterable[T], advance: Callable[[int], None], *, every: int = 1_000) -> Iterator[T]:
    """Give the items, telling `advance` after each thousand and at the end."""
    number = 0
    for number, item in enumerate(items, 1):
        yield item
        if number % every == 0:
            advance(every)
    advance(number % every)


def plural(items: Sized | int, one: str, many: str = "") -> str:
    """Return "1 row" or "1,204 rows"."""
    number = items if isinstance(items, int) else len(items)
    return f"{number:,} {one if number == 1 else many or one + 's'}"
