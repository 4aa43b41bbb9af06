"""Sheets of an XLSX workbook as rows of typed cells, after a look at what opening it would cost.

The library builds a whole sheet in memory, every cell between its outermost ones. So the parts are unpacked once before, counted and
thrown away: what a file says of its own size is not believed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine

from planner_desktop.importing import archive
from planner_desktop.importing.trouble import Cancelled, UnreadableFile
from planner_desktop.importing.watch import Watch

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_CELLS = 25_000_000
"""Cells of the rectangle a sheet spans; each costs 32 bytes while it is read."""
MOST_UNPACKED = 2 << 30
MOST_PART = 1 << 30
MOST_RATIO = 300
MOST_PARTS = 5_000
MOST_SHEETS = 50
AT_ONCE = 4_096
_PIECE = 1 << 18
_OVERLAP = 64

_REFERENCE = re.compile(rb' r="([A-Z]{0,9})(\d{1,12})"')
_FAR = re.compile(rb' r="[A-Z]{0,9}(\d{7,12})"')
_SPACES = (b"\n", b"\t", b"\r")
_LETTERS = bytes(range(ord("A"), ord("Z") + 1))
_TEXTS = re.compile(rb"<(?:\w+:)?sst[ >]")
_EMPTY_FORMULA = re.compile(rb"</(?:\w+:)?f>(?:<(?:\w+:)?v></(?:\w+:)?v>|<(?:\w+:)?v */>)?</(?:\w+:)?c>")

Rows = list[list[Any]]


class Sheet:
    """A sheet, held by the library; its rows become Python's only where they are asked for."""

    def __init__(self, name: str, held: python_calamine.CalamineSheet) -> None:
        self.name = name
        self._held = held

    @property
    def height(self) -> int:
        """Return the number of the last row."""
        return self._held.total_height + 1

    def start(self, count: int) -> Rows:
        """Return the first rows, empty ones above the first cell included."""
        return list(islice(self._held.iter_rows(), count)) if self._held.start is not None else []

    def batches(self, skip: int = 0) -> Iterator[tuple[Rows, Sequence[int]]]:
        """Yield some thousand rows at once behind the first `skip`, with their numbers from 1."""
        if self._held.start is None:
            return
        rows = iter(self._held.iter_rows())
        first = 1 + len(list(islice(rows, skip)))
        while batch := list(islice(rows, AT_ONCE)):
            yield batch, range(first, first + len(batch))
            first += len(batch)


