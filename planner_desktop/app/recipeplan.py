"""What a run of a recipe would do, made once and then both shown and carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner_core.commands import AssignCluster, Command, CreateCluster, SetEnabled, SetStatus
from planner_core.rules import transitions
from planner_core.text import fold
from planner_desktop.app import matching
from planner_desktop.app.labels import Book
from planner_desktop.app.prepared import Prepared
from planner_desktop.app.store import Store
from planner_desktop.app.wording import counted
from planner_desktop.recipes.cleaning import Cleaned, met
from planner_desktop.recipes.model import Cluster, Disable, Mark, Note, Recipe, Status, Tag, said
from sync.errors import NotFound

PAGE = 5_000
SAMPLE = 5
Row = dict[str, Any]


@dataclass(slots=True)
class Marked:
    """What one step does to keywords: on how many it asks, how many it changes, and a few of these."""

    number: int
    step: Mark
    asked: int = 0
    changed: int = 0
    sample: list[str] = field(default_factory=list)

    def document(self) -> Row:
        """Return it as the command line's contract has it."""
        return {
            "step": self.number,
            "do": said(self.step),
            "on": self.step.on,
            "keywords": self.asked,
            "changed": self.changed,
            "sample": list(self.sample),
        }


@dataclass(slots=True)
class _State:
    """A keyword as it is after the steps before."""

    cluster: str | None
    status: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run, decided: what the preview shows is what is carried out."""

    recipe: Recipe
    prepared: Prepared
    cleaned: Sequence[Cleaned]
    marked: Sequence[Marked]
    commands: Sequence[Command]
    """What follows the import in the same action."""
    tags: Mapping[str, Sequence[str]]
    notes: Mapping[str, str]
    fresh_candidates: int
    """Rows without a seed that no earlier import knows."""

    def close(self) -> None:
        """Give memory and temporary files back."""
        self.prepared.close()

    @property
    def added(self) -> int:
        """How many keywords come to the sector."""
        return self.prepared.counts.get(matching.ADD, 0)

    @property
    def new_ids(self) -> list[str]:
        """The ids of the keywords that come to the sector."""
        return new_ids(self.prepared)

    @property
    def is_empty(self) -> bool:
        """Whether everything is there already, as after the same files were run before."""
        return not (
            self.prepared.commands() or self.commands or self.tags or self.notes or self.fresh_candidates
        )

    @property
    def label(self) -> str:
        """What history calls it."""
        names = [one.name for one in self.prepared.plan.files if one.trouble is None]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        did = self.prepared.said() if self.prepared.commands() else self._marks_said()
        return f"Recipe “{self.recipe.name}” on {names[0]}{more}: {did}"

    def _marks_said(self) -> str:
        """Return what its steps do where the import itself changes nothing."""
        changed = max((one.changed for one in self.marked), default=0)
        return counted(changed, "keyword changed", "keywords changed") if changed else "0 keywords added"

    def document(self) -> Row:
        """Return it as the command line's contract has it; the same for a dry run and for the run."""
        home = self.prepared.matched.home
        return {
            "recipe": self.recipe.name,
            "site": home.site["name"],
            "sector": home.sector["name"],
            **self.prepared.document(),
            "steps": [
                *(one.document() for one in self.cleaned),
                *(one.document() for one in self.marked),
            ],
            "adds": self.added,
            "new_candidates": self.fresh_candidates,
            "nothing_to_do": self.is_empty,
        }


