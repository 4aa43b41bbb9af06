"""Imports: files to one plan, the plan to one action in history, and the way back; rows without a seed as candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.commands import Command
from planner_core.text import fold
from planner_desktop.app import matching, shapes
from planner_desktop.app.importbook import ImportBook
from planner_desktop.app.matching import CANDIDATES, Home, Matched, Matcher, OnDuplicate
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.store import Store
from planner_desktop.importing import Choices, FilePlan, ImportPlan, Origin, Range, Watch, plan_import
from sync.errors import DiskFull, InvalidUsage
from sync.replica import HistoryRow, Outcome

if TYPE_CHECKING:  # NumPy and the replica come after the first paint
    from planner_desktop.columns import KeywordColumns
    from planner_desktop.columns.members import Group
    from sync.replica import Reader

Row = dict[str, Any]
KEPT = ("intent", "country", "cpc", "position", "url", "clicks", "impressions", "group", "tags", "difficulty")
CANDIDATE_FIELDS = ("keyword", "industry", "sector", "volume", "difficulty", "intent", "country")
"""What `planner-server load-library` reads."""
EXCLUDED = "excluded"
"""A recipe left the row out."""
FATES = (
    *(
        matching.ADD,
        matching.ALREADY_THERE,
        matching.FILL,
        matching.UPDATE,
        matching.NO_SEED,
        matching.MISALIGNED,
    ),
    *(matching.DUPLICATE, EXCLUDED, "junk", "unreadable"),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with the fate of every row in one sector: what a preview shows is what `commit` carries out."""

    plan: ImportPlan
    matched: Matched
    on_duplicate: OnDuplicate

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows of all files have which fate; they add up to every row."""
        total = sum(self.matched.files.values(), Counter())
        return {name: total[name] for name in FATES if total[name]}

    def document(self) -> Row:
        """Return it as the command line's contract has it."""
        files = [_file(one, self.matched.files[number]) for number, one in enumerate(self.plan.files)]
        warnings = list(self.plan.warnings)
        if self.matched.other_country:
            warnings.append(
                f"{self.matched.other_country:,} keywords take a seed of another country: the library has none of theirs."
            )
        return {"files": files, "counts": self.counts, "warnings": warnings}


