"""A profile with a synced replica of any size, for benchmarks of the window. Always the same keywords."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks._greeting import hello, uid
from planner_core.entities import ENTITIES
from planner_core.wire.feed import Cursor
from planner_desktop.app.profile import AccountEntry, Profile, account_key
from sync.clock import SystemClock
from sync.ids import MonotonicIds
from sync.replica import OwnerRow, Page, Replica, RowLine

SERVER = "https://platform.example"
EPOCH = "e" * 32
CLUSTERS = 2_000
LINE = 500
LINES = 40
WORDS = 4_000
INTENTS = ("informational", "commercial", "transactional", "navigational", "informational,commercial", None)

Row = list[Any]


def make_profile(folder: Path, rows: int) -> Profile:
    """Return a profile whose one sector holds so many keywords."""
    account, user = uid(1, 1), uid(9, 1)
    entry = AccountEntry(
        account_key(SERVER, account, user), SERVER, "eve@acme.example", account, user, "Acme", "Eve", "editor"
    )
    profile = Profile(folder)
    profile.add(entry)
    profile.set(theme="light", site=_SITE, sector=_SECTOR)
    clock = SystemClock()
    replica = Replica.open(profile.paths(entry).replica, clock=clock, ids=MonotonicIds(clock))
    try:
        replica.claim(OwnerRow(SERVER, account, user, "eve@acme.example", "Acme", "editor"))
        _fill(replica, rows)
    finally:
        replica.close()
    return profile


_ACCOUNT, _LIBRARY, _SITE, _SECTOR, _INDUSTRY = uid(1, 1), uid(2, 1), uid(3, 1), uid(4, 1), uid(8, 1)


def _fill(replica: Replica, rows: int) -> None:
    kinds = {_ACCOUNT: "account", _LIBRARY: "library", _SITE: "site"}
    user = {"id": uid(9, 1), "email": "eve@acme.example", "role": "editor"}
    replica.adopt_hello(hello(kinds, EPOCH, _ACCOUNT, user))
    account: list[tuple[str, list[Row]]] = [
        ("industry", [[_INDUSTRY, 1, 0, "Home", "home"]]),
        ("industry_sector", [[_LIBRARY, 1, 0, _INDUSTRY, "Desks", "desks"]]),
        ("site", [[_SITE, 1, 0, "Shop", "shop", "shop.example", _INDUSTRY, True]]),
        ("sector", [[_SECTOR, 1, 0, _SITE, _LIBRARY, "Desks", "desks", True]]),
    ]
    _deliver(replica, _ACCOUNT, iter(account))
    _deliver(replica, _LIBRARY, _blocks("seed", _seeds(rows)))
    _deliver(replica, _SITE, _site(rows))


def _site(rows: int) -> Iterator[tuple[str, list[Row]]]:
    made = 1_700_000_000_000
    clusters = (
        [uid(5, n), 1, 0, _SECTOR, f"Cluster {n}", "", "new", False, False, "hand", made]
        for n in range(CLUSTERS)
    )
    yield from _blocks("cluster", clusters)
    yield from _blocks("keyword", _keywords(rows))


def _seeds(rows: int) -> Iterator[Row]:
    dice = random.Random(7)
    words = [_word(dice) for _ in range(WORDS)]
    for number in range(rows):
        text = " ".join(
            words[min(int(dice.paretovariate(0.7)), WORDS) - 1] for _ in range(dice.randint(2, 4))
        )
        volume = int(dice.lognormvariate(5, 2))
        yield [
            uid(6, number),
            1,
            0,
            f"{text} {number % 977}",
            volume,
            number % 101,
            INTENTS[number % 6],
            "US",
            True,
        ]


def _keywords(rows: int) -> Iterator[Row]:
    dice = random.Random(8)
    for number in range(rows):
        cluster = uid(5, number % CLUSTERS) if dice.random() < 0.6 else None
        override = dice.randrange(50_000) if dice.random() < 0.08 else None
        status = "mapped" if cluster else "new"
        yield [
            uid(7, number),
            1,
            0,
            uid(6, number),
            _SECTOR,
            cluster,
            status,
            False,
            override,
            None,
            1_700_000_000_000,
        ]


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("bcdfgklmnprst") + dice.choice("aeiou") for _ in range(dice.randint(1, 4)))


def _blocks(entity: str, rows: Iterator[Row]) -> Iterator[tuple[str, list[Row]]]:
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) == LINE:
            yield entity, block
            block = []
    if block:
        yield entity, block


def _deliver(replica: Replica, scope: str, blocks: Iterator[tuple[str, list[Row]]]) -> None:
    replica.begin_snapshot(scope, EPOCH)
    lines: list[RowLine] = []
    for entity, rows in blocks:
        lines.append(RowLine(entity, json.dumps(rows, separators=(",", ":")).encode()))
        if len(lines) == LINES:
            replica.stage_page(scope, _page("snapshot", lines))
            lines = []
    replica.stage_page(scope, _page("snapshot", lines))
    replica.stage_page(scope, _page("pull", []))
    replica.apply(scope)


def _page(kind: str, lines: Sequence[RowLine]) -> Page:
    is_snapshot = kind == "snapshot"
    return Page(
        kind="snapshot" if is_snapshot else "pull",
        epoch=EPOCH,
        columns={line.entity: ENTITIES[line.entity].columns for line in lines},
        rows=lines,
        aliases=[],
        conflicts=[],
        cursor="" if is_snapshot else Cursor(epoch=EPOCH, ver=1, rank=9).text,
        version=1,
        token=EPOCH,
        has_more=is_snapshot,
        at=1,
    )
