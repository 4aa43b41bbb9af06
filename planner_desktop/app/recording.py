"""Recipes recorded from history: what can be repeated on other files becomes steps, and what cannot is said, action by action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner_core.text import fold
from planner_core.uid import canonical
from planner_desktop.app import matching, shapes
from planner_desktop.app.files import read_json
from planner_desktop.app.importbook import ImportBook
from planner_desktop.app.imports import Imports
from planner_desktop.app.labels import Labels
from planner_desktop.app.recipebook import stem_of
from planner_desktop.app.reciperuns import is_undone
from planner_desktop.app.recipes import Found, Recipes
from planner_desktop.app.store import Store
from planner_desktop.importing.headings import field_of, plain
from planner_desktop.recipes.document import compose
from planner_desktop.recipes.model import (
    MOST_NAMED,
    Add,
    Cluster,
    Disable,
    Exclude,
    Mark,
    Note,
    Recipe,
    Source,
    Status,
    Step,
    Tag,
    Which,
    said,
)
from planner_desktop.recipes.writing import step_lines, text_of
from sync.errors import InvalidUsage, NotFound
from sync.replica import HistoryRow
from sync.replica.waiting import WaitingChange

MOST_CHANGES = 2_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """An action, or a part of one, that is no step, and why. `step` is what it would be if somebody said on which rows."""

    id: str
    label: str
    reason: str
    step: Step | None = None


@dataclass(slots=True)
class Recorded:
    """What was made of actions."""

    source: Source = field(default_factory=Source)
    cleaning: list[Step] = field(default_factory=list)
    """Steps of recipes that were run."""
    excluded: dict[str, None] = field(default_factory=dict)
    """Keywords that were added and then deleted."""
    marks: list[Mark] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    """Keywords that the recorded imports made, but those deleted since."""
    named: set[str] = field(default_factory=set)
    """All keywords that the files of the recorded imports named, but those deleted since."""
    has_import: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in the order of a recipe."""
        cleaning = list(self.cleaning)
        if self.excluded:
            cleaning.append(Exclude(keywords=tuple(self.excluded), match="whole"))
        return (*cleaning, Add(), *self.marks)

    @property
    def said(self) -> list[str]:
        """The steps in few words."""
        return [said(step) for step in self.steps]


