"""Scripts for machines, and what must be true of the platform once they were carried out.

A script is a list of acts; those that edit carry a tag and the effects they have by name. Whoever kills the machine learns which tags
were saved, and asks `Expected` for the values that follow.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner_core.uid import uuid7
from tests.processes.arena import Act, Arena

Key = tuple[str, str]
"""What is written (volume, difficulty, member, off, cluster, idea, keyword), and the uid of the row; for keyword that of the seed."""
Effects = Mapping[Key, Any]

_SERIAL = itertools.count(1)
UNDO = "undo"
RESOLVE = "resolve"


def fresh_uid() -> str:
    return uuid7(time.time_ns() // 1_000_000, random.SystemRandom().getrandbits(74))


@dataclass
class Field:
    """The part of the platform that scripts work on: one sector."""

    sector: str
    keywords: list[str]
    seeds: list[str]
    """Seeds that no live keyword of the sector stands for."""
    clusters: list[str]

    @classmethod
    def of(cls, arena: Arena, place: int = 0) -> "Field":
        sector, key, branch = arena.ask(
            "SELECT s.uid, s.id, s.industry_sector_id FROM accounts_sector s JOIN planning_keywords k ON k.sector_id = s.id"
            " GROUP BY s.id ORDER BY s.id LIMIT 1 OFFSET ?",
            place,
        )[0]

        def uids(sql: str, *values: Any) -> list[str]:
            return [row[0] for row in arena.ask(sql, *values)]

        return cls(
            sector,
            uids(
                "SELECT uid FROM planning_keywords WHERE sector_id = ? AND deleted_at IS NULL AND NOT disabled ORDER BY id",
                key,
            ),
            uids(
                "SELECT uid FROM library_seedkeyword WHERE sector_id = ? AND id NOT IN"
                " (SELECT seed_keyword_id FROM planning_keywords WHERE sector_id = ? AND deleted_at IS NULL) ORDER BY id",
                branch,
                key,
            ),
            uids(
                "SELECT uid FROM planning_clusters WHERE sector_id = ? AND deleted_at IS NULL ORDER BY id",
                key,
            ),
        )


class Author:
    """Writes one machine's script."""

    def __init__(self, ground: Field, chance: random.Random) -> None:
        self.ground = ground
        self.chance = chance
        self.acts: list[Act] = []
        self.effects: dict[int, Effects | str] = {}
        self.made: list[str] = []
        self.contested: dict[str, int] = {}
        self.added: list[str] = []

    def sync(self) -> None:
        self.acts.append({"do": "sync"})

    def value(self, figure: str, rows: Sequence[str]) -> None:
        """Set an override that was never there before (difficulty has only a hundred values)."""
        number = next(_SERIAL)
        value = number if figure == "volume" else number % 99 + 1
        self._run(
            {(figure, row): value for row in rows},
            ("SetOverride", {"figure": figure, "keywords": list(rows), "value": value}),
        )

    def switch(self, rows: Sequence[str], *, on: bool) -> None:
        self._run(
            {("off", row): not on for row in rows},
            ("SetEnabled", {"entity": "keyword", "ids": list(rows), "enabled": on}),
        )

    def cluster(self) -> str:
        uid, name = fresh_uid(), f"Made by script {next(_SERIAL)}"
        self.made.append(uid)
        self._run(
            {("cluster", uid): name},
            ("CreateCluster", {"id": uid, "sector": self.ground.sector, "name": name}),
        )
        return uid

    def rename(self, cluster: str) -> None:
        name = f"Renamed by script {next(_SERIAL)}"
        self._run(
            {("cluster", cluster): name},
            ("EditRow", {"entity": "cluster", "id": cluster, "values": {"name": name}}),
        )

    def assign(self, rows: Sequence[str], cluster: str) -> None:
        self._run(
            {("member", row): cluster for row in rows},
            ("AssignCluster", {"keywords": list(rows), "cluster": cluster}),
        )

    def idea(self, cluster: str, rows: Sequence[str]) -> str:
        uid, title = fresh_uid(), f"Thought of by script {next(_SERIAL)}"
        values = {"title": title, "cluster": cluster}
        self._run(
            {("idea", uid): title},
            (
                "CreateIdea",
                {"id": uid, "sector": self.ground.sector, "values": values, "keywords": list(rows)},
            ),
        )
        return uid

    def contest(self, rows: Sequence[str]) -> None:
        """Set volumes that the other machine has set, too: what becomes of them is decided by a question."""
        value = next(_SERIAL)
        self.contested |= dict.fromkeys(rows, value)
        self._run({}, ("SetOverride", {"figure": "volume", "keywords": list(rows), "value": value}))

    def add(self, seeds: Sequence[str]) -> list[str]:
        """Add keywords from seeds; return the ids they are given."""
        ids = [fresh_uid() for _ in seeds]
        self._run(
            {("keyword", seed): 1 for seed in seeds},
            ("AddKeywordsFromSeeds", {"sector": self.ground.sector, "seeds": list(seeds), "ids": ids}),
        )
        return ids

    def delete_added(self, ids: Sequence[str], seeds: Sequence[str]) -> None:
        """Delete keywords that were added from these seeds."""
        self._run(
            {("keyword", seed): 0 for seed in seeds}, ("DeleteRows", {"entity": "keyword", "ids": list(ids)})
        )

    def delete_clusters(self, ids: Sequence[str]) -> None:
        self._run(
            {("cluster", uid): None for uid in ids}, ("DeleteRows", {"entity": "cluster", "ids": list(ids)})
        )

    def undo(self) -> None:
        """Take the act before this one back."""
        self._tagged(UNDO, {"do": "undo"})

    def resolve(self, choice: str) -> None:
        self._tagged(RESOLVE, {"do": "resolve", "choice": choice})

    def _run(self, effects: Effects, *commands: tuple[str, dict[str, Any]]) -> None:
        self._tagged(effects, {"do": "run", "commands": [list(one) for one in commands]})

    def _tagged(self, effects: Effects | str, act: Act) -> None:
        tag = next(_SERIAL)
        self.effects[tag] = effects
        self.acts.append(act | {"tag": tag})

    def effects_on(self, key: Key) -> Any:
        """Return the last value the script writes there."""
        found = [one[key] for one in self.effects.values() if not isinstance(one, str) and key in one]
        return found[-1]

    def written(self) -> set[Key]:
        """Return everything the script writes."""
        return {key for effects in self.effects.values() if not isinstance(effects, str) for key in effects}


