"""The story of the demonstration: offline work, a second person, one conflict. Every step is checked against real rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner_desktop.app.opening import open_planner
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import Profile
from planner_desktop.app.signing import sign_in
from planner_desktop.demo.platform import Person, Platform
from sync.errors import Unreachable
from sync.replica import Outcome

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


@dataclass(frozen=True, slots=True)
class Dispute:
    """Where the story pauses: one keyword that both changed, its conflict open, and other changes that wait."""

    uid: str
    keyword: str
    volume: int
    """What the one who decides had chosen."""


def tell_to_the_dispute(platform: Platform, ada: Planner, ben: Planner, told: Told) -> Dispute:
    """Tell the story up to the moment when a conflict is open and work waits. Raises Broken at the first step that does not hold."""
    _arrive(ada, "The owner", told)
    _arrive(ben, "A second person", told)
    ids = _work_offline(platform, ada, told)
    _come_back(platform, ada, told)
    _be_seen(ada, ben, ids, told)
    return _disagree(ada, ben, ids, told)


def tell_the_rest(ada: Planner, ben: Planner, dispute: Dispute, told: Told) -> None:
    """Tell how the dispute is decided and all is equal in the end."""
    _decide(ada, ben, dispute, told)
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
    ids = _largest(ada)
    outcome = _rate(ada, ids)
    expect(outcome.changed == EDITED, f"{outcome.changed} of {EDITED} keywords were edited")
    expect(ada.sync.status()["waiting"] >= EDITED, "the edits do not wait to be sent")
    try:
        ada.sync.now()
    except Unreachable:
        pass
    else:
        raise Broken("the platform answered although it was stopped")
    expect(ada.sync.status()["waiting"] >= EDITED, "a sync without a platform lost edits")
    told.step(
        f"With the platform stopped, {EDITED} keywords got another difficulty; all of them wait to be sent"
    )
    return ids


def _largest(planner: Planner, count: int = EDITED) -> list[str]:
    """Return the ids of the keywords that stand first in the window of the first site."""
    site = str(planner.places.sites()[0]["id"])
    chosen = planner.keywords.select("is:enabled", sort="-volume", site=site).first(count)
    return [str(row["id"]) for row in planner.keywords.rows(chosen)]


def _rate(planner: Planner, ids: list[str]) -> Outcome:
    """Give keywords a difficulty that none of them has, however often the story was told here."""
    chosen = planner.keywords.among(ids)
    present = {row["difficulty"] for row in planner.keywords.rows(chosen)}
    return planner.keywords.set(
        chosen, difficulty=str(next(one for one in range(35, 101) if one not in present))
    )


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


def _disagree(ada: Planner, ben: Planner, ids: list[str], told: Told) -> Dispute:
    """Let both give one keyword another volume, and the second to sync go on working."""
    uid = ids[0]
    keyword = content(ada)[uid]
    for planner, more in ((ben, 11), (ada, 22)):
        planner.keywords.set(planner.keywords.among([uid]), volume=str(int(keyword["volume"]) + more))
    ben.sync.now()
    report = ada.sync.now()
    expect(report["conflicts"] == 1, f"there are {report['conflicts']} conflicts instead of one")
    names = [item["name"] for item in ada.review.items()]
    expect(names == [keyword["keyword"]], f"Review lists {names}")
    outcome = _rate(ada, [other for other in _largest(ada, EDITED + 1) if other != uid][:EDITED])
    expect(outcome.changed == EDITED, f"{outcome.changed} of {EDITED} keywords were edited")
    told.step(
        f'Both changed the volume of "{keyword["keyword"]}": one conflict is open, and {outcome.changed} later edits wait'
    )
    return Dispute(uid, str(keyword["keyword"]), int(keyword["volume"]) + 22)


def _decide(ada: Planner, ben: Planner, dispute: Dispute, told: Told) -> None:
    items = ada.review.items()
    expect(
        [item["name"] for item in items] == [dispute.keyword],
        f"Review lists {[item['name'] for item in items]}",
    )
    _, decided = ada.review.resolve([str(items[0]["id"])], "mine")
    expect(decided == 1, "the conflict was not decided")
    ada.sync.now()
    ben.sync.now()
    for planner in (ada, ben):
        found = content(planner)[dispute.uid]["volume"]
        expect(found == dispute.volume, f"the volume is {found} after the decision")
        expect(planner.review.items() == [], "Review is not empty after the decision")
    told.step("The conflict was decided for mine and the waiting edits were sent: the same on both sides")


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
