"""What a block of texts from a spreadsheet or an editor means for rows of the grid: worked out before anything is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner_core.commands import AssignClusters, Command, CreateCluster, SetEnabled, SetOverrides, SetStatus
from planner_core.entities import VOLUME_LIMIT
from planner_core.text import fold, tidy
from planner_desktop.screens.keywords.cells import COLUMNS, STATUSES, cells_of, status_word, tr
from planner_desktop.screens.keywords.editors import DIFFICULTY_LIMIT
from planner_desktop.screens.standing import ClusterName
from planner_desktop.screens.words import UNKNOWN
from planner_desktop.widgets.cellediting import NotANumber, parse_number
from planner_desktop.widgets.roles import Editor

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow

MOST_ROWS = 200_000
"""More lines are a file, and import reads those."""
MOST_REFUSED_KEPT = 1_000
_LONGEST_NAME = 255
_LIMITS = {"volume": VOLUME_LIMIT, "difficulty": DIFFICULTY_LIMIT}
_TITLES = {column.name: column.title for column in COLUMNS}
_ON = frozenset({"on", "yes", "true", "1", "enabled", "x"})
_OFF = frozenset({"off", "no", "false", "0", "disabled"})

Value = int | str | bool | None


class TooLarge(Exception):
    """The text has more lines than can be pasted at once."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A cell that stays as it is: line of the text (from 1), the keyword it was meant for, column, what it says, and why."""

    line: int
    keyword: str
    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class SectorInfo:
    """Where a row lies: the sector's id and its clusters by folded name."""

    id: str
    clusters: Mapping[str, ClusterName]


@dataclass(slots=True)
class PastePlan:
    """Everything a paste would do. `edits` maps (column, value) to row keys; `fresh` maps (sector id, folded name) to a new cluster."""

    edits: dict[tuple[str, Value], list[int]] = field(default_factory=dict)
    fresh: dict[tuple[str, str], tuple[str, list[int]]] = field(default_factory=dict)
    refused: list[NotTaken] = field(default_factory=list)
    refused_count: int = 0
    changed: int = 0
    unchanged: int = 0
    beyond: int = 0
    """Lines for which the grid has no row."""
    _keys: list[int] | None = None

    def keys(self) -> list[int]:
        """Return the rows that change, each once, in ascending order. Ask once all of it is planned."""
        if self._keys is None:
            groups = [*self.edits.values(), *(keys for _, keys in self.fresh.values())]
            self._keys = sorted({key for keys in groups for key in keys})
        return self._keys

    def refuse(self, one: NotTaken) -> None:
        """Note a cell that stays as it is; of very many the first are kept in words."""
        self.refused_count += 1
        if len(self.refused) < MOST_REFUSED_KEPT:
            self.refused.append(one)

    def commands(self, ids: Sequence[str], new_ids: Mapping[tuple[str, str], str]) -> list[Command]:
        """Return the commands. `ids` are the uids of `keys()`, one for one; `new_ids` the uids for `fresh`.

        Clusters come before statuses: assigning alone would take the status along.
        """
        uid = dict(zip(self.keys(), ids, strict=True))
        made: list[Command] = []
        clusters: dict[str, str | None] = {}
        figures: dict[str, dict[str, int | None]] = {}
        rest: list[Command] = []
        for place, (name, keys) in self.fresh.items():
            made.append(CreateCluster(new_ids[place], place[0], name))
            clusters.update((uid[key], new_ids[place]) for key in keys)
        for (column, value), keys in self.edits.items():
            ids = [uid[key] for key in keys]
            if column == "cluster":
                clusters.update(dict.fromkeys(ids, None if value is None else str(value)))
            elif column in _LIMITS:
                number = value if isinstance(value, int) else None
                figures.setdefault(column, {}).update(dict.fromkeys(ids, number))
            elif column == "status":
                rest.append(SetStatus("keyword", ids, str(value)))
            else:
                rest.append(SetEnabled("keyword", ids, bool(value)))
        if clusters:
            made.append(AssignClusters(clusters))
        return [*made, *(SetOverrides(name, values) for name, values in figures.items()), *rest]


def read_block(text: str) -> list[list[str]]:
    """Return the cells of a text with tabs between cells and a line a row; quoted cells may hold both.

    Raises TooLarge.
    """
    block: list[list[str]] = []
    for row in _rows_of(text):
        block.append(row)
        if len(block) > MOST_ROWS:
            raise TooLarge
    while block and not any(cell.strip() for cell in block[-1]):
        block.pop()
    return block


def _rows_of(text: str) -> Iterable[list[str]]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    # Only a cell that begins with a quotation mark is quoted; one that never ends would swallow all that follows.
    if plain.count('"') % 2 or not ('\t"' in plain or '\n"' in plain or plain.startswith('"')):
        return (line.split("\t") for line in plain.split("\n"))
    try:
        return list(csv.reader(io.StringIO(plain), delimiter="\t"))
    except csv.Error:
        return (line.split("\t") for line in plain.split("\n"))


def headings_of(cells: Sequence[str]) -> list[str] | None:
    """Return the columns that a line of titles names, "" for an empty title; None if it is no line of titles."""
    known = {
        fold(word): column.name
        for column in COLUMNS
        if column.title
        for word in (column.title, tr(column.title))
    }
    found = [known.get(fold(text), "") for text in cells]
    is_titles = any(found) and all(name or not text.strip() for name, text in zip(found, cells, strict=True))
    return found if is_titles else None


