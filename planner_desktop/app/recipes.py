"""Recipes of one account: kept, planned, carried out as one action, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from planner_core.query import parse
from planner_core.text import fold
from planner_desktop.app import shapes
from planner_desktop.app.files import make_private
from planner_desktop.app.imports import Imports
from planner_desktop.app.labels import Labels
from planner_desktop.app.matching import CANDIDATES
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.prepared import Prepared
from planner_desktop.app.recipebook import RecipeBook, stem_of
from planner_desktop.app.recipelists import ExcludeLists
from planner_desktop.app.recipeplan import PAGE, Marker, Row, RunPlan, fresh_candidates
from planner_desktop.app.reciperuns import follow
from planner_desktop.app.store import Store
from planner_desktop.columns.loose import pattern_trouble
from planner_desktop.importing import Choices, ImportPlan, Origin, Watch
from planner_desktop.recipes.cleaning import Cleaner, There
from planner_desktop.recipes.document import BadRecipe, Problem, compose, read_file, read_recipe
from planner_desktop.recipes.excluding import entries_of
from planner_desktop.recipes.model import Add, Dedupe, Exclude, Recipe, Tag, said
from planner_desktop.recipes.writing import quoted, text_of
from sync.clock import SystemClock
from sync.errors import InvalidUsage, NotFound, ReplicaLocked
from sync.replica import Outcome

SUFFIX = ".toml"
_NAME = re.compile(r"\s*name\s*=\s*[\"'](?![\"'])")
Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Found:
    """A recipe as it was read, with its text and its file."""

    recipe: Recipe
    text: str
    path: Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run. `number` is 0 where there was nothing to do."""

    number: int
    imported: int
    outcome: Outcome
    labelled: int = 0