class Recorder:
    """Makes recipes of actions of one account."""

    def __init__(
        self, store: Store, imports: Imports, recipes: Recipes, import_folder: Path, labels: Labels
    ) -> None:
        self._store = store
        self._imports = imports
        self._recipes = recipes
        self._import_folder = import_folder
        self._book = ImportBook(import_folder)
        self._labels = labels

    def on(self, recipes: Recipes) -> Recorder:
        """Return the same for another thread, which works with these recipes."""
        return Recorder(recipes.store, recipes.imports, recipes, self._import_folder, self._labels)

    def record(
        self, name: str, actions: Sequence[str], *, labels: bool = False, replace: bool = False
    ) -> tuple[Found, Recorded]:
        """Keep what actions (their ids) did as a recipe of the profile. `labels`: also steps of tags and notes since the first of them.

        Raises NotFound, InvalidUsage for what is no id, where nothing can be repeated, and for a name that is taken.
        """
        stem_of(name)
        rows = self._actions(actions)
        recorded = Recorded()
        later = {row.undoes: row for row in self._store.reader.history(1 << 30) if row.undoes}
        imports = {str(one["action"]): one for one in self._imports.list() if one.get("action")}
        for row in rows:
            if row.origin != "user":
                self._leave(recorded, row, "it takes another action back, or does it again.")
            elif is_undone(row, later):
                self._leave(recorded, row, "it was undone.")
            elif row.id in imports:
                self._import(recorded, row, imports[row.id])
            else:
                self._edit(recorded, row)
        if labels:
            self._label(recorded, min(row.at for row in rows))
        if not (recorded.has_import or recorded.marks or recorded.excluded):
            reasons = " ".join(f"“{one.label}”: {one.reason}" for one in recorded.left[:3])
            raise InvalidUsage(
                "nothing_to_record",
                f"Nothing of this can be repeated on other files. {reasons}",
                "Name an import, or what was done to all of its keywords: planner history",
            )
        recipe = compose(name, recorded.steps, recorded.source)
        return self._recipes.keep(_text(recipe, recorded), replace=replace), recorded

    def _actions(self, actions: Iterable[str]) -> list[HistoryRow]:
        """Return the actions named, oldest first, each once."""
        found = {}
        for text in actions:
            uid = canonical(text)
            if uid is None:
                raise InvalidUsage(
                    "bad_action_id", f"{text!r} is not the id of an action.", "See: planner history"
                )
            found[uid] = self._store.reader.action(uid)
        if not found:
            raise InvalidUsage(
                "no_actions", "No action is named.", "Name some: planner recipe record NAME --from ID"
            )
        return sorted(found.values(), key=lambda row: (row.at, row.id))

    def _leave(self, recorded: Recorded, row: HistoryRow, reason: str, step: Step | None = None) -> None:
        recorded.left.append(Left(row.id, row.label, reason, step))

    # ------------------------------------------------------------ what was imported

    def _import(self, recorded: Recorded, row: HistoryRow, one: Row) -> None:
        source = Source(
            site=one["site"],
            sector=one["sector"],
            on_duplicate=one["on_duplicate"],
            columns=_columns(one),
        )
        if recorded.has_import:
            same = (recorded.source.site, recorded.source.sector) == (source.site, source.sector)
            if not same:
                self._leave(recorded, row, "it is of another sector; a recipe has one. Record it by itself.")
                return
            if recorded.source.on_duplicate != source.on_duplicate:
                reason = f"it took keywords that were there as {source.on_duplicate!r}, the one before as {recorded.source.on_duplicate!r}; the recipe does the latter."
                self._leave(recorded, row, reason)
            source = recorded.source.model_copy(
                update={"columns": {**source.columns, **recorded.source.columns}}
            )
        recorded.source, recorded.has_import = source, True
        for line in self._book.rows(int(one["number"])):
            if line.get("id"):
                recorded.named.add(str(line["id"]))
                if line["fate"] == matching.ADD:
                    recorded.added.add(str(line["id"]))
        self._clean(recorded, row, int(one["number"]))
        # The import may be of a recipe, which did more in the same action.
        self._edit(recorded, row, of_import=True)

    def _clean(self, recorded: Recorded, row: HistoryRow, number: int) -> None:
        """Take over how a recipe cleaned the rows of its run."""
        run = next((one for one in self._recipes.book.runs() if one.get("import") == number), None)
        if run is None:
            return
        name = str(run["recipe"])
        try:
            recipe = self._recipes.load(self._recipes.book.recipe(name)).recipe
        except (InvalidUsage, NotFound):
            self._leave(
                recorded,
                row,
                f"it was a run of “{name}”, which is not there any more; how it cleaned is lost.",
            )
            return
        recorded.cleaning += [step for _, step in recipe.cleaning if step not in recorded.cleaning]

    # ------------------------------------------------------------ edits

    def _edit(self, recorded: Recorded, row: HistoryRow, *, of_import: bool = False) -> None:
        done = _sorted(self._store.reader.action_changes(row.id, MOST_CHANGES))
        if done.created and not of_import:
            done.others["it adds keywords chosen in the library; a recipe adds those of its files."] = None
        for reason in done.others:
            self._leave(recorded, row, reason)
        if done.deleted:
            self._delete(recorded, row, done.deleted)
        placed = {uid for (name, new), ids in done.sets.items() if name == "cluster" and new for uid in ids}
        for (name, new), ids in done.sets.items():
            # In a cluster the status follows.
            if name == "status" and placed.issuperset(ids):
                continue
            step = _step(name, new, done.clusters)
            if step is None:
                self._leave(recorded, row, _reason(name, new))
            else:
                self._mark(recorded, row, step, ids)
        if done.clusters and not (done.sets or done.others or of_import):
            self._leave(recorded, row, "it makes a cluster without keywords.")

    def _delete(self, recorded: Recorded, row: HistoryRow, deleted: Sequence[WaitingChange]) -> None:
        mine = [one for one in deleted if one.id in recorded.named] if recorded.has_import else list(deleted)
        if len(mine) < len(deleted):
            self._leave(
                recorded,
                row,
                f"{len(deleted) - len(mine):,} deleted keywords are of no recorded import; they stay out of the list.",
            )
        fresh = [one.name for one in mine if one.name]
        if len(recorded.excluded) + len(fresh) > MOST_NAMED:
            self._leave(
                recorded,
                row,
                f"more than {MOST_NAMED:,} deleted keywords are too many to name; keep them as an exclude list.",
            )
            return
        recorded.excluded.update(dict.fromkeys(fresh))
        gone = {one.id for one in mine}
        recorded.added -= gone
        recorded.named -= gone

    def _mark(self, recorded: Recorded, row: HistoryRow, step: Mark, ids: Sequence[str]) -> None:
        which = _which(recorded, set(ids))
        if which is None:
            of = len(recorded.added.intersection(ids))
            reason = (
                f"{said(step)} was done to {of:,} of the {len(recorded.added):,} keywords added, and nothing says to which; "
                "the step stands in the file as a remark: say it with when."
            )
            self._leave(recorded, row, reason, step)
            return
        full = step.model_copy(update={"on": which})
        if full not in recorded.marks:
            recorded.marks.append(full)

    # ------------------------------------------------------------ tags and notes

    def _label(self, recorded: Recorded, since: int) -> None:
        begin = (shapes.moment(since) or "")[:19]
        for step in self._labels.read().steps:
            if step.get("back") or str(step["at"])[:19] < begin:
                continue
            what = read_json(self._labels.folder / f"{step['number']}.step.json") or {}
            row = _as_action(step)
            for tag, change in what.get("tags", {}).items():
                if change.get("added"):
                    self._mark(recorded, row, Tag(tags=(tag,)), change["added"])
                elif change.get("removed"):
                    self._leave(recorded, row, f"taking the tag {tag} off is no step of a recipe.")
            texts: dict[str, list[str]] = {}
            for uid, (_, after) in what.get("notes", {}).items():
                if after:
                    texts.setdefault(after, []).append(uid)
            for text, ids in texts.items():
                self._mark(recorded, row, Note(text=text), ids)