@dataclass
class Expected:
    """What the platform must show after acts that were carried out in order, from the values before them."""

    before: dict[Key, Any]
    now: dict[Key, Any] = field(default_factory=dict)

    def carried_out(self, author: Author, tags: Iterable[int]) -> None:
        """Take the effects of an author's acts."""
        self.now = self.now or dict(self.before)
        latest: dict[Key, Any] = {}
        for tag in tags:
            effects = author.effects[tag]
            if effects == UNDO:
                self.now |= latest
            elif not isinstance(effects, str):
                latest = {key: self.now.get(key) for key in effects}
                self.now |= effects


# ---------------------------------------------------------------- workloads

Workload = Callable[[Author, Author], None]
"""Writes what the other machine does first (and synchronises), and what this one does without having seen that."""


def edits(mine: Author, other: Author) -> None:
    """Single edits of all kinds, sent in three rounds, beside somebody who edits other rows."""
    rows = mine.chance.sample(mine.ground.keywords, 12)
    other.value("volume", rows[6:8])
    other.assign(rows[8:9], other.cluster())
    other.sync()
    mine.value("volume", rows[:1])
    mine.value("difficulty", rows[1:3])
    cluster = mine.cluster()
    mine.assign(rows[:2], cluster)
    mine.sync()
    mine.idea(cluster, rows[2:4])
    mine.value("volume", rows[2:3])
    mine.undo()
    mine.rename(cluster)
    mine.value("volume", rows[3:4])
    mine.sync()
    mine.switch(rows[4:5], on=False)
    mine.switch(rows[4:5], on=True)
    mine.assign(rows[5:6], cluster)
    mine.sync()


def bulk(mine: Author, other: Author) -> None:
    """Edits of many rows at once, which overlap, beside somebody's edits of other fields of the same rows."""
    rows = mine.chance.sample(mine.ground.keywords, max(40, len(mine.ground.keywords) * 2 // 3))
    half = len(rows) // 2
    other.switch(rows[:half], on=False)
    other.switch(rows[:half], on=True)
    other.sync()
    mine.value("volume", rows)
    mine.value("difficulty", rows[:half])
    cluster = mine.cluster()
    mine.assign(rows[half:], cluster)
    mine.value("volume", rows[half:])
    mine.sync()
    seeds = mine.chance.sample(mine.ground.seeds, min(6, len(mine.ground.seeds)))
    mine.delete_added(mine.add(seeds), seeds)
    mine.value("volume", rows[: half + 5])
    mine.undo()
    mine.value("difficulty", rows[half:])
    mine.sync()
    mine.value("volume", rows[5:half])
    mine.sync()


def trouble(mine: Author, other: Author) -> None:
    """Both write the same fields and add the same keywords; then questions are decided."""
    rows = mine.chance.sample(mine.ground.keywords, 12)
    seeds = mine.chance.sample(mine.ground.seeds, min(3, len(mine.ground.seeds)))
    other.value("volume", rows[:3])
    other.add(seeds)
    other.assign(rows[6:7], other.cluster())
    other.sync()
    mine.contest(rows[:3])
    mine.value("volume", rows[3:5])
    added = mine.add(seeds)
    cluster = mine.cluster()
    mine.assign([*added[:1], *rows[5:6]], cluster)
    mine.value("difficulty", added)
    mine.sync()
    mine.idea(cluster, rows[9:10])
    mine.resolve(mine.chance.choice(("mine", "theirs")))
    mine.value("volume", rows[4:5])
    mine.sync()
    mine.value("difficulty", rows[8:10])
    mine.undo()
    mine.delete_added(added, seeds)
    mine.sync()


WORKLOADS: Mapping[str, Workload] = {"edits": edits, "bulk": bulk, "trouble": trouble}