class Recipes:
    """Recipes of one account."""

    def __init__(self, store: Store, imports: Imports, labels: Labels, folder: Path) -> None:
        self.store = store
        self.imports = imports
        self._labels = labels
        self.book = RecipeBook(folder)
        self.lists = ExcludeLists(self.book)

    # ------------------------------------------------------------ kept

    def list(self) -> Rows:
        """Return the recipes: name, steps, place, file; one that cannot be read has `trouble`."""
        latest = {fold(str(run["recipe"])): run for run in reversed(self.book.runs())}
        rows: list[Row] = []
        for path in self.book.recipes():
            row: Row = {"name": path.stem, "file": str(path), "steps": [], "site": None, "sector": None}
            row |= {"description": "", "trouble": "", "problems": []}
            try:
                recipe = read_recipe(read_file(path), path.name)
                row["steps"] = [said(step) for step in recipe.steps]
                row |= {"site": recipe.source.site, "sector": recipe.source.sector}
                row["description"] = recipe.description
            except InvalidUsage as error:
                row["trouble"] = error.message
                if isinstance(error, BadRecipe):
                    row["problems"] = [asdict(one) for one in error.problems]
            row["last_run"] = latest.get(fold(path.stem), {}).get("at", "")
            rows.append(row)
        return rows

    def load(self, name: str | Path) -> Found:
        """Return a recipe by name, or by file where it ends with .toml. Raises NotFound, InvalidUsage, BadRecipe."""
        is_file = isinstance(name, Path) or name.endswith(SUFFIX)
        path = Path(name) if is_file else self.book.recipe(str(name))
        text = read_file(path)
        recipe = read_recipe(text, path.name)
        for number, step in enumerate(recipe.steps, 1):
            _try_pattern(path.name, number, step)
        return Found(recipe, text, path)

    def check(self, name: str | Path) -> Sequence[Problem]:
        """Return everything that is wrong with a recipe, also the lists and files it names. Raises NotFound, InvalidUsage."""
        try:
            found = self.load(name)
        except BadRecipe as error:
            return error.problems
        problems = []
        for number, step in found.recipe.cleaning:
            if isinstance(step, Exclude):
                try:
                    self._entries(step, found.path)
                except (InvalidUsage, NotFound) as error:
                    problems.append(Problem(None, f"step {number}", error.message, error.remedy))
        return problems

    def keep(self, text: str, *, replace: bool = False) -> Found:
        """Keep a recipe in the profile under the name it has. Raises BadRecipe, InvalidUsage."""
        recipe = read_recipe(text, "The recipe")
        path = self.book.keep_recipe(recipe.name, text, replace=replace)
        return Found(recipe, text, path)

    # ------------------------------------------------------------ run

    @contextmanager
    def plan(
        self,
        found: Found,
        files: Sequence[Path],
        *,
        site: str | None = None,
        sector: str | None = None,
        watch: Watch | None = None,
    ) -> Iterator[RunPlan]:
        """Read files and decide everything, as `make_plan`; the block owns the plan."""
        plan = self.make_plan(found, files, site=site, sector=sector, watch=watch)
        try:
            yield plan
        finally:
            plan.close()

    def make_plan(
        self,
        found: Found,
        files: Sequence[Path],
        *,
        site: str | None = None,
        sector: str | None = None,
        watch: Watch | None = None,
    ) -> RunPlan:
        """Read files and decide everything. Nothing is changed; whoever asks closes the plan.

        `site` and `sector` go before those of the recipe. Raises UnreadableFile if no file can be read, InvalidUsage, NotFound
        (also for lists and clusters), Ambiguous, Cancelled.
        """
        self.settle()
        recipe = found.recipe
        place = self._place(recipe, site, sector)
        entries = {
            number: self._entries(step, found.path)
            for number, step in recipe.cleaning
            if isinstance(step, Exclude)
        }
        cleaner = Cleaner(recipe, entries, watch, _keywords_for(self.store, recipe, *place))
        with ExitStack() as until_decided:

            def shape(plan: ImportPlan) -> ImportPlan:
                cleaned = cleaner.clean(plan)
                until_decided.callback(cleaned.close)
                return cleaned

            prepared = self.imports.plan(
                [Origin.file(path) for path in files],
                site=place[0],
                sector=place[1],
                on_duplicate=recipe.source.on_duplicate,
                choices={"": Choices(columns=recipe.source.columns)},
                watch=watch,
                shape=shape,
            )
            until_decided.callback(prepared.close)
            if not prepared.numbers:
                raise next(one.trouble for one in prepared.plan.files if one.trouble is not None)
            marker = Marker(self.store, recipe, prepared, self._labels.read())
            marker.decide()
            decided = RunPlan(
                recipe,
                prepared,
                cleaner.done,
                marker.marked,
                marker.commands,
                marker.tags,
                marker.notes,
                self._fresh_candidates(prepared),
            )
            until_decided.pop_all()
            return decided

    def run(self, plan: RunPlan, watch: Watch | None = None) -> Ran:
        """Carry a plan out: one action in history, one step of tags and notes that goes and comes with it. Raises DiskFull, Cancelled."""
        if plan.is_empty:
            return Ran(0, 0, NOTHING)
        new_ids = plan.new_ids
        run: Row = {
            "number": self.book.next_run(),
            "at": shapes.moment(SystemClock().now_ms()),
            "recipe": plan.recipe.name,
            "files": [one.name for one in plan.prepared.plan.files],
            "label": plan.label,
            "state": "begun",
            "import": 0,
            "action": None,
            "step": 0,
            "first": new_ids[0] if new_ids else None,
            "tags": {name: list(ids) for name, ids in plan.tags.items()},
            "notes": dict(plan.notes),
        }
        # Cut off behind the action, the next call finds what is still to be written.
        self.book.keep_run(run)
        try:
            number, outcome = self.imports.commit(
                plan.prepared, more=plan.commands, label=plan.label, watch=watch
            )
        except BaseException:
            self.book.drop_run(int(run["number"]))
            raise
        run |= {"import": number, "action": outcome.action}
        labelled = self._label(run)
        # What an undo that was cut off left of earlier runs.
        self.store.do(lambda _replica: follow(self.store, self._labels, self.book, after_commit=False))
        return Ran(int(run["number"]), number, outcome, labelled)

    @contextmanager
    def apart(self) -> Iterator[Recipes]:
        """Work on another thread: with a reader of its own, and the same writer."""
        store = self.store.apart()
        try:
            labels = Labels(store, self._labels.folder)
            yield Recipes(store, self.imports.on(store), labels, self.book.folder)
        finally:
            if "reader" in store.__dict__:
                store.reader.close()

    def settle(self) -> None:
        """Finish what a run that was cut off left: its action stands, its tags and notes are still to come."""
        for run in self.book.runs():
            if run.get("state") != "begun":
                continue
            first = run.get("first")
            if first and first in self.store.reader.keyword_keys([str(first)]):
                # Another process is at work, perhaps on this very run: it will be finished some time.
                with suppress(ReplicaLocked):
                    self._label(run | self._imported_as(str(run["label"])))
            else:
                self.book.drop_run(int(run["number"]))

    def _imported_as(self, label: str) -> Row:
        """Return the latest import that history calls so, as a run notes it."""
        for one in self.imports.list():
            if one.get("action") and self.store.reader.action(str(one["action"])).label == label:
                return {"import": one["number"], "action": one["action"]}
        return {}

    def _label(self, run: Row) -> int:
        """Write the tags and notes of a run, of the keywords that came to be, and that it is done."""
        tags: Mapping[str, Sequence[str]] = run.pop("tags")
        notes: Mapping[str, str] = run.pop("notes")
        changed = 0
        named = {uid for ids in tags.values() for uid in ids}.union(notes)
        if named:
            there = self.store.reader.keyword_keys(list(named))
            done = self._labels.mark(
                {name: [uid for uid in ids if uid in there] for name, ids in tags.items()},
                {uid: text for uid, text in notes.items() if uid in there},
                str(run["label"]),
            )
            run["step"], changed = done.step, done.changed
        self.book.keep_run(run | {"state": "done"})
        return changed

    # ------------------------------------------------------------ runs

    def runs(self) -> Rows:
        """Return the runs, latest first, with whether each was undone."""
        self.settle()
        standing = {one["number"]: one for one in self.imports.list()}
        rows = []
        for run in self.book.runs():
            imported = standing.get(run["import"], {})
            row = {name: run[name] for name in ("number", "at", "recipe", "files", "import")}
            rows.append(row | {"action": imported.get("action"), "undone": bool(imported.get("undone"))})
        return rows

    def undo(self, number: int | None = None) -> Outcome:
        """Take a whole run back, the latest one that stands where none is named. Raises NotFound, InvalidUsage."""
        rows = self.runs()
        if number is None:
            found = next((run for run in rows if not run["undone"]), None)
        else:
            found = next((run for run in rows if run["number"] == number), None)
        if found is None:
            what = "run of a recipe that stands" if number is None else f"run {number}"
            raise NotFound("unknown_run", f"There is no {what}.", "See: planner recipe runs")
        outcome = self.imports.undo(int(found["import"]))
        self._turn_back(int(found["number"]))
        return outcome

    def _turn_back(self, number: int) -> None:
        """A run that changed tags and notes only has no action whose undo they would follow."""
        run = next(one for one in self.book.runs() if one["number"] == number)
        step = int(run.get("step") or 0)
        if step and not run.get("action"):
            self.store.do(lambda _replica: self._labels.turn({step: True}))

    # ------------------------------------------------------------ inside

    def _place(self, recipe: Recipe, site: str | None, sector: str | None) -> tuple[str, str]:
        chosen = (site or recipe.source.site, sector or recipe.source.sector)
        if chosen[0] is None or chosen[1] is None:
            missing = "site" if chosen[0] is None else "sector"
            raise InvalidUsage(
                f"no_{missing}",
                f"The recipe “{recipe.name}” names no {missing}.",
                f"Name it: --{missing} NAME, or {missing} = ... below [import] in the recipe.",
            )
        return chosen[0], chosen[1]

    def _entries(self, step: Exclude, path: Path) -> Sequence[str]:
        entries = list(step.keywords)
        for name in step.lists:
            entries += self.lists.entries(name)
        for file in step.files:
            entries += entries_of(read_file(path.parent / file))
        return entries

    def _fresh_candidates(self, prepared: Prepared) -> int:
        if not any(prepared.counts.get(fate) for fate in CANDIDATES):
            return 0
        home = prepared.matched.home
        known = {
            (fold(row["keyword"]), row["country"] or "")
            for row in self.imports.candidates(site=home.site["id"], sector=home.sector["id"])
        }
        return fresh_candidates(prepared, known)