@dataclass(slots=True)
class _Sorted:
    """The changes of one action by what they are."""

    sets: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)
    """(field, new value) -> keywords."""
    deleted: list[WaitingChange] = field(default_factory=list)
    created: bool = False
    clusters: set[str] = field(default_factory=set)
    """Names of clusters made, folded."""
    others: dict[str, None] = field(default_factory=dict)
    """Why other changes are no steps, each reason once."""


def _sorted(changes: Iterable[WaitingChange]) -> _Sorted:
    found = _Sorted()
    for one in changes:
        match one.entity, one.verb:
            case "keyword", "set":
                found.sets.setdefault((one.field, one.new), []).append(one.id)
            case "keyword", "delete":
                found.deleted.append(one)
            case "keyword", "create":
                found.created = True
            case "cluster", "create":
                found.clusters.add(fold(one.name or ""))
            case entity, verb:
                found.others[f"{verb} of {entity}: it is about these {entity}s, not about files."] = None
    return found


def _which(recorded: Recorded, ids: set[str]) -> Which | None:
    """Return on which keywords of the files something was done: "new", "all", or None for a part of them."""
    if not recorded.has_import:
        return "all"
    if recorded.named and ids >= recorded.named and recorded.named != recorded.added:
        return "all"
    if recorded.added and ids >= recorded.added:
        return "new"
    return None


def _step(name: str, new: str | None, clusters: set[str]) -> Mark | None:
    if name == "cluster" and new is not None:
        return Cluster(cluster=new, create=fold(new) in clusters)
    if name == "status" and new in {"new", "mapped"}:
        return Status.model_validate({"status": new})
    if name == "disabled" and new == "yes":
        return Disable()
    return None


def _reason(name: str, new: str | None) -> str:
    if name == "cluster":
        return "it takes keywords out of their cluster; keywords of new files are in none."
    if name == "disabled":
        return "it enables keywords; keywords of new files are."
    if name.endswith("_override"):
        return f"it sets {name.removesuffix('_override')} of single keywords; figures of files are taken with on_duplicate."
    return f"setting {name} to {new} is no step of a recipe."


def _columns(one: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> heading of sheets that no tool made, where the heading alone does not say it; the others are recognised again."""
    found: dict[str, str] = {}
    for file in one.get("files", ()):
        if file.get("tool") == "generic":
            found |= {
                str(name): str(heading)
                for name, heading in file["columns"].items()
                if name and str(heading).strip() and field_of(plain(heading)) != name
            }
    return found


def _as_action(step: Mapping[str, Any]) -> HistoryRow:
    """A step of tags and notes has a number where an action has an id."""
    return HistoryRow(
        id=f"labels {step['number']}",
        label=str(step["label"]),
        at=0,
        state="applied",
        rows=0,
        applied=0,
        waiting=0,
        review=0,
        refused=0,
        undone=False,
        undoes=None,
        origin="user",
    )


def _text(recipe: Recipe, recorded: Recorded) -> str:
    """Return the file: what could not be recorded stands there as remarks."""
    remarks: list[str] = []
    for one in recorded.left:
        remarks.append(f"Not recorded: “{one.label}”: {one.reason}")
        if one.step is not None:
            lines = [line for text in step_lines(one.step) for line in text.splitlines()]
            remarks += [*lines, "when = { pattern = '...' }", ""]
    return text_of(recipe, remarks={len(recipe.steps) + 1: remarks} if remarks else None)
