"""What people do in a world: every command, on few rows with few values, so that equal values, values that return and the same
name twice happen all the time."""

from __future__ import annotations

import random
from collections.abc import Callable

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    ChangeIdeaKeywords,
    Command,
    CreateCluster,
    CreateIdea,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetEnabled,
    SetOverride,
    SetStatus,
)
from tests.simulation.machine import Machine
from tests.simulation.stage import Shop

NUMBERS = (None, 1, 2)
NAMES = ("Alpha", "Beta", "Gamma")
TITLES = ("One", "Two")
TEXTS = ("", "a", "b")
KINDS = (("post", "article"), ("page", "landing_page"), ("post", "guide"))


class Hand:
    """One person's next edit, of what his machine shows."""

    def __init__(self, machine: Machine, shop: Shop, chance: random.Random) -> None:
        self._machine = machine
        self._shop = shop
        self._chance = chance

    def command(self) -> Command | None:
        """Return something to do, None where there is nothing of the kind that came up."""
        make = self._chance.choices(_MAKERS, _WEIGHTS)[0]
        return make(self)

    def _some(self, entity: str, most: int = 3) -> list[str]:
        live = self._near(entity)
        return self._chance.sample(live, min(len(live), self._chance.randint(1, most)))

    def _one(self, entity: str) -> str | None:
        live = self._near(entity)
        return self._chance.choice(live) if live else None

    def _near(self, entity: str) -> list[str]:
        """Return the rows that are edited now: mostly the oldest, so that people meet on them."""
        live = self._machine.uids(entity)
        return live[:2] if self._chance.random() < 0.6 else live

    def add_keywords(self) -> Command:
        seeds = self._chance.sample(self._shop.seeds, self._chance.randint(1, 3))
        return AddKeywordsFromSeeds(self._shop.sector, seeds, [self._machine.ids.uid() for _ in seeds])

    def assign(self) -> Command | None:
        keywords = self._some("keyword")
        clusters: list[str | None] = [*self._machine.uids("cluster"), None]
        return AssignCluster(keywords, self._chance.choice(clusters)) if keywords else None

    def override(self) -> Command | None:
        keywords = self._some("keyword")
        figure = self._chance.choice(("volume", "volume", "difficulty"))
        return SetOverride(figure, keywords, self._chance.choice(NUMBERS)) if keywords else None

    def enable(self) -> Command | None:
        entity = self._chance.choice(("keyword", "cluster", "idea"))
        ids = self._some(entity)
        return SetEnabled(entity, ids, enabled=self._chance.random() < 0.5) if ids else None

    def set_status(self) -> Command | None:
        entity = self._chance.choice(("keyword", "cluster", "idea"))
        ids = self._some(entity, 2)
        values = ("new", "queued", "completed") if entity == "idea" else ("new", "mapped")
        return SetStatus(entity, ids, self._chance.choice(values)) if ids else None

    def create_cluster(self) -> Command:
        description = self._chance.choice(TEXTS)
        return CreateCluster(
            self._machine.ids.uid(), self._shop.sector, self._chance.choice(NAMES), description
        )

    def edit_cluster(self) -> Command | None:
        cluster = self._one("cluster")
        name, text = self._chance.choice(NAMES), self._chance.choice(TEXTS)
        values = {"name": name} if self._chance.random() < 0.6 else {"description": text}
        return EditRow("cluster", cluster, values) if cluster else None

    def create_idea(self) -> Command:
        clusters: list[str | None] = [*self._machine.uids("cluster"), None]
        values = {"title": self._chance.choice(TITLES), "cluster": self._chance.choice(clusters)}
        return CreateIdea(self._machine.ids.uid(), self._shop.sector, values, self._some("keyword", 2))

    def edit_idea(self) -> Command | None:
        idea = self._one("idea")
        clusters: list[str | None] = [*self._machine.uids("cluster"), None]
        kind, structure = self._chance.choice(KINDS)
        values = self._chance.choice(
            (
                {"title": self._chance.choice(TITLES)},
                {"cluster": self._chance.choice(clusters)},
                {"content_type": kind, "content_structure": structure},
                {"estimated_word_count": self._chance.choice((500, 1000))},
            )
        )
        return EditRow("idea", idea, values) if idea else None

    def idea_keywords(self) -> Command | None:
        idea = self._one("idea")
        return ChangeIdeaKeywords(idea, self._some("keyword", 2), self._some("keyword", 2)) if idea else None

    def delete(self) -> Command | None:
        entity = self._chance.choice(("keyword", "cluster", "cluster", "idea"))
        ids = self._some(entity, 2)
        return DeleteRows(entity, ids) if ids else None

    def restore(self) -> Command | None:
        entity = self._chance.choice(("keyword", "cluster", "idea"))
        trash = self._machine.uids(entity, deleted=True)
        ids = self._chance.sample(trash, min(len(trash), self._chance.randint(1, 2)))
        return RestoreRows(entity, ids) if ids else None


_CHOICES: dict[Callable[[Hand], Command | None], int] = {
    Hand.add_keywords: 14,
    Hand.assign: 16,
    Hand.override: 18,
    Hand.enable: 5,
    Hand.set_status: 4,
    Hand.create_cluster: 9,
    Hand.edit_cluster: 8,
    Hand.create_idea: 4,
    Hand.edit_idea: 6,
    Hand.idea_keywords: 4,
    Hand.delete: 10,
    Hand.restore: 5,
}
_MAKERS, _WEIGHTS = list(_CHOICES), list(_CHOICES.values())