def plan_paste(
    block: Sequence[Sequence[str]],
    rows: Sequence[KeywordRow | None],
    columns: Sequence[str],
    sectors: Mapping[int, SectorInfo],
    first_line: int = 1,
) -> PastePlan:
    """Return what pasting a block does to rows: line n goes to `rows[n]`, cell m to the column called `columns[m]`.

    A row that is gone and a column that cannot be edited refuse what differs from what they show; the rest is planned all the same.
    A line that names another keyword than its row has goes nowhere at all: the rows stand in another order than the sheet's.
    """
    plan = PastePlan(beyond=max(0, len(block) - len(rows)))
    planner = _Planner(plan, sectors)
    named = columns.index("keyword") if "keyword" in columns else -1
    for number, (cells, row) in enumerate(zip(block, rows, strict=False), start=first_line):
        if row is None or row.deleted:
            plan.refuse(NotTaken(number, "", "", "\t".join(cells), tr("The row is gone")))
            continue
        other = cells[named].strip() if 0 <= named < len(cells) else ""
        if other and fold(other) != fold(row.keyword):
            plan.refuse(
                NotTaken(
                    number, row.keyword, tr(_TITLES["keyword"]), other, tr("The line is for another keyword")
                )
            )
            continue
        for at, text in enumerate(cells):
            name = columns[at] if at < len(columns) else ""
            planner.cell(number, row, name, text.strip())
    # Here, where nobody waits.
    plan.keys()
    return plan


class _Planner:
    """Decides cell by cell."""

    def __init__(self, plan: PastePlan, sectors: Mapping[int, SectorInfo]) -> None:
        self._plan = plan
        self._sectors = sectors

    def cell(self, line: int, row: KeywordRow, column: str, text: str) -> None:
        try:
            self._decide(row, column, text)
        except ValueError as problem:
            title = tr(_TITLES.get(column, "")) if _TITLES.get(column) else ""
            self._plan.refuse(NotTaken(line, row.keyword, title, text, str(problem)))

    def _decide(self, row: KeywordRow, column: str, text: str) -> None:
        if column in _LIMITS:
            self._figure(row, column, text)
        elif column == "cluster":
            self._cluster(row, text)
        elif column == "status":
            self._status(row, text)
        elif column == "enabled":
            self._enabled(row, text)
        elif not column:
            if text:
                raise ValueError(tr("There is no column for it"))
        elif text and not _is_shown(row, column, text):
            raise ValueError(tr("This column cannot be edited"))
        else:
            self._plan.unchanged += 1

    def _put(self, row: KeywordRow, column: str, value: Value, *, same: bool) -> None:
        if same:
            self._plan.unchanged += 1
            return
        self._plan.changed += 1
        self._plan.edits.setdefault((column, value), []).append(row.key)

    def _figure(self, row: KeywordRow, column: str, text: str) -> None:
        own = row.volume_override if column == "volume" else row.difficulty_override
        shown = row.volume if column == "volume" else row.difficulty
        try:
            value = parse_number(
                "" if text == UNKNOWN else text, Editor(minimum=0, maximum=_LIMITS[column]), tr
            )
        except NotANumber as problem:
            raise ValueError(str(problem)) from None
        # A figure that is shown already is no wish to override it; an emptied cell gives the figure back to the library.
        self._put(row, column, value, same=own is None if value is None else value == shown)

    def _status(self, row: KeywordRow, text: str) -> None:
        wanted = fold(text)
        found = next((word for word in STATUSES if wanted in {word, fold(tr(word.capitalize()))}), None)
        if found is None and (wanted == status_word(row.status) or not wanted):
            found = status_word(row.status)
        if found is None:
            raise ValueError(tr("A status is New or Mapped"))
        self._put(row, "status", found, same=found == status_word(row.status))

    def _enabled(self, row: KeywordRow, text: str) -> None:
        wanted = fold(text)
        is_on = wanted in _ON or wanted == fold(tr("on"))
        if not is_on and wanted not in _OFF and wanted != fold(tr("off")):
            raise ValueError(tr("Say on or off"))
        self._put(row, "enabled", is_on, same=is_on != row.disabled)

    def _cluster(self, row: KeywordRow, text: str) -> None:
        name = tidy(text)
        if name in {"", UNKNOWN} or fold(name) in {"none", fold(tr("None"))}:
            self._put(row, "cluster", None, same=row.cluster is None)
            return
        sector = self._sectors.get(row.sector)
        if sector is None:
            raise ValueError(tr("The sector is not known here"))
        if len(name) > _LONGEST_NAME:
            raise ValueError(tr("A name has at most {n} characters").format(n=_LONGEST_NAME))
        known = sector.clusters.get(fold(name))
        if known is not None:
            self._put(row, "cluster", known.id, same=known.key == row.cluster)
            return
        self._plan.changed += 1
        self._plan.fresh.setdefault((sector.id, fold(name)), (name, []))[1].append(row.key)


def _is_shown(row: KeywordRow, column: str, text: str) -> bool:
    """Return whether a text is what the row holds in a column already, as the grid shows it or as it is copied."""
    if column == "keyword":
        return fold(text) == fold(row.keyword)
    shown = {each.name: cell.text for each, cell in zip(COLUMNS, cells_of(row), strict=True)}.get(column, "")
    return fold(text) == fold(shown) or column in {"intent", "created", "mark"}
