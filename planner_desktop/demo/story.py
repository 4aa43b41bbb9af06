"""The story of the demonstration: offline work, a second person, one conflict. Every step is checked against real rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner_desktop.app.opening import open_planner, sign_in
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import Profile
from planner_desktop.demo.platform import Person, Platform
from sync.errors import Unreachable

EDITED = 100
Row = Mapping[str, Any]


class Broken(Exception):
    """A step of the story did not hold."""


@dataclass(slots=True)
class Told:
    """The steps so far: what happened, and in how many seconds."""

    say: Callable[[str], None]
    steps: int = 0
    seconds: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def step(self, text: str) -> None:
        """Tell that a step held."""
        now = time.monotonic()
        self.steps += 1
        self.say(f"{self.steps:2}. {text} ({now - self._began:.2f} s)")
        self.seconds += now - self._began
        self._began = now


def open_profile(folder: Path, address: str, person: Person) -> Planner:
    """Sign a person in, in a profile of their own, and open it."""
    profile = Profile.at(folder)
    entry = sign_in(profile, address, person.email, person.password)
    return open_planner(profile, entry=entry)


def tell(platform: Platform, ada: Planner, ben: Planner, told: Told) -> None:
    """Tell the whole story. Raises Broken at the first step that does not hold."""
    _arrive(ada, "The owner", told)
    _arrive(ben, "A second person", told)
    ids = _work_offline(platform, ada, told)
    _come_back(platform, ada, told)
    _be_seen(ada, ben, ids, told)
    _disagree(ada, ben, ids[0], told)
    _be_equal(ada, ben, told)


def _arrive(planner: Planner, who: str, told: Told) -> None:
    report = planner.sync.now()
    keywords = len(planner.keywords.select())
    expect(keywords > EDITED, f"there are only {keywords} keywords after the first sync")
    sites = ", ".join(str(site["name"]) for site in planner.places.sites())
    told.step(f"{who} signed in and fetched {report['pulled']:,} rows: {keywords:,} keywords of {sites}")


def _work_offline(platform: Platform, ada: Planner, told: Told) -> list[str]:
    """Stop the platform and edit many keywords, as one action; a sync must fail and lose nothing."""
    platform.stop()
    chosen = ada.keywords.select("is:enabled", sort="-volume", site=str(ada.places.sites()[0]["id"]))
    chosen = chosen.first(EDITED)
    rows = list(ada.keywords.rows(chosen))
    ids = [str(row["id"]) for row in rows]
    value = 1 + max(row["volume_override"] or 1_000 for row in rows)
    outcome = ada.keywords.set(chosen, volume=str(value))
    expect(outcome.changed == EDITED, f"{outcome.changed} of {EDITED} keywords were edited")
    expect(ada.sync.status()["waiting"] >= EDITED, "the edits do not wait to be sent")
    try:
        ada.sync.now()
    except Unreachable:
        pass
    else:
        raise Broken("the platform answered although it was stopped")
    expect(ada.sync.status()["waiting"] >= EDITED, "a sync without a platform lost edits")
    told.step(f"With the platform stopped, {EDITED} keywords got another volume; all of them wait to be sent")
    return ids


def _come_back(platform: Platform, ada: Planner, told: Told) -> None:
    platform.start()
    report = ada.sync.now()
    expect(report["pushed"] >= EDITED, f"{report['pushed']} rows were sent instead of {EDITED}")
    expect(ada.sync.status()["waiting"] == 0, "something still waits after the sync")
    told.step(f"The platform is back; one sync sent {report['pushed']} changes")


def _be_seen(ada: Planner, ben: Planner, ids: list[str], told: Told) -> None:
    ben.sync.now()
    mine, theirs = content(ada), content(ben)
    seen = sum(mine[uid] == theirs.get(uid) for uid in ids)
    expect(seen == EDITED, f"the second person sees {seen} of {EDITED} changes")
    told.step(f"The second person fetched them: all {seen} are there")


def _disagree(ada: Planner, ben: Planner, uid: str, told: Told) -> None:
    """Let both give one keyword another volume; the second to sync decides."""
    keyword = content(ada)[uid]
    for planner, more in ((ben, 11), (ada, 22)):
        planner.keywords.set(planner.keywords.among([uid]), volume=str(int(keyword["volume"]) + more))
    ben.sync.now()
    report = ada.sync.now()
    expect(report["conflicts"] == 1, f"there are {report['conflicts']} conflicts instead of one")
    items = ada.review.items()
    expect(
        [item["name"] for item in items] == [keyword["keyword"]],
        f"Review lists {[item['name'] for item in items]}",
    )
    _, decided = ada.review.resolve([str(items[0]["id"])], "mine")
    expect(decided == 1, "the conflict was not decided")
    ada.sync.now()
    ben.sync.now()
    for planner in (ada, ben):
        found = content(planner)[uid]["volume"]
        expect(found == int(keyword["volume"]) + 22, f"the volume is {found} after the decision")
        expect(planner.review.items() == [], "Review is not empty after the decision")
    told.step(
        f'Both changed the volume of "{keyword["keyword"]}"; one conflict, decided for mine, the same on both sides'
    )


def _be_equal(ada: Planner, ben: Planner, told: Told) -> None:
    report = ada.sync.now()
    expect(not (report["pushed"] or report["pulled"]), "a second sync had something to do")
    expect(ada.sync.is_equal() and ben.sync.is_equal(), "a digest differs from the platform's")
    mine, theirs = content(ada), content(ben)
    expect(mine == theirs, "the two profiles differ")
    told.step(
        f"A second sync had nothing to do; both profiles are equal with the platform, {len(mine):,} keywords by digest and content"
    )


def content(planner: Planner) -> dict[str, Row]:
    """Return every keyword by id, as it is shown."""
    return {str(row["id"]): row for row in planner.keywords.rows(planner.keywords.select())}


def expect(held: bool, otherwise: str) -> None:
    """Raise Broken unless the condition holds."""
    if not held:
        raise Broken(otherwise)
