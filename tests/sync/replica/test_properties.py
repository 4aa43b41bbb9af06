"""Random histories: what is shown always equals the platform's rows with the pending work on top, and undo gives back."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner_core import commands as c
from planner_core.wire.feed import RowResult
from sync.errors import NotFound
from sync.replica.overlay import Overlay
from sync.replica.store import ChangeLog
from tests.sync.replica.world import (
    SECTOR,
    SITE,
    World,
    cluster,
    cluster_row,
    keyword,
    keyword_row,
    page,
    results,
    seed,
    uid,
)

_KEYWORDS = range(1, 5)
_CLUSTERS = range(1, 4)


class _Story:
    """One user on one replica, and a platform that answers anything."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.random = random
        self.world = World(folder).fill(keywords=4, clusters=3, seeds=8)
        self.version = 1
        self.born = 100
        self.keywords = {n: _new_keyword(n) for n in _KEYWORDS}
        self.clusters = dict.fromkeys(_CLUSTERS, 0)

    def some(self, numbers: range) -> list[str]:
        chosen = self.random.sample(numbers, self.random.randint(1, len(numbers)))
        return [(keyword if numbers is _KEYWORDS else cluster)(n) for n in chosen]

    def command(self) -> c.Command:
        pick = self.random.randrange(9)
        target = self.random.choice([None, *(cluster(n) for n in _CLUSTERS)])
        rows = self.some(_KEYWORDS)
        match pick:
            case 0:
                return c.SetStatus("keyword", rows, self.random.choice(["new", "mapped"]))
            case 1 | 2:
                return c.AssignCluster(rows, target)
            case 3:
                return c.SetOverride("volume", rows, self.random.choice([None, 0, 5]))
            case 4:
                return c.DeleteRows("cluster", self.some(_CLUSTERS)[:1])
            case 5:
                return c.RestoreRows("cluster", self.some(_CLUSTERS))
            case 6:
                return c.DeleteRows("keyword", rows[:1])
            case 7:
                return c.RestoreRows("keyword", rows)
            case _:
                self.born += 1
                wanted = self.random.randint(5, 8)
                return c.AddKeywordsFromSeeds(SECTOR, [seed(wanted)], [keyword(self.born)])

    def step(self) -> None:
        replica = self.world.replica
        pick = self.random.randrange(10)
        if pick < 4:
            replica.run([self.command()], partial=True)
        elif pick == 4:
            self._try(replica.undo)
        elif pick == 5:
            self._try(replica.redo)
        elif pick == 6:
            action = replica._store.value(
                "SELECT action FROM mutation WHERE state = 'waiting' ORDER BY id DESC LIMIT 1"
            )
            self._try(lambda: replica.cancel(str(action)))
        elif pick == 7:
            self.answer()
        elif pick == 8:
            self.deliver()
        else:
            self.world.crash()

    def _try(self, work: Any) -> None:
        with contextlib.suppress(NotFound):
            work()

    def answer(self) -> None:
        sent = self.world.replica.outgoing(SITE, max_rows=self.random.randint(1, 5), max_bytes=1 << 20)
        if not sent:
            return
        self.version += 1
        verdict = self.random.choice(["applied", "applied", "rejected", "parked_dependency", "applied_with"])
        rows = [
            RowResult(
                code="conflict",
                e="keyword",
                ids=[keyword(1)],
                group="placement",
                conflict=uid(99, self.version),
            )
        ]
        self.world.replica.store_results(
            SITE,
            results(
                sent, version=self.version, verdict=verdict, rows=rows if verdict == "applied_with" else ()
            ),
        )

    def deliver(self) -> None:
        """Somebody else writes on the platform; then come the changed rows, or a snapshot of all live ones."""
        self.version += 1
        changed = self.elsewhere()
        if self.random.randrange(5):
            self.world.deliver(SITE, self.rows(*changed), version=self.version)
            return
        live = {n for n, values in self.keywords.items() if not values["deleted"]}
        self.keywords = {n: values for n, values in self.keywords.items() if n in live}
        clusters = {n for n, deleted in self.clusters.items() if not deleted}
        self.clusters = dict.fromkeys(clusters, 0)
        self.world.snapshot(SITE, self.rows(live, clusters), version=self.version)

    def elsewhere(self) -> tuple[set[int], set[int]]:
        """Change the platform's rows as it would: nothing stays in a deleted cluster, no seed is there twice."""
        keywords, clusters = set(), set()
        if self.random.randrange(2) and self.clusters:
            number = self.random.choice(sorted(self.clusters))
            self.clusters[number] = 1 - self.clusters[number]
            clusters.add(number)
            for n, values in self.keywords.items():
                if self.clusters[number] and values["cluster"] == cluster(number):
                    values |= {"cluster": None, "status": "new"}
                    keywords.add(n)
        if self.keywords:
            number = self.random.choice(sorted(self.keywords))
            inside = self.random.choice(
                [None, *(n for n, deleted in sorted(self.clusters.items()) if not deleted)]
            )
            place = (
                {"cluster": None, "status": "new"}
                if inside is None
                else {"cluster": cluster(inside), "status": "mapped"}
            )
            self.keywords[number] |= {
                "volume_override": self.random.choice([None, 7]),
                "deleted": self.random.randrange(2),
            } | place
            keywords.add(number)
        wanted = self.random.randint(5, 16)
        if wanted <= 8 and wanted not in {values["of_seed"] for values in self.keywords.values()}:
            self.keywords[200 + self.version] = _new_keyword(wanted)
            keywords.add(200 + self.version)
        return keywords, clusters

    def rows(self, keywords: set[int], clusters: set[int]) -> dict[str, Any]:
        """Return the platform's rows as the feed has them."""
        ver = self.version
        return {
            "cluster": [cluster_row(n, ver=ver, deleted=self.clusters[n]) for n in sorted(clusters)],
            "keyword": [keyword_row(n, ver=ver, **self.keywords[n]) for n in sorted(keywords)],
        }

    def from_scratch(self) -> dict[str, Any]:
        """Recompute every row, throw the transaction away and return what it would show."""
        store = self.world.replica._store
        store.connection.execute("SAVEPOINT scratch")
        try:
            overlay = Overlay(store, ChangeLog())
            for entity in ("keyword", "cluster", "idea"):
                overlay.touch({entity: {uid for (uid,) in store.all(f"SELECT uid FROM {entity}")}})
            overlay.recompute()
            return self.world.dump()
        finally:
            store.connection.execute("ROLLBACK TO scratch")
            store.connection.execute("RELEASE scratch")


