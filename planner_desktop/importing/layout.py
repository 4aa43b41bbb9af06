"""Finds the headings among the first rows of a table, the tool that wrote them, and what each column is taken for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from planner_desktop.importing import headings, tools
from planner_desktop.importing.numbers import fraction, quantity
from planner_desktop.importing.tools import GENERIC, LISTLESS, Variant
from planner_desktop.importing.trouble import UnreadableFile

HEADING_ROWS = 40
"""Headings are looked for among so many first rows: tools and people put titles above them."""

MOST_COLUMNS = 200
"""More columns than anybody chooses from."""

PROSE_WORDS = 12
"""A keyword list whose usual line has more words than this is a text."""

_WORD = re.compile(r"[^\W\d_]{4,}")
LEFT_OUT = "left out by you"

Cell = object
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: `field` is what it is taken for (None: left), `why` says so in words."""

    number: int
    heading: str
    field: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What the first rows say. `heading` is the index of the heading row, None for a list without one."""

    tool: str
    variant: str
    why: tuple[str, ...]
    heading: int | None
    columns: tuple[Column, ...]
    codes: bool = False
    above: int = 0
    """Rows above the headings that look like rows of the table."""

    @property
    def has_keywords(self) -> bool:
        """Return whether there is a keyword list below the headings."""
        return any(column.field == "keyword" for column in self.columns)

    def number_of(self, field: str) -> int | None:
        """Return the column of a field, None without one."""
        return next((column.number for column in self.columns if column.field == field), None)


def lay_out(
    name: str,
    rows: Sequence[Row],
    *,
    tool: str | None = None,
    heading: int | None = None,
    mapping: Mapping[str, str | int] | None = None,
    left: Collection[int] = (),
) -> Layout:
    """Read the first rows of the table called `name`.

    `tool`, `heading` (index of the row), `mapping` (field -> heading or column number from 0) and `left` (columns not to be used)
    are the editor's choices, over what is recognised. Raises UnreadableFile when no column can be the keyword, and for choices that do not fit.
    """
    chosen = mapping or {}
    place = heading if heading is not None else find_heading(rows, chosen)
    if place is None:
        return _bare(name, rows, chosen)
    if place >= len(rows):
        raise UnreadableFile(
            "no_such_row", f"{name} has no row {place + 1} for its headings.", "Name a row that is there."
        )
    shown = [_text(cell) for cell in rows[place]]
    plain = [headings.plain(cell) for cell in shown]
    variant = _variant(name, tool, plain)
    columns = _columns(name, shown, plain, variant, chosen, rows[place + 1 :], left=left)
    if variant is None:
        found = Layout(GENERIC, "", ("its headings are of no tool we know",), place, columns)
    else:
        kind = variant.name if variant.has_keywords else LISTLESS
        found = Layout(variant.tool, kind, (f"recognised by {variant.why}",), place, columns, variant.codes)
    found = replace(found, above=_like_rows(rows[:place], sum(map(bool, shown))))
    if found.has_keywords or (variant is not None and not variant.has_keywords):
        return found
    return _guessed(name, found, rows[place + 1 :])


def find_heading(rows: Sequence[Row], chosen: Mapping[str, str | int] | None = None) -> int | None:
    """Return the index of the row that holds most known headings, a keyword's among them; None if no row looks like headings."""
    wanted = {headings.plain(name) for name in (chosen or {}).values() if isinstance(name, str)}
    best, most = None, 0
    above: Row = ()
    for number, row in enumerate(rows[:HEADING_ROWS]):
        score = heading_score(row, wanted)
        # One word above others may be a keyword like them: a heading stands first, or behind an empty line.
        if sum(bool(_text(cell)) for cell in row) == 1 and any(_text(cell) for cell in above):
            score = 0
        above = row
        if score > most:
            best, most = number, score
    if best is not None:
        return best
    return _unknown_heading(rows)


def heading_score(row: Row, wanted: set[str] | frozenset[str] = frozenset()) -> int:
    """Return how many cells of a row are headings we know, 0 if it cannot be a heading row."""
    names = [headings.plain(cell) for cell in row if _text(cell)]
    if not names:
        return 0
    fields = {headings.field_of(name) for name in names}
    known = sum(headings.is_known(name) or name in wanted for name in names)
    if known < 2 and any(isinstance(cell, int | float) or _text(cell).isdigit() for cell in row):
        return 0
    listless = tools.recognise(names)
    if "keyword" in fields or wanted & set(names):
        return 2 * known
    return max(1, 2 * known - 1) if listless is not None and not listless.has_keywords else 0


