"""Makes the plan of an import: recognises each file, reads it once, and keeps what was read.

with plan_import([Origin.file(path)], choices={}, watch=Watch(report, is_cancelled)) as plan:
    plan.files      # what was recognised, counts, warnings; or the trouble of a file that cannot be read
    plan.preview()  # the first rows
    plan.left_out() # every other row with line and reason
    plan.chunks()   # the same rows, for carrying it out
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner_desktop.importing import archive, encodings, headings, jsonrows, workbook
from planner_desktop.importing.batch import Cells, Sorter, sorter_for
from planner_desktop.importing.cells import country as country_of
from planner_desktop.importing.cells import text_of
from planner_desktop.importing.delimited import NONE, Dialect, batches, detect, first_rows
from planner_desktop.importing.encodings import Encoding
from planner_desktop.importing.gather import MOST_ROWS, Gathered, Taken
from planner_desktop.importing.layout import Column, Layout, heading_score, lay_out
from planner_desktop.importing.plan import JUNK, UNREADABLE, Choices, FilePlan, ImportPlan
from planner_desktop.importing.source import START, Origin, blocks, size_of, start_of
from planner_desktop.importing.table import Rows, Table
from planner_desktop.importing.tools import LISTLESS
from planner_desktop.importing.trouble import ReadAgain, UnreadableFile
from planner_desktop.importing.watch import Watch

SAMPLE_ROWS = 1_000
SUFFIXES = (*archive.LISTS, ".gz", ".zip")
"""What is taken from a folder."""
_MARKET = re.compile(
    r"(?:_(?:broad-match|phrase-match|exact-match|related|questions?|bulk|all)_|organic\.positions-|^google_)([a-z]{2})[-_]"
)
_DAY = re.compile(r"(20\d\d)[-_]?(0[1-9]|1[0-2])(?:[-_]?(0[1-9]|[12]\d|3[01]))?")
_ENGINE = re.compile(r"^google (.+?), interface language")

Read = Iterable[tuple[Table, Sequence[int], Sequence[tuple[int, str, str, str]]]]
"""Batches: rows, their lines, and what could not be read at all."""


def plan_import(
    origins: Sequence[Origin],
    *,
    choices: Mapping[str, Choices] | None = None,
    watch: Watch | None = None,
    most_rows: int = MOST_ROWS,
) -> ImportPlan:
    """Read files, folders or pasted text and return the plan. `choices` are the editor's, by the name of the file ("": all files).

    A file that cannot be read stays in the plan with its trouble, the others go on. Raises Cancelled, DiskFull.
    """
    watch = watch or Watch()
    found = _told_apart([one for origin in origins for one in expand(origin)])
    gathered = Gathered(most_rows)
    plans: list[FilePlan | None] = [None] * len(found)
    try:
        # Where two files are equally good, the newer one counts: it is read first.
        for number in sorted(range(len(found)), key=lambda at: _age(found[at]), reverse=True):
            origin = found[number]
            chosen = (choices or {}).get(origin.name) or (choices or {}).get("") or Choices()
            plans[number] = _plan_file(origin, number, chosen, gathered, watch)
    except BaseException:
        gathered.close()
        raise
    files = [one for one in plans if one is not None]
    gathered.settle()
    return ImportPlan(files, gathered.chunks, gathered.left, gathered.amended, gathered.place)


def expand(origin: Origin) -> list[Origin]:
    """Return the files of a folder or an archive that may hold keywords, in order of their names; anything else as it is."""
    if origin.path is None or origin.member:
        return [origin]
    if not origin.path.is_dir():
        members = archive.lists_in(origin.path)
        return [Origin(f"{origin.name}/{member}", origin.path, member=member) for member in members] or [
            origin
        ]
    files = sorted(
        path for path in origin.path.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    return [
        one
        for path in files
        if not path.name.startswith((".", "~$"))
        for one in expand(Origin(str(path.relative_to(origin.path)), path))
    ]


def _told_apart(origins: Sequence[Origin]) -> list[Origin]:
    """Files of one name from several folders get numbers: choices and lines go by the name."""
    met: Counter[str] = Counter()
    found = []
    for origin in origins:
        met[origin.name] += 1
        again = met[origin.name]
        found.append(replace(origin, name=f"{origin.name} ({again})") if again > 1 else origin)
    return found


def _plan_file(origin: Origin, number: int, choices: Choices, gathered: Gathered, watch: Watch) -> FilePlan:
    encoding: Encoding | None = None
    is_exact = False
    while True:
        mark = gathered.begin(number)
        rows = watch.rows
        try:
            return _File(origin, number, choices, gathered, watch).read(encoding, is_exact=is_exact)
        except ReadAgain as again:
            gathered.forget(mark)
            watch.rows = rows
            is_exact = is_exact or again.is_exact
            if again.encoding:
                encoding = Encoding(again.encoding, "letters further down are not UTF-8", is_sure=False)
        except UnreadableFile as trouble:
            gathered.forget(mark)
            watch.rows = rows
            named = tuple(
                Column(at, heading, None, "nobody knows yet") for at, heading in enumerate(trouble.headings)
            )
            return FilePlan(origin.name, origin.path, columns=named, choices=choices, trouble=trouble)


class _File:
    """The reading of one file."""

    def __init__(
        self, origin: Origin, number: int, choices: Choices, gathered: Gathered, watch: Watch
    ) -> None:
        self._origin = origin
        self._number = number
        self._choices = choices
        self._gathered = gathered
        self._watch = watch
        self._counts: Counter[str] = Counter()
        self._trailer = ""

    def read(self, encoding: Encoding | None, *, is_exact: bool) -> FilePlan:
        """Recognise and read. Raises UnreadableFile, ReadAgain, Cancelled."""
        start, is_whole = start_of(self._origin)
        if start.startswith(encodings.ZIP) and self._origin.path is not None:
            if self._origin.member:
                raise UnreadableFile(
                    "archive",
                    f"{self._origin.name} is a workbook in an archive.",
                    "Unpack it and import the folder.",
                )
            return self._read_workbook(self._origin.path, is_exact=is_exact)
        if jsonrows.is_ours(start):
            return self._read_json(is_exact=is_exact)
        encodings.refuse_foreign(self._origin.name, start)
        if self._choices.encoding:
            encoding = Encoding(encodings.known_codec(self._choices.encoding), "chosen by you")
        encoding = encoding or encodings.detect(start, is_whole=is_whole)
        return self._read_text(start, encoding, is_exact=is_exact)

    def _read_text(self, start: bytes, encoding: Encoding, *, is_exact: bool) -> FilePlan:
        lines = list(_sample_lines(start, encoding.name))
        dialect = self._dialect(lines)
        sample: list[Cells] = [*first_rows(lines, dialect)]
        layout = self._layout(sample)
        is_chosen = bool(self._choices.encoding) or not encoding.is_sure
        read = _text_batches(
            batches(blocks(self._origin, encoding.name, self._watch, is_chosen=is_chosen), dialect),
            _heading_line(layout, dialect, lines),
        )
        plan = self._read_rows(layout, sample, read, is_typed=False, is_exact=is_exact)
        warnings = plan.warnings
        if not encoding.is_sure:
            warnings = (
                *warnings,
                f"Read as {encoding.name}, as {encoding.why}. Look whether the letters are right.",
            )
        return replace(
            plan,
            encoding=encoding.name.removesuffix("-sig"),
            delimiter="" if dialect.delimiter == NONE else dialect.delimiter,
            why=(*plan.why, f"encoding: {encoding.why}", f"delimiter: {dialect.why}"),
            heading=None if layout.heading is None else _heading_line(layout, dialect, lines),
            warnings=warnings,
        )

    def _read_workbook(self, path: Path, *, is_exact: bool) -> FilePlan:
        names, sheets, cost = workbook.read_sheets(path, self._watch, self._choices.sheet)
        best: tuple[int, workbook.Sheet, list[Cells], Layout] | None = None
        trouble: UnreadableFile | None = None
        for sheet in sheets:
            sample = sheet.start(SAMPLE_ROWS)
            try:
                layout = self._layout(sample, sheet.name)
            except UnreadableFile as error:
                trouble = trouble or error
                continue
            score = _sheet_score(layout, sample)
            if best is None or score > best[0]:
                best = (score, sheet, sample, layout)
        if best is None:
            raise trouble or UnreadableFile(
                "empty", f"{path.name} has no visible sheet with cells.", "Export it again."
            )
        _, sheet, sample, layout = best
        skip = 0 if layout.heading is None else layout.heading + 1
        self._watch.begin(path.name, path.stat().st_size)
        read = self._sheet_batches(sheet, skip)
        plan = self._read_rows(layout, sample, read, is_typed=True, is_exact=is_exact, sheet=sheet.name)
        warnings = plan.warnings
        if cost.formulas_without_value:
            warnings = (
                *warnings,
                f"{cost.formulas_without_value:,} formulas have no stored value and count as empty: open the file in a spreadsheet and save it again.",
            )
        why = (*plan.why, f"sheet {sheet.name!r}" + (f" of {', '.join(names)}" if len(names) > 1 else ""))
        heading = None if layout.heading is None else layout.heading + 1
        return replace(
            plan, kind="workbook", sheet=sheet.name, sheets=names, why=why, heading=heading, warnings=warnings
        )

    def _read_json(self, *, is_exact: bool) -> FilePlan:
        rows = jsonrows.JsonRows(self._origin)
        sample = rows.start(SAMPLE_ROWS)
        read = ((Rows(cells), lines, ()) for cells, lines in rows.batches(self._watch))
        plan = self._read_rows(self._layout(sample), sample, read, is_typed=True, is_exact=is_exact)
        return replace(plan, encoding="utf-8", why=(*plan.why, "rows in JSON"), heading=1)

    def _sheet_batches(self, sheet: workbook.Sheet, skip: int) -> Read:
        size = size_of(self._origin)
        for rows, lines in sheet.batches(skip):
            self._watch.step(size * lines[-1] // max(1, sheet.height))
            yield Rows(rows), lines, ()

    def _dialect(self, lines: Sequence[str]) -> Dialect:
        if self._choices.delimiter is None:
            return replace(detect(lines), quoted=self._choices.quoted)
        delimiter = self._choices.delimiter or NONE
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise UnreadableFile(
                "bad_delimiter",
                f"{delimiter!r} cannot part columns.",
                "Give one character, or none for a single column.",
            )
        return Dialect(delimiter, self._choices.quoted, "chosen by you")

    def _layout(self, sample: Sequence[Cells], sheet: str = "") -> Layout:
        heading = self._choices.heading
        return lay_out(
            f"{self._origin.name}, sheet {sheet!r}," if sheet else self._origin.name,
            sample,
            tool=self._choices.tool,
            heading=None if heading is None else heading - 1,
            mapping=self._choices.columns,
            left=self._choices.left,
        )

    def _read_rows(
        self,
        layout: Layout,
        sample: Sequence[Cells],
        read: Read,
        *,
        is_typed: bool,
        is_exact: bool,
        sheet: str = "",
    ) -> FilePlan:
        country = self._country(layout, sample)
        has_column = any(column.field == "country" for column in layout.columns)
        sorter = sorter_for(
            layout,
            sample,
            self._choices,
            country=country if country and (self._choices.country or not has_column) else None,
            is_typed=is_typed,
            is_exact=is_exact,
        )
        if layout.has_keywords:
            self._take_all(sorter, read, sheet)
        else:
            self._leave_all(read)
        self._gathered.flush(self._number)
        return FilePlan(
            self._origin.name,
            self._origin.path,
            layout.tool,
            layout.variant,
            layout.why,
            columns=layout.columns,
            decimal=self._choices.decimal or "",
            country=country or "",
            currency=_currency(layout, sample),
            counts=dict(self._counts),
            notes=sorter.notes(),
            warnings=tuple(self._warnings(layout, sorter)),
            choices=self._choices,
        )

    def _take_all(self, sorter: Sorter, read: Read, sheet: str) -> None:
        held: Taken | None = None
        for rows, lines, bad in read:
            for line, disposition, reason, text in bad:
                self._leave(line, disposition, reason, text)
            taken = sorter.take(rows, lines)
            if held is not None and (taken.texts or taken.left):
                self._keep(held, sheet)
                held = None
            if held is None:
                held = taken
        if held is not None:
            sorter.take_total(held)
            self._keep(held, sheet)

    def _keep(self, taken: Taken, sheet: str) -> None:
        for one in taken.left:
            self._leave(*one)
        if taken.texts:
            self._counts += self._gathered.add(self._number, self._origin.name, sheet, taken)
            self._watch.rows += len(taken.texts)

    def _leave_all(self, read: Read) -> None:
        for rows, lines, _ in read:
            for at, line in enumerate(lines):
                text = " · ".join(shown for cell in rows.row(at) if (shown := text_of(cell).strip()))
                if text:
                    self._leave(line, JUNK, "a report without keywords", text)

    def _leave(self, line: int, disposition: str, reason: str, text: str) -> None:
        self._counts[disposition] += 1
        self._gathered.leave(self._number, line, disposition, reason, text)
        if disposition == JUNK and "export only first" in text.lower():
            self._trailer = text

    def _country(self, layout: Layout, sample: Sequence[Cells]) -> str | None:
        if self._choices.country:
            return country_of(self._choices.country)
        if layout.heading:
            for row in sample[: layout.heading]:
                if row and (found := _ENGINE.match(text_of(row[0]).strip().lower())):
                    return _country_or_none(found[1])
        market = _MARKET.search(Path(self._origin.name).name.lower())
        return _country_or_none(market[1]) if market and layout.tool in {"semrush", "ahrefs"} else None

    def _warnings(self, layout: Layout, sorter: Sorter) -> Iterator[str]:
        rows = sum(self._counts.values())
        if layout.variant == LISTLESS:
            yield f"This report of {layout.tool} holds no keywords."
        elif not rows:
            yield "There is no row below the headings."
        if layout.above:
            one = layout.above == 1
            yield f"{layout.above} {'row stands' if one else 'rows stand'} above the headings and {'is' if one else 'are'} left out; name another heading row if {'it is a keyword' if one else 'they are keywords'}."
        if self._trailer:
            yield f"The list is cut off by the tool's plan: {self._trailer}"
        if layout.tool == "google-search-console" and rows == 1_000:
            yield "Exactly 1,000 rows: Search Console shows no more, the list is cut off."
        if rows in {1_048_575, 1_048_576}:
            yield "As many rows as a spreadsheet holds: the list may be cut off."
        if sorter.buckets:
            yield "Volumes are ranges: this account sees only 10-100, 100-1K and so on; they stay ranges."
        if layout.tool in {"google-search-console", "bing-webmaster"} and layout.has_keywords:
            yield "There is no search volume in this report; impressions do not fill it."
        if self._counts[UNREADABLE]:
            count = self._counts[UNREADABLE]
            yield f"{count:,} {'row' if count == 1 else 'rows'} cannot be read, listed with line and reason."


def _heading_line(layout: Layout, dialect: Dialect, lines: Sequence[str]) -> int:
    """Return the line the headings begin on, 0 without headings; rows stand behind it."""
    if layout.heading is None:
        return 0
    starts = [line for batch in batches([list(lines)], dialect) for line in batch.lines]
    return starts[layout.heading]


def _text_batches(read: Iterable[Any], heading: int) -> Read:
    for batch in read:
        rows, lines = batch.rows, batch.lines
        if lines and lines[0] <= heading:
            keep = [at for at, line in enumerate(lines) if line > heading]
            rows, lines = Rows([rows.row(at) for at in keep]), [lines[at] for at in keep]
        yield (
            rows,
            lines,
            [(one.line, UNREADABLE, one.reason, one.text) for one in batch.bad if one.line > heading],
        )


def _sample_lines(start: bytes, codec: str) -> Iterator[str]:
    """Yield the lines of the start with their ends."""
    text = start.decode(codec, "surrogateescape" if codec.startswith("utf-8") else "replace")
    lines = list(io.StringIO(text, newline=""))
    # The last line of a long start may be half of one.
    whole = lines[:-1] if len(lines) > 1 and len(start) >= START else lines
    yield from whole[: SAMPLE_ROWS + 100]


def _sheet_score(layout: Layout, sample: Sequence[Cells]) -> int:
    """How likely a sheet is the one with the keywords: known headings first, then rows."""
    if not layout.has_keywords:
        return 0
    known = heading_score(sample[layout.heading]) if layout.heading is not None else 1
    return known * 10_000 + sum(any(text_of(cell) for cell in row) for row in sample)


def _country_or_none(text: str) -> str | None:
    try:
        return country_of(text)
    except ValueError:
        return None


def _currency(layout: Layout, sample: Sequence[Cells]) -> str:
    """Return the currency of prices: from their heading, a column for it, or the sign before the first price."""
    place = layout.number_of("cpc")
    below = sample[(layout.heading if layout.heading is not None else -1) + 1 :]
    for column in layout.columns:
        if headings.plain(column.heading) in {"currency", "währung", "devise", "moneda"}:
            return next((text_of(row[column.number]) for row in below if len(row) > column.number), "")
    if place is None:
        return ""
    named = headings.currency_of(headings.plain(layout.columns[place].heading))
    signs = {"₹": "INR", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "zł": "PLN", "₽": "RUB"}
    cells = (text_of(row[place]).strip() for row in below if len(row) > place)
    first = next((cell for cell in cells if cell), "")
    return named or next((code for sign, code in signs.items() if sign in first), "")


def _age(origin: Origin) -> tuple[str, float]:
    """Return what orders files from old to new: the day in the name, else the day the file was last changed."""
    if origin.path is None:
        return ("9999", 0.0)
    try:
        changed = origin.path.stat().st_mtime
    except OSError:
        changed = 0.0
    days = _DAY.findall(Path(origin.name).name)
    if days:
        year, month, day = days[-1]
        return (f"{year}-{month}-{day or '00'}", changed)
    return (datetime.fromtimestamp(changed, UTC).date().isoformat(), changed)