def _keywords_for(store: Store, recipe: Recipe, site: str, sector: str) -> Sequence[There]:
    """Return the keywords of the sector, where a step looks at them."""
    if not any(isinstance(step, Dedupe) and step.against == "sector" for step in recipe.steps):
        return []
    keys = store.select(parse(""), (), *store.places.scope(site, sector))
    found: list[There] = []
    for start in range(0, len(keys), PAGE):
        page = store.reader.keyword_page([int(key) for key in keys[start : start + PAGE]])
        found += [(row["keyword"], row["country"] or None) for row in page]
    return found


def _try_pattern(name: str, number: int, step: Any) -> None:
    """RE2 may refuse what the check of the text lets through."""
    when = getattr(step, "when", None)
    for source in (getattr(step, "pattern", None), getattr(when, "pattern", None)):
        if source and (trouble := pattern_trouble(source)):
            problem = Problem(
                None,
                f"step {number}, pattern",
                f"the pattern is not taken: {trouble}.",
                "Write a simpler one.",
            )
            raise BadRecipe(name, [problem])


def starter(name: str, *, site: str | None = None, sector: str | None = None) -> str:
    """Return the text of a recipe to begin with: it adds what the files hold, and says how to go on."""
    stem_of(name)
    recipe = compose(name, (Add(), Tag(tags=(name,))), {"site": site, "sector": sector})
    head = (
        "Run it on new files:  planner recipe run NAME FILES... --dry-run",
        "Every step and its keys: docs/recipes.md. Cleaning steps stand before add, for example:",
        "",
        "  [[step]]",
        '  do = "drop"',
        "  pattern = '\\b(free|jobs?)\\b'",
        "",
        "  [[step]]",
        '  do = "exclude"',
        '  keywords = ["ikea", "wayfair"]',
        "",
    )
    return text_of(recipe, head=head)


def renamed(found: Found, name: str) -> str:
    """Return the text of a recipe under another name, its comments and all."""
    stem_of(name)
    if found.recipe.name == name:
        return found.text
    lines = found.text.splitlines(keepends=True)
    for at, line in enumerate(lines):
        # Its own name stands before the first table.
        if line.lstrip().startswith("["):
            break
        if _NAME.match(line):
            lines[at] = f"name = {quoted(name)}\n"
            return "".join(lines)
    return text_of(compose(name, found.recipe.steps, found.recipe.source, found.recipe.description))


def private(folder: Path) -> Path:
    """Make the folder of recipes, so that an editor can be pointed at it."""
    make_private(folder.parent)
    return make_private(folder)