def _new_keyword(of_seed: int) -> dict[str, Any]:
    return {"of_seed": of_seed, "deleted": 0, "cluster": None, "status": "new", "volume_override": None}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(3, 25))
def test_what_is_shown_equals_a_recomputation_from_scratch(number: int, steps: int) -> None:
    """P94."""
    with tempfile.TemporaryDirectory() as folder:
        story = _Story(Path(folder), Random(number))
        try:
            for _ in range(steps):
                story.step()
                assert _without_marks(story.world.dump()) == _without_marks(story.from_scratch())
        finally:
            story.world.close()


def _without_marks(dump: dict[str, Any]) -> dict[str, Any]:
    return {entity: [row[:-1] for row in rows] for entity, rows in dump.items()}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_undoing_everything_gives_back_the_start(number: int, edits: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = _Story(Path(folder), Random(number))
        try:
            before = _live(story.world.dump())
            for _ in range(edits):
                story.world.replica.run([story.command()], partial=True)
            while True:
                try:
                    story.world.replica.undo()
                except NotFound:
                    break
            assert _live(story.world.dump()) == before
        finally:
            story.world.close()


def _live(dump: dict[str, Any]) -> dict[str, Any]:
    return {entity: [row[:-1] for row in rows if row[-2] == 0] for entity, rows in dump.items()}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_any_cut_into_pages_ends_in_the_same_rows(number: int, cuts: list[int]) -> None:
    random = Random(number)
    rows = [
        keyword_row(
            n, ver=2, of_seed=n % 8 + 1, volume_override=random.randrange(5), deleted=random.randrange(2)
        )
        for n in range(1, 20)
    ]
    shown = []
    for sizes in ([len(rows)], cuts):
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder)).fill(keywords=4, seeds=8)
            world.replica.run([c.SetStatus("keyword", [keyword(1), keyword(2)], "mapped")])
            at = 0
            for size in [*sizes, len(rows)]:
                piece = rows[at : at + size]
                at += size
                if piece:
                    world.replica.stage_page(SITE, page({"keyword": piece}, version=2, more=at < len(rows)))
            world.replica.apply(SITE)
            shown.append((world.dump(), world.replica.digest(SITE)))
            world.close()
    assert shown[0] == shown[1]


@pytest.mark.parametrize("sequence", [1])
def test_sequence_numbers_stay_dense_through_any_history(sequence: int, tmp_path: Path) -> None:
    """P16, P83."""
    story = _Story(tmp_path, Random(sequence))
    for _ in range(200):
        story.step()
        numbers = [one.seq for one in story.world.replica.peek(SITE)]
        scope = next(one for one in story.world.replica.scopes() if one.id == SITE)
        assert numbers == list(range(scope.next_seq - len(numbers), scope.next_seq))
    story.world.close()