def _unknown_heading(rows: Sequence[Row]) -> int | None:
    """A first full row of words above rows with figures is a row of headings, whatever its language."""
    full = [number for number, row in enumerate(rows) if any(_text(cell) for cell in row)]
    if len(full) < 2:
        return None
    widest = max(len(rows[number]) for number in full)
    first = next((number for number in full if len(rows[number]) == widest), full[0])
    below = [rows[number] for number in full if number > first][:50]
    if widest < 2 or not below or any(_is_figure(cell) for cell in rows[first]):
        return None
    has_figures = any(
        all(_is_figure(row[place]) for row in below if len(row) > place) for place in range(widest)
    )
    return first if has_figures else None


def _like_rows(above: Sequence[Row], width: int) -> int:
    """How many rows above the headings are as wide as they are."""
    return sum(sum(bool(_text(cell)) for cell in row) >= max(1, width - 1) for row in above if row)


def _variant(name: str, tool: str | None, plain: Sequence[str]) -> Variant | None:
    if tool is None:
        return tools.recognise(plain)
    try:
        return tools.variant_of(tool, plain)
    except KeyError:
        raise UnreadableFile(
            "unknown_tool", f"No tool is called {tool!r} ({name}).", f"Tools are {', '.join(tools.TOOLS)}."
        ) from None


def _columns(
    name: str,
    shown: Sequence[str],
    plain: Sequence[str],
    variant: Variant | None,
    chosen: Mapping[str, str | int],
    below: Sequence[Row],
    *,
    left: Collection[int],
) -> tuple[Column, ...]:
    taken: dict[int, tuple[str | None, str]] = dict.fromkeys(left, (None, LEFT_OUT))
    fields: set[str] = set()
    for field, wanted in chosen.items():
        number = _chosen(name, field, wanted, shown, plain)
        taken[number] = (field, "chosen by you")
        fields.add(field)
    for field, names in (variant.fields if variant else {}).items():
        place = _first(plain, names, taken, below)
        if field not in fields and place is not None:
            taken[place] = (field, f"{field.replace('_', ' ')} of this report")
            fields.add(field)
    for place in _by_preference(plain, below):
        heading = plain[place]
        known = headings.field_of(heading)
        ignored = (variant.ignored if variant else {}).get(heading)
        if place in taken or known is None or (ignored and heading != "impressions"):
            continue
        if known not in fields:
            taken[place] = (known, "by its heading")
            fields.add(known)
        elif heading in headings.FLAGS:
            taken[place] = (f"is_{heading}", "by its heading")
    if "intent" not in fields:
        taken |= {
            place: (f"is_{heading}", "true or false for one intent")
            for place, heading in enumerate(plain)
            if heading in headings.FLAGS and place not in taken
        }
    return tuple(
        Column(place, heading, *taken.get(place, (None, _left(plain[place], variant, fields))))
        for place, heading in enumerate(shown)
    )


def _by_preference(plain: Sequence[str], below: Sequence[Row]) -> list[int]:
    """Columns from left to right, of several days the last first, columns without a single cell at the end."""
    days = sorted(
        (place for place, heading in enumerate(plain) if headings.is_date(heading)),
        key=lambda place: plain[place],
    )
    order = [*reversed(days), *(place for place in range(len(plain)) if place not in days)]
    return sorted(order, key=lambda place: not _has_cells(place, below))


def _first(
    plain: Sequence[str], names: Sequence[str], taken: Mapping[int, object], below: Sequence[Row]
) -> int | None:
    places = [plain.index(name) for name in names if name in plain and plain.index(name) not in taken]
    return next((place for place in places if _has_cells(place, below)), places[0] if places else None)


def _has_cells(place: int, below: Sequence[Row]) -> bool:
    return not below or any(len(row) > place and _text(row[place]) for row in below)


def _left(heading: str, variant: Variant | None, fields: set[str]) -> str:
    """Say why a column is not used."""
    if not heading:
        return "has no heading"
    reason = (variant.ignored if variant else {}).get(heading) or headings.USELESS.get(heading)
    if reason:
        return reason
    known = headings.field_of(heading)
    if known in fields:
        return f"another column is taken for the {known}"
    return "no field of a keyword"