class Marker:
    """Decides what the steps behind `add` do to each keyword. Reads, changes nothing."""

    def __init__(self, store: Store, recipe: Recipe, prepared: Prepared, book: Book) -> None:
        self._store = store
        self._prepared = prepared
        self._book = book
        self.marked = [Marked(number, step) for number, step in recipe.marks]
        self._states: dict[str, _State] = {}
        self.commands: list[Command] = []
        self.tags: dict[str, list[str]] = {}
        self.notes: dict[str, str] = {}

    def decide(self) -> None:
        """Decide all steps. Raises NotFound for a cluster that is missing and is not to be made."""
        chosen: list[list[str]] = [[] for _ in self.marked]
        names: dict[str, str] = {}
        for texts, ids, fates, hits in self._rows():
            for at, (one, hit) in enumerate(zip(self.marked, hits, strict=True)):
                wants_all = one.step.on == "all"
                for place, uid in enumerate(ids):
                    if uid and hit[place] and (wants_all or fates[place] == matching.ADD):
                        chosen[at].append(uid)
                        if len(chosen[at]) <= PAGE:
                            names[uid] = texts[place]
        if any(not isinstance(one.step, Tag | Note) for one in self.marked):
            self._learn({uid for ids in chosen for uid in ids})
        for one, ids in zip(self.marked, chosen, strict=True):
            one.asked = len(ids)
            changed = self._mark(one.step, ids)
            one.changed = len(changed)
            one.sample = [names[uid] for uid in changed[:PAGE] if uid in names][:SAMPLE]

    def _rows(
        self,
    ) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str], list[list[bool]]]]:
        matched = self._prepared.matched
        for chunk, fates, ids in zip(self._prepared.plan.chunks(), matched.fates, matched.ids, strict=True):
            yield chunk.keywords, ids, fates, [met(chunk, one.step.when) for one in self.marked]

    def _learn(self, ids: set[str]) -> None:
        """Take note of how the keywords are that are there; new ones are as the rules make them."""
        fresh = set(new_ids(self._prepared))
        keys = self._store.reader.keyword_keys([uid for uid in ids if uid not in fresh])
        uid_of = {key: uid for uid, key in keys.items()}
        wanted = list(uid_of)
        for start in range(0, len(wanted), PAGE):
            for row in self._store.reader.keyword_page(wanted[start : start + PAGE]):
                state = _State(row["cluster_id"], row["status"], not row["disabled"])
                self._states[uid_of[row["key"]]] = state
        for uid in ids & fresh:
            self._states[uid] = _State(None, transitions.follows_cluster(None), enabled=True)
        # An export of this program places keywords itself, before the steps do.
        set_before = self._prepared.matched.values()
        for uid, state in self._states.items():
            if uid in set_before.clusters:
                state.cluster = set_before.clusters[uid]
                state.status = transitions.follows_cluster(state.cluster)
            state.status = set_before.statuses.get(uid, state.status)
            state.enabled = set_before.enabled.get(uid, state.enabled)

    def _mark(self, step: Mark, ids: Sequence[str]) -> Sequence[str]:
        """Return the keywords that a step changes, and take its commands or labels down."""
        match step:
            case Tag():
                return self._tag(step, ids)
            case Note(text=text):
                fresh = [uid for uid in ids if uid not in self._book.notes and uid not in self.notes]
                self.notes.update(dict.fromkeys(fresh, text))
                return fresh
            case Cluster():
                return self._cluster(step, ids)
            case Status(status=word):
                changed = [uid for uid in self._known(ids) if self._states[uid].status != word]
                for uid in changed:
                    self._states[uid].status = word
                self._then(changed, SetStatus("keyword", changed, word))
                return changed
            case Disable():
                changed = [uid for uid in self._known(ids) if self._states[uid].enabled]
                for uid in changed:
                    self._states[uid].enabled = False
                self._then(changed, SetEnabled("keyword", changed, enabled=False))
                return changed

    def _known(self, ids: Sequence[str]) -> list[str]:
        return [uid for uid in ids if uid in self._states]

    def _then(self, ids: Sequence[str], command: Command) -> None:
        if ids:
            self.commands.append(command)

    def _tag(self, step: Tag, ids: Sequence[str]) -> Sequence[str]:
        changed: dict[str, None] = {}
        for tag in step.tags:
            name = next((known for known in self.tags if fold(known) == fold(tag)), self._book.called(tag))
            there = self._book.tags.get(name, {})
            mine = set(self.tags.get(name, ()))
            fresh = [uid for uid in ids if uid not in there and uid not in mine]
            if fresh:
                self.tags.setdefault(name, []).extend(fresh)
                changed.update(dict.fromkeys(fresh))
        return list(changed)

    def _cluster(self, step: Cluster, ids: Sequence[str]) -> Sequence[str]:
        uid, is_new = self._cluster_id(step)
        changed = [one for one in self._known(ids) if self._states[one].cluster != uid]
        for one in changed:
            self._states[one].cluster = uid
            self._states[one].status = transitions.follows_cluster(uid)
        if changed and is_new:
            sector = str(self._prepared.matched.home.sector["id"])
            self.commands.append(CreateCluster(uid, sector, step.cluster))
        self._then(changed, AssignCluster(changed, uid))
        return changed

    def _cluster_id(self, step: Cluster) -> tuple[str, bool]:
        home = self._prepared.matched.home
        made = next(
            (
                one.id
                for one in self.commands
                if isinstance(one, CreateCluster) and fold(one.name) == fold(step.cluster)
            ),
            None,
        )
        if made is not None:
            return made, False
        for uid, name in self._prepared.matched.values().new_clusters.items():
            if fold(name) == fold(step.cluster):
                return uid, False
        rows = self._store.cluster_rows(str(home.site["id"]), str(home.sector["id"]))
        there = [row for row in rows if fold(row["name"]) == fold(step.cluster)]
        if there:
            return str(there[0]["id"]), False
        if not step.create:
            raise NotFound(
                "unknown_cluster",
                f"There is no cluster {step.cluster!r} in {home.sector['name']}.",
                "Write create = true into the step to have it made, or name one of the sector's clusters.",
            )
        return self._store.ids.uid(), True


def new_ids(prepared: Prepared) -> list[str]:
    """Return the ids of the keywords that an import makes."""
    return [uid for one in prepared.matched.work.values() for uid in one.new_ids]


def fresh_candidates(prepared: Prepared, known: set[tuple[str, str]]) -> int:
    """Return how many rows without a seed are not among `known`, as (folded keyword, country or "")."""
    count: Counter[tuple[str, str]] = Counter()
    for chunk, fates in zip(prepared.plan.chunks(), prepared.matched.fates, strict=True):
        countries = chunk.columns.get("country") or (None,) * len(chunk)
        for text, country, fate in zip(chunk.keywords, countries, fates, strict=True):
            if fate in matching.CANDIDATES:
                count[fold(text), country or ""] += 1
    return len(count.keys() - known)
