"""XLSX, written row by row: figures are numbers, texts are texts and never formulas, addresses or dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from planner_desktop.columns.extract import Extract
from planner_desktop.exporting.target import Told

MOST_ROWS = 1_048_575
"""Rows of a sheet below its headings. What is more goes on in a second sheet, and so on."""
MOST_LETTERS = 32_767
"""What a cell holds; a longer text is cut, ending with an ellipsis."""
_STEP = 1_000
_NARROW, _MIDDLE, _WIDE = 11, 18, 42
_WIDE_TITLES = frozenset({"Keyword", "Description", "Title", "Keywords in it", "Cluster"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a workbook."""

    name: str
    titles: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write(path: Path, sheets: Iterable[Sheet], told: Told, *, most_rows: int = MOST_ROWS) -> int:
    """Write a workbook; return how many rows all sheets have. What it puts aside lies in the file's folder."""
    done = 0
    with _workbook(path) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            done = _write_sheet(book, sheet, bold, done, told, most_rows)
        told(done)
    return done


def rows_of(extract: Extract) -> Iterator[Sequence[Any]]:
    """Yield keywords as rows of values."""
    for piece in extract.pieces():
        yield from zip(*piece, strict=True)


@contextmanager
def _workbook(path: Path) -> Iterator[Workbook]:
    book = Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.use_zip64()
    try:
        yield book
        book.close()
    except FileCreateError as error:
        # The library wraps what the disk said.
        cause = error.args[0] if error.args else None
        raise (cause if isinstance(cause, OSError) else OSError(str(error))) from None
    finally:
        # The library leaves what it put aside open when it is interrupted.
        for page in book.worksheets():
            aside = getattr(page, "row_data_fh", None)
            if aside is not None:
                aside.close()


def _write_sheet(book: Workbook, sheet: Sheet, bold: Any, done: int, told: Told, most_rows: int) -> int:
    number, at = 1, 0
    page = _begin(book, sheet.name, sheet.titles, bold)
    for row in sheet.rows:
        if at == most_rows:
            _end(page, at, len(sheet.titles))
            number, at = number + 1, 0
            page = _begin(book, f"{sheet.name} {number}", sheet.titles, bold)
        at += 1
        _write_row(page, at, row)
        done += 1
        if not done % _STEP:
            told(done)
    _end(page, at, len(sheet.titles))
    return done


def _begin(book: Workbook, name: str, titles: Sequence[str], bold: Any) -> Worksheet:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 1)
    for place, title in enumerate(titles):
        width = _WIDE if title in _WIDE_TITLES else _MIDDLE if len(title) > 9 else _NARROW
        page.set_column(place, place, width)
        page.write_string(0, place, title, bold)
    return page


def _end(page: Worksheet, rows: int, columns: int) -> None:
    page.autofilter(0, 0, rows, columns - 1)


def _write_row(page: Worksheet, at: int, row: Sequence[Any]) -> None:
    for place, value in enumerate(row):
        match value:
            case None | "":
                pass
            case bool():
                page.write_string(at, place, "yes" if value else "no")
            case int():
                page.write_number(at, place, value)
            case float():
                page.write_number(at, place, round(value, 1))
            case str():
                page.write_string(at, place, _fitted(value))
            case _:
                page.write_string(at, place, _fitted("; ".join(map(str, value))))


def _fitted(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