class Imports:
    """Imports of one account. `folder` keeps what they read."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._book = ImportBook(folder)

    @contextmanager
    def prepare(
        self,
        files: Sequence[Path],
        *,
        site: str,
        sector: str,
        on_duplicate: OnDuplicate = "skip",
        columns: Mapping[str, str] | None = None,
        watch: Watch | None = None,
        shape: Callable[[ImportPlan], ImportPlan] | None = None,
    ) -> Iterator[Prepared]:
        """Read files and folders and decide every row. Nothing is changed; the block owns the plan.

        `shape` may return a plan with other rows in its place, made from the one that was read.

        Raises UnreadableFile if no file can be read, InvalidUsage, NotFound, Ambiguous, Cancelled.
        """
        home = self._home(site, sector)
        choices = {"": Choices(columns=columns or {})}
        with plan_import([Origin.file(path) for path in files], choices=choices, watch=watch) as plan:
            if not plan.files:
                raise InvalidUsage(
                    "no_files",
                    "There is no file to import in that folder.",
                    "Name files that end with .csv or .xlsx.",
                )
            troubles = [one.trouble for one in plan.files if one.trouble is not None]
            if len(troubles) == len(plan.files):
                raise troubles[0]
            shaped = plan if shape is None else shape(plan)
            yield Prepared(shaped, Matcher(self._store, home, on_duplicate).match(shaped), on_duplicate)

    def commit(
        self, prepared: Prepared, *, more: Sequence[Command] = (), label: str | None = None
    ) -> tuple[int, Outcome]:
        """Carry a prepared import out as one action; return its number and what came of it. Raises DiskFull.

        `more` is done after it as part of the same action, which `label` names in history.
        """
        try:
            number = self._book.begin(_parts(prepared))
        except OSError as error:
            raise DiskFull(
                "disk_full",
                f"The rows of the import cannot be kept: {error.strerror}. Nothing was changed.",
                "Make room.",
            ) from None
        commands = [*prepared.matched.commands(), *more]
        outcome = NOTHING
        try:
            if commands:
                outcome = self._store.run(commands, partial=True, label=label or _label(prepared, number))
        except BaseException:
            self._book.drop(number)
            raise
        home = prepared.matched.home
        self._book.finish(
            number,
            prepared.document()
            | {
                "action": outcome.action,
                "site": home.site["name"],
                "site_id": home.site["id"],
                "industry": home.site["industry"],
                "sector": home.sector["name"],
                "sector_id": home.sector["id"],
                "on_duplicate": prepared.on_duplicate,
                "undone": False,
            },
        )
        return number, outcome

    def list(self) -> list[Row]:
        """Return the imports, latest first, with the time of their action and whether they were undone."""
        steps = self._store.reader.history(1 << 30)
        actions = {row.id: row for row in steps}
        later = {row.undoes: row for row in steps if row.undoes}
        return [_standing(one, actions.get(one.get("action") or ""), later) for one in self._book.all()]

    def undo(self, number: int) -> Outcome:
        """Take a whole import back, its candidates too. Raises NotFound, or InvalidUsage if it was undone before."""
        found = self._book.get(number)
        standing = next(one for one in self.list() if one["number"] == number)
        if standing["undone"]:
            raise InvalidUsage(
                "undone_already", f"Import {number} was undone before.", "planner redo brings it back."
            )
        if action := standing.get("action"):
            return self._store.do(lambda replica: replica.undo(str(action)))
        self._book.finish(number, found | {"undone": True})
        return Outcome(None, f"Import {number} is undone: its candidates are gone.")

    def tell(self, columns: KeywordColumns, reader: Reader) -> None:
        """Tell the columns which keywords each import named."""
        columns.asking.members.set_groups("import", self.groups(reader))

    def groups(self, reader: Reader) -> Sequence[Group]:
        """Return the keywords that each import named: those it added and those that were there already. Any thread may ask."""
        from planner_desktop.columns.members import Group  # noqa: PLC0415 - with NumPy, which comes with the first query

        groups = []
        for one in self._book.all():
            number = int(one["number"])
            ids = list({str(row["id"]) for row in self._book.rows(number) if row.get("id")})
            keys = reader.keyword_keys(ids)
            files = ", ".join(str(file["file"]) for file in one.get("files", ()))
            groups.append(Group.of(files or str(number), keys.values(), (str(number),)))
        return groups

    def candidates(self, *, site: str | None = None, sector: str | None = None) -> Iterator[Row]:
        """Yield the rows of imports that have no seed in their sector, the latest of each keyword and country.

        `seed` says that the library has one by now: importing again adds it.
        """
        site_id, sector_id = self._store.places.scope(site, sector)
        seen: set[tuple[str, str, str]] = set()
        for one in self.list():
            if one["undone"] or "sector_id" not in one:
                continue
            if site_id not in (None, one["site_id"]) or sector_id not in (None, one["sector_id"]):
                continue
            found: list[Row] = []
            for row in self._book.rows(int(one["number"])):
                key = (one["sector_id"], fold(row["keyword"]), row.get("country") or "")
                if row["fate"] in CANDIDATES and key not in seen:
                    seen.add(key)
                    found.append(row)
            yield from self._candidates(one, found)

    def _candidates(self, one: Row, rows: Sequence[Row]) -> Iterator[Row]:
        for start in range(0, len(rows), matching.PIECE):
            piece = rows[start : start + matching.PIECE]
            seeds = self._store.reader.seeds_matching(
                [row["keyword"] for row in piece], str(one["sector_id"])
            )
            for row in piece:
                volume = row.get("volume")
                yield {
                    "keyword": row["keyword"],
                    "volume": volume if isinstance(volume, int) else None,
                    "volume_range": volume if isinstance(volume, list) else None,
                    **{name: row.get(name) for name in ("difficulty", "intent", "country", "group")},
                    "industry": one["industry"],
                    **{name: one[name] for name in ("site", "site_id", "sector", "sector_id")},
                    "reason": row["fate"],
                    "seed": row["keyword"] in seeds,
                    "import": one["number"],
                    "file": one["files"][row["file"]]["file"],
                    "sheet": row["sheet"],
                    "line": row["line"],
                }

    def _home(self, site: str, sector: str) -> Home:
        places = self._store.places
        home = places.sector(sector, site=site)
        rows = self._store.reader.sectors()
        own = next(row for row in rows if row.id == home["id"])
        others = {
            row.industry_sector: row.id
            for row in rows
            if row.industry_sector not in (None, own.industry_sector)
        }
        return Home(places.site(site), home, sorted(others.values()))


def export_cells(row: Mapping[str, Any]) -> list[str]:
    """Return a candidate as `CANDIDATE_FIELDS`; what is unknown is empty."""
    return ["" if row[name] is None else str(row[name]) for name in CANDIDATE_FIELDS]


def _standing(one: Row, action: HistoryRow | None, later: Mapping[str, HistoryRow]) -> Row:
    """Return an import with its time, the action that stands for it now (the last redo), and whether it is undone."""
    if action is None:
        return one | {"at": "", "undone": bool(one.get("undone"))}
    # Undone, done again, undone again: each step takes the one before it back.
    chain = [action]
    while (following := later.get(chain[-1].id)) is not None:
        chain.append(following)
    undone = len(chain) % 2 == 0 or (len(chain) == 1 and action.undone)
    return one | {"at": shapes.moment(action.at), "action": chain[-1].id, "undone": undone}


def _label(prepared: Prepared, number: int) -> str:
    names = [one.name for one in prepared.plan.files if one.trouble is None]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    added = prepared.counts.get(matching.ADD, 0)
    return f"Import {number} of {names[0]}{more}: {added:,} keywords added"


def _file(one: FilePlan, fates: Counter[str]) -> Row:
    found: Row = {
        "file": one.name,
        "tool": one.tool,
        "variant": one.variant,
        "encoding": one.encoding,
        "rows": one.rows,
        "counts": {name: fates[name] for name in FATES if fates[name]},
        "sheet": one.sheet,
        "columns": {column.field: column.heading for column in one.columns if column.field},
    }
    if one.trouble is not None:
        found["error"] = {
            "code": one.trouble.code,
            "message": one.trouble.message,
            "remedy": one.trouble.remedy,
        }
    return found


def _parts(prepared: Prepared) -> Iterator[Row]:
    """Yield every row of the files as columns, chunk by chunk, what was left out at the end."""
    matched = prepared.matched
    for chunk, fates, ids in zip(prepared.plan.chunks(), matched.fates, matched.ids, strict=True):
        part: Row = {
            "file": chunk.file,
            "sheet": chunk.sheet,
            "line": list(chunk.lines),
            "keyword": list(chunk.keywords),
        }
        part |= {"fate": fates, "id": ids}
        part |= {name: list(chunk.columns[name]) for name in KEPT if name in chunk.columns}
        if "volume" in chunk.columns:
            part["volume"] = [list(one) if isinstance(one, Range) else one for one in chunk.columns["volume"]]
        yield part
    for left in prepared.plan.left_out():
        yield {
            "file": left.file,
            "sheet": "",
            "line": [left.line],
            "keyword": [left.text],
            "fate": [left.disposition],
            "id": [""],
            "reason": [left.reason],
        }
