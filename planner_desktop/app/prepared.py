"""A plan of files with the fate of every row in one sector: what is shown, what is carried out, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner_core.commands import Command
from planner_desktop.app import matching
from planner_desktop.app.matching import Matched, OnDuplicate
from planner_desktop.app.wording import counted
from planner_desktop.importing import Chunk, FilePlan, ImportPlan, Range

Row = dict[str, Any]
EXCLUDED = "excluded"
"""A recipe left the row out."""
_SECTORS_NAMED = 3
KEPT = ("intent", "country", "cpc", "position", "url", "clicks", "impressions", "group", "tags", "difficulty")
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


_SAID = {
    "clusters": ("keyword put into a cluster", "keywords put into clusters"),
    "statuses": ("status set", "statuses set"),
    "enabled": ("keyword switched on or off", "keywords switched on or off"),
    "overrides": ("override set", "overrides set"),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with the fate of every row in one sector: what a preview shows is what `commit` carries out."""

    plan: ImportPlan
    matched: Matched
    on_duplicate: OnDuplicate
    read: ImportPlan | None = None
    """The plan as it was read, where `plan` is another one made from it."""

    def close(self) -> None:
        """Give memory and temporary files back."""
        self.plan.close()
        if self.read is not None and self.read is not self.plan:
            self.read.close()

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows of all files have which fate; they add up to every row."""
        total = sum(self.matched.files.values(), Counter())
        return {name: total[name] for name in FATES if total[name]}

    @property
    def numbers(self) -> list[int]:
        """Return the files (from 0) that could be read."""
        return [number for number, one in enumerate(self.plan.files) if one.trouble is None]

    def commands(self, only: int | None = None) -> list[Command]:
        """Return what carries the import out, of all files or of one."""
        return self.matched.commands(only)

    def document(self, only: int | None = None) -> Row:
        """Return it as the command line's contract has it, all files or one."""
        wanted = range(len(self.plan.files)) if only is None else (only,)
        files = [_file(self.plan.files[number], self.matched.files[number]) for number in wanted]
        total = sum((self.matched.files[number] for number in wanted), Counter())
        counts = {name: total[name] for name in FATES if total[name]}
        warnings = [
            f"{self.plan.files[number].name}: {warning}"
            for number in wanted
            for warning in self.plan.files[number].warnings
        ]
        other = sum(self.matched.other_country[number] for number in wanted)
        if other:
            warnings.append(
                f"{counted(other, 'keyword takes', 'keywords take')} a seed of another country: the library has none of theirs."
            )
        if only is None:
            warnings += self.elsewhere()
        values = self.matched.values(only)
        return {
            "files": files,
            "counts": counts,
            "warnings": warnings,
            "sets": values.counts(),
            "new_clusters": list(values.new_clusters.values()),
        }

    def elsewhere(self) -> list[str]:
        """Return in words which sectors' libraries have the seeds of misaligned rows, the most first."""
        return [
            f"{counted(rows, 'keyword has its', 'keywords have their')} seed in {sector}. Import into that sector what belongs there."
            for sector, rows in self.matched.elsewhere.most_common(_SECTORS_NAMED)
        ]

    def label(self, number: int, only: int | None = None) -> str:
        """Return what history calls the import of this number."""
        wanted = self.numbers if only is None else [only]
        # An archive begins with reports that hold no keywords as easily as with the list.
        first = next((one for one in wanted if self.plan.files[one].counts.get("keyword")), wanted[0])
        name = self.plan.files[first].name
        more = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
        return f"Import {number} of {name}{more}: {self.said(only)}"

    def said(self, only: int | None = None) -> str:
        """Return in a few words what is done to keywords, as in "2 keywords added, 3 overrides set"."""
        wanted = self.numbers if only is None else [only]
        added = sum(self.matched.files[one][matching.ADD] for one in wanted)
        values = self.matched.values(only)
        counts = values.counts()
        parts = [counted(added, "keyword added", "keywords added")] if added else []
        if values.new_clusters:
            parts.append(counted(len(values.new_clusters), "cluster created", "clusters created"))
        parts += [counted(counts[name], *said) for name, said in _SAID.items() if name in counts]
        return ", ".join(parts) or "nothing changed"

    def parts(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row as columns, chunk by chunk, what was left out at the end; of one file it is the first of the import."""
        matched = self.matched
        for chunk, fates, ids in zip(self.plan.chunks(), matched.fates, matched.ids, strict=True):
            if only in {None, chunk.file}:
                yield _part(chunk, fates, ids, 0 if only is not None else chunk.file)
        for left in self.plan.left_out():
            if only in {None, left.file}:
                yield {
                    "file": 0 if only is not None else left.file,
                    "sheet": "",
                    "line": [left.line],
                    "keyword": [left.text],
                    "fate": [left.disposition],
                    "id": [""],
                    "reason": [left.reason],
                }


def _part(chunk: Chunk, fates: Sequence[str], ids: Sequence[str], file: int) -> Row:
    part: Row = {
        "file": file,
        "sheet": chunk.sheet,
        "line": list(chunk.lines),
        "keyword": list(chunk.keywords),
        "fate": fates,
        "id": ids,
    }
    part |= {name: list(chunk.columns[name]) for name in KEPT if name in chunk.columns}
    if "volume" in chunk.columns:
        part["volume"] = [list(one) if isinstance(one, Range) else one for one in chunk.columns["volume"]]
    return part


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
        "notes": [
            {"column": note.field, "count": note.count, "line": note.line, "example": note.example}
            for note in one.notes
        ],
    }
    if one.trouble is not None:
        found["error"] = {
            "code": one.trouble.code,
            "message": one.trouble.message,
            "remedy": one.trouble.remedy,
        }
    return found