def _chosen(name: str, field: str, wanted: str | int, shown: Sequence[str], plain: Sequence[str]) -> int:
    if field not in headings.FIELDS:
        raise UnreadableFile(
            "unknown_field",
            f"There is no field {field!r} ({name}).",
            f"Fields are {', '.join(headings.FIELDS)}.",
        )
    if isinstance(wanted, int):
        if 0 <= wanted < len(shown):
            return wanted
    elif headings.plain(wanted) in plain:
        return plain.index(headings.plain(wanted))
    listed = ", ".join(repr(heading) for heading in shown if heading)
    label = f"column {wanted + 1}" if isinstance(wanted, int) else f"column {wanted!r}"
    raise UnreadableFile(
        "no_such_column", f"{name} has no {label} for {field}.", f"Its columns are {listed}."
    )


def _guessed(name: str, found: Layout, below: Sequence[Row]) -> Layout:
    """Take the only column of words for the keyword. Raises UnreadableFile when there is none or more than one."""
    worded = [
        column
        for column in found.columns
        if column.field is None and column.why != LEFT_OUT and _is_worded(column.number, below)
    ]
    if len(worded) != 1:
        listed = ", ".join(repr(column.heading) for column in found.columns if column.heading)
        trouble = UnreadableFile(
            "no_keyword_column",
            f"No column of {name} looks like the keyword. Its columns are {listed[:600]}.",
            "Say which one it is: --map keyword=HEADING",
        )
        trouble.headings = tuple(column.heading for column in found.columns)
        raise trouble
    column = Column(worded[0].number, worded[0].heading, "keyword", "the only column with words")
    columns = tuple(column if one.number == column.number else one for one in found.columns)
    return replace(found, columns=columns)


def _bare(name: str, rows: Sequence[Row], chosen: Mapping[str, str | int]) -> Layout:
    """A list without headings: one column of words, and perhaps one of figures."""
    full = [row for row in rows if any(_text(cell) for cell in row)]
    if any(isinstance(wanted, str) for wanted in chosen.values()):
        raise UnreadableFile(
            "no_heading", f"{name} has no row with the headings named.", "Name columns by number instead."
        )
    width = max((len(row) for row in full), default=0)
    places = range(width)
    worded = [place for place in places if _is_worded(place, full)]
    keyword = chosen.get("keyword", worded[0] if len(worded) == 1 else None)
    if not isinstance(keyword, int) or keyword >= width or _is_prose(keyword, full):
        trouble = UnreadableFile(
            "no_keywords",
            f"{name} is no keyword list: no row of its first {HEADING_ROWS} holds headings, and it is not one column of keywords either.",
            "Put headings such as Keyword and Volume above the columns, or choose the columns yourself.",
        )
        # Of a table one of the columns may still be it; a text is none.
        trouble.headings = ("",) * width if 1 < width <= MOST_COLUMNS else ()
        raise trouble
    given = {int(number): field for field, number in chosen.items()}
    figures = [place for place in places if place != keyword and _is_numeric(place, full)]
    if len(figures) == 1 and "volume" not in chosen:
        given.setdefault(figures[0], "volume")
    given[keyword] = "keyword"
    columns = tuple(
        Column(place, "", given.get(place), "there are no headings" if place not in given else "by its cells")
        for place in places
    )
    return Layout(GENERIC, "no-headings", ("it has no headings",), None, columns)


def _is_worded(place: int, rows: Sequence[Row]) -> bool:
    cells = [_text(row[place]) for row in rows if len(row) > place and _text(row[place])]
    words = sum(any(letter.isalpha() for letter in cell) and not _is_figure(cell) for cell in cells)
    return bool(cells) and 2 * words > len(cells)


def _is_numeric(place: int, rows: Sequence[Row]) -> bool:
    cells = [row[place] for row in rows if len(row) > place and _text(row[place])]
    return bool(cells) and all(_is_figure(cell) for cell in cells)


def _is_prose(place: int, rows: Sequence[Row]) -> bool:
    lengths = sorted(len(_text(row[place]).split()) for row in rows if len(row) > place)
    return bool(lengths) and lengths[len(lengths) // 2] > PROSE_WORDS


def _is_figure(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return True
    # What a currency or a suffix may be is short: "standing desk 12" ends with a number and is none.
    if _WORD.search(_text(cell)):
        return False
    for read in (quantity, fraction):
        try:
            if read(_text(cell)) is not None:
                return True
        except ValueError:
            continue
    return False


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