class Cost:
    """What the parts of a workbook hold, counted piece by piece.

    Reading every reference would take longer than opening the workbook. So letters and digits are made alike first, and searches for
    fixed bytes tell whether a piece reaches further than those before; only such pieces are read closely. Rows are known by the number
    of their digits then, unless `exact`.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self.cells = 0
        self.columns = 0
        self.unpacked = 0
        self.formulas_without_value = 0
        self._exact = exact
        self._digits = 0
        self._row = 0
        self._alike = self._table()

    @property
    def rows(self) -> int:
        """Return the last row, or an upper bound of it."""
        return self._row if self._exact or self._digits > 6 else 10**self._digits - 1

    def count(self, xml: bytes) -> None:
        """Count a piece of XML. Raises ValueError for attributes as no spreadsheet writes them."""
        if b" r='" in xml:
            xml = xml.replace(b"'", b'"')
        for space in _SPACES:
            if space + b"r=" in xml:
                xml = xml.replace(space, b" ")
        alike = xml.translate(self._alike)
        if b" r =" in alike or b" r= " in alike:
            raise ValueError("its references are written as no spreadsheet writes them")
        if b' r="B' in alike or b' r="AB' in alike or b' r="AA' in alike:
            letters = {found[0] for found in _REFERENCE.findall(xml)}
            self.columns = max(self.columns, *map(_column, letters), 0)
            self._alike = self._table()
        while self._digits < 12 and b"9" * (self._digits + 1) + b'"' in alike:
            self._digits += 1
        if self._exact:
            self._row = max(self._row, *(int(found[1]) for found in _REFERENCE.findall(xml)), 0)
        elif self._digits > 6:
            self._row = max(self._row, 999_999, *map(int, _FAR.findall(xml)))
        self.cells += xml.count(b"<c ") + xml.count(b"<c>") + xml.count(b":c ") + xml.count(b":c>")
        if b"f>" in xml:
            self.formulas_without_value += len(_EMPTY_FORMULA.findall(xml))

    def _table(self) -> bytes:
        """Letters of known columns become A, those beyond B; digits 9; white space a space."""
        known = min(self.columns, 26)
        return bytes.maketrans(
            _LETTERS + b"012345678\n\r\t", b"A" * known + b"B" * (26 - known) + b"9" * 9 + b"   "
        )


def read_sheets(
    path: Path, watch: Watch, wanted: str | None = None
) -> tuple[tuple[str, ...], Iterator[Sheet], Cost]:
    """Return the names of the visible sheets, the sheets one after the other (only `wanted`, if named), and what was counted.

    Raises UnreadableFile for what is no workbook, is damaged, has a password, or would fill the memory; Cancelled.
    """
    cost = measure(path, watch)
    book = _guarded(path, watch, lambda: python_calamine.CalamineWorkbook.from_path(path))
    names = tuple(
        one.name
        for one in book.sheets_metadata
        if one.typ == python_calamine.SheetTypeEnum.WorkSheet
        and one.visible == python_calamine.SheetVisibleEnum.Visible
    )
    if wanted is not None and wanted not in book.sheet_names:
        raise UnreadableFile(
            "no_such_sheet", f"{path.name} has no sheet {wanted!r}.", f"Its sheets are {', '.join(names)}."
        )
    chosen = (wanted,) if wanted is not None else names[:MOST_SHEETS]
    return names, (_sheet(path, watch, book, name) for name in chosen), cost


def _sheet(path: Path, watch: Watch, book: Any, name: str) -> Sheet:
    return Sheet(name, _guarded(path, watch, lambda: book.get_sheet_by_name(name)))


def _guarded(path: Path, watch: Watch, work: Callable[[], Any]) -> Any:
    """Run the library. It keeps other threads running meanwhile; its panics are no Exceptions."""
    try:
        return watch.wait_for(work)
    except (Cancelled, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except python_calamine.PasswordError:
        raise UnreadableFile(
            "password", f"{path.name} has a password.", "Save it without a password, or as CSV."
        ) from None
    except BaseException as error:  # noqa: BLE001
        raise _damaged(path, str(error)) from None


def measure(path: Path, watch: Watch) -> Cost:
    """Unpack every part and look only. Raises UnreadableFile for a bomb, a lie or no workbook, Cancelled."""
    cost = _measured(path, watch, Cost())
    if cost.rows * cost.columns > MOST_CELLS:
        cost = _measured(path, watch, Cost(exact=True))
    if cost.rows > MOST_ROWS or cost.columns > MOST_COLUMNS:
        raise _damaged(
            path, f"a cell lies in row {cost.rows:,} or column {cost.columns:,}, where no sheet reaches"
        )
    if max(cost.cells, cost.rows * cost.columns) > MOST_CELLS:
        raise _bomb(
            path, f"{cost.cells:,} cells lie apart over {cost.rows:,} rows and {cost.columns:,} columns"
        )
    return cost


def _measured(path: Path, watch: Watch, cost: Cost) -> Cost:
    try:
        with path.open("rb") as raw, zipfile.ZipFile(raw) as package:
            parts = package.infolist()
            _check_kind(path, {part.filename for part in parts})
            if len(parts) > MOST_PARTS:
                raise _bomb(path, f"it has {len(parts):,} parts")
            watch.begin(path.name, path.stat().st_size)
            done = 0
            for part in parts:
                _look_into(path, raw, part, cost, watch, done)
                done += part.compress_size
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, EOFError) as error:
        raise _damaged(path, str(error)) from None
    return cost


def _check_kind(path: Path, names: set[str]) -> None:
    if any(name.endswith("workbook.xml") for name in names):
        return
    if archive.is_workbook(names):
        raise UnreadableFile(
            "other_workbook",
            f"{path.name} is an ODS or XLSB workbook.",
            "Open it and save it as XLSX or CSV.",
        )
    inside = sum(name.lower().endswith(archive.LISTS) for name in names)
    if inside:
        raise UnreadableFile(
            "archive",
            f"{path.name} is an archive of {inside:,} files; {archive.MOST_MEMBERS} lists are the most.",
            "Unpack it and import a folder with some of them.",
        )
    raise UnreadableFile(
        "not_a_list", f"{path.name} is an archive without a workbook.", "Export the list as CSV or XLSX."
    )


def _look_into(path: Path, raw: BinaryIO, part: zipfile.ZipInfo, cost: Cost, watch: Watch, done: int) -> None:
    unpacked, tail = 0, b""
    is_text = False
    for piece in _inflated(raw, part):
        # Sheets may lie anywhere in a package; only the texts they share are known by how they begin.
        is_text = is_text or (not unpacked and _TEXTS.search(piece[:2_000]) is not None)
        unpacked += len(piece)
        cost.unpacked += len(piece)
        if unpacked > MOST_PART or cost.unpacked > MOST_UNPACKED:
            raise _bomb(path, f"{part.filename} unpacks to more than {unpacked >> 20:,} MB")
        if unpacked > 32 << 20 and unpacked > MOST_RATIO * max(1, part.compress_size):
            raise _bomb(path, f"{part.filename} grows by more than {MOST_RATIO} times")
        if not is_text:
            cost.count(tail + piece)
            tail = piece[-_OVERLAP:]
        watch.step(done + min(part.compress_size, unpacked // 8))


def _inflated(raw: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack one part whatever its headers say of its size."""
    raw.seek(part.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"{part.filename} has no header")
    raw.seek(
        part.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left and (piece := raw.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
        return
    if part.compress_type != zipfile.ZIP_DEFLATED or part.flag_bits & 1:
        raise zipfile.BadZipFile(f"{part.filename} is packed in a way no spreadsheet writes")
    inflater = zlib.decompressobj(-15)
    packed = b""
    while not inflater.eof:
        if not packed:
            packed = raw.read(min(_PIECE, left))
            left -= len(packed)
            if not packed:
                return
        piece = inflater.decompress(packed, _PIECE)
        packed = inflater.unconsumed_tail
        if piece:
            yield piece


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _bomb(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        "bomb",
        f"{path.name} would fill the memory: {why}.",
        "Save only the sheet with the keywords, or save it as CSV.",
    )


def _damaged(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        "damaged",
        f"{path.name} is no sound XLSX workbook: {why[:200]}.",
        "Open it in a spreadsheet, save it again, or save it as CSV.",
    )
