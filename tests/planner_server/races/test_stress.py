"""Sixteen writers and four readers on one platform: pushes, edits in browsers, jobs and imports, read in small pages.

A trigger of the test's own writes down, inside each writer's transaction, which row got which version. So afterwards it is known what
every moment of every feed was, and each reader is held to it at each end of a pull he came to. PLANNER_RACE_SECONDS sets how long
the writers go on (default 10).
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import OperationalError, connection

from planner_core.commands import (
    AssignCluster,
    CreateCluster,
    DeleteRows,
    RestoreRows,
    SetEnabled,
    SetOverride,
)
from planner_core.operations import Create
from planner_core.wire.feed import digest_rows
from planner_server import clock
from planner_server.feed.gate import Actor
from planner_server.feed.models import MutationResult, Scope
from planner_server.library import services as library
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import Caller, place
from tests.planner_server.races.together import Somebody
from tests.planner_server.world import Desk, Feed, Team, make_team, new_keyword, reply_of, set_of

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "reader"]),
    pytest.mark.slow,
]

SECONDS = float(os.environ.get("PLANNER_RACE_SECONDS", "10"))
KEYWORDS, SEEDS = 40, 440
WATCHED = {
    "planning_keywords": "keyword",
    "planning_clusters": "cluster",
    "planning_contentideas": "idea",
    "library_seedkeyword": "seed",
}
PAGES = (2, 7, 30, 25)


# ---------------------------------------------------------------- what really happened


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[str]:
    """A table that every committed change of a row leaves a line in: scope, version, entity, uid, whether deleted."""
    name = "race_ledger"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {name} (scope_id bigint, ver bigint, entity text, uid text, deleted int)"
        )
        for table, entity in WATCHED.items():
            for statement in _trigger(name, table, entity):
                cursor.execute(statement)
    yield name
    with connection.cursor() as cursor:
        for table in WATCHED:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION race_{table}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER race_{table}_i")
                cursor.execute(f"DROP TRIGGER race_{table}_u")
        cursor.execute(f"DROP TABLE {name}")


def _trigger(ledger: str, table: str, entity: str) -> Iterator[str]:
    deleted = "CASE WHEN NEW.deleted_at IS NULL THEN 0 ELSE 1 END"
    line = f"INSERT INTO {ledger} VALUES (NEW.scope_id, NEW.ver, '{entity}', NEW.uid, {deleted});"
    if connection.vendor == "postgresql":
        yield (
            f"CREATE FUNCTION race_{table}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {line} RETURN NULL; END $$"
        )
        line = f"EXECUTE FUNCTION race_{table}()"
    else:
        line = f"BEGIN {line} END"
    for letter, event in (("i", "INSERT"), ("u", "UPDATE")):
        yield f"CREATE TRIGGER race_{table}_{letter} AFTER {event} ON {table} FOR EACH ROW {line}"


Key = tuple[str, str]


def history(ledger: str, scope: Scope) -> list[tuple[int, dict[Key, int]]]:
    """Return (version, row -> the version it has from then on) of each version that changed rows, in order."""
    moments: dict[int, dict[Key, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ver, entity, uid FROM {ledger} WHERE scope_id = %s ORDER BY ver", [scope.pk])
        for ver, entity, uid in cursor.fetchall():
            moments.setdefault(ver, {})[entity, uid] = ver
    return sorted(moments.items())


# ---------------------------------------------------------------- readers


@dataclass
class Reading:
    """One reader's way: what each page brought, and where a pull came to its end."""

    pages: list[list[tuple[str, str, int]]] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    """(pages so far, version) of each consistent end."""
    content: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)


def read_on(desk: Desk, limit: int, quiet: threading.Event) -> Reading:
    """Follow the feed from its beginning in pages of `limit` rows until the writers are done, then once more to the end."""
    found = Reading()
    feed = Feed()
    last_round = False
    while True:
        query = {"cursor": feed.cursor, "limit": str(limit)}
        response = desk.client.get(desk.url("pull"), query)
        if response.status_code == 503:
            continue
        page = Feed()
        page.take(response)
        assert len(page.order) <= limit
        found.pages.append(page.order)
        for entity, rows in page.rows.items():
            found.content.setdefault(entity, {}).update(rows)
        found.deleted -= {uid for _, uid, _ in page.order}
        found.deleted |= page.deleted
        feed.cursor = page.cursor
        if not page.has_more:
            found.ends.append((len(found.pages), page.version))
            _no_hole(Scope.objects.get(uid=desk.scope))
            if last_round:
                return found
            # Asked before the next pull begins: that one then has everything. The wait leaves the processor to the writers.
            last_round = quiet.wait(0.02)


def _no_hole(scope: Scope) -> None:
    """Whatever is visible now, no version below it is missing: they are committed in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(version), max(version) FROM feed_versiontoken WHERE scope_id = %s",
            [scope.pk],
        )
        number, lowest, highest = cursor.fetchone()
    assert (lowest, number) == (0, highest + 1)


def hold_to(reading: Reading, moments: list[tuple[int, dict[Key, int]]]) -> None:
    """Compare what a reader had at each end with what was true at that version; and that no row came from before his place."""
    true: dict[Key, int] = {}
    seen: dict[Key, int] = {}
    upcoming = iter([*moments, (2**62, {})])
    version, changes = next(upcoming)
    done = 0
    place = (0, 0)
    ranks = {"seed": 0, "cluster": 0, "keyword": 1, "idea": 2}
    for pages, at in reading.ends:
        for page in reading.pages[done:pages]:
            for entity, uid, ver in page:
                assert (ver, ranks[entity]) >= place, "a row came from behind the cursor"
                place = (ver, ranks[entity])
                seen[entity, uid] = ver
        done = pages
        while version <= at:
            true |= changes
            version, changes = next(upcoming)
        missing = {key: ver for key, ver in true.items() if seen.get(key) != ver}
        assert not missing, (
            f"at version {at} the reader lacks {len(missing)} rows: {list(missing.items())[:5]}"
        )
        assert len(seen) == len(true)


# ---------------------------------------------------------------- writers


def patiently(action: Callable[[], Any]) -> Any:
    """Repeat what the database was too busy for, as every client does."""
    while True:
        try:
            response = action()
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            continue
        if getattr(response, "status_code", 0) != 503:
            return response


@dataclass
class Crowd:
    """Who writes, and what they share."""

    team: Team
    ids: list[str]
    clusters: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    quiet: threading.Event = field(default_factory=threading.Event)
    """The last writer has come to his end."""
    pushed: dict[str, int] = field(default_factory=dict)
    """Replica -> mutations it sent."""

    def until_over(self, act: Callable[[int], None]) -> int:
        """Act again and again; at least three times, however busy the machine. Returns how often."""
        turn = 0
        while turn < 3 or not self.over.is_set():
            act(turn)
            turn += 1
        return turn

    def pusher(self, number: int) -> int:
        """A desktop: single edits, pasted columns, new keywords, creations followed by their use, deletions; now and then the request is repeated."""
        dice = Random(number)
        desk = Desk((self.team.owner, self.team.colleague)[number % 2], self.team.site.uid)
        mine: list[str] = []
        own_seeds = iter(self.team.seeds[KEYWORDS + number * 50 : KEYWORDS + (number + 1) * 50])

        def act(turn: int) -> None:
            lines = [
                desk.mutation(*self._edit(dice, turn, mine, own_seeds)) for _ in range(dice.randint(1, 3))
            ]
            first = desk.next_seq - len(lines)
            reply = reply_of(patiently(lambda: desk.send(*lines, first=first)))
            if dice.random() < 0.1:
                again = reply_of(patiently(lambda: desk.send(*lines, first=first)))
                assert again.results == reply.results

        turns = self.until_over(act)
        self.pushed[desk.replica] = desk.next_seq - 1
        return turns

    def _edit(self, dice: Random, turn: int, mine: list[str], seeds: Iterator[str]) -> list[Any]:
        kind = dice.randrange(5)
        some = dice.sample(self.ids, dice.randint(1, 6))
        if kind == 0:
            seed = next(seeds, None) or dice.choice(self.team.seeds)
            mine.append(clock.new_uid())
            return [new_keyword(self.team, mine[-1], seed)]
        if kind == 1:
            name = clock.new_uid()
            cluster = Create("cluster", {"sector": self.team.sector.uid}, ("name",), [[name, f"C {name}"]])
            return [cluster, set_of("placement", [None, "new"], [name, "mapped"], some)]
        if kind == 2 and mine:
            return [set_of("disabled", [False], [True], [dice.choice(mine)])]
        if kind == 3:
            return [
                set_of("volume_override", [None], [turn * 7 + place], [uid]) for place, uid in enumerate(some)
            ]
        return [set_of("difficulty_override", [None], [turn % 101], some)]

    def browser(self, number: int) -> int:
        """A person on the web: rows one by one, status in bulk, a new cluster."""
        dice = Random(number)
        caller = Caller((self.team.owner, self.team.colleague)[number % 2])
        pks = dict(Keywords.objects.filter(uid__in=self.ids).values_list("uid", "pk"))
        bearer = {"Authorization": f"Bearer {caller.access}"}

        def call(method: str, path: str, body: Any) -> Any:
            send = getattr(caller.client, method)
            return patiently(lambda: send(f"/api/v1/planner/{path}", body, format="json", headers=bearer))

        def act(turn: int) -> None:
            match turn % 3:
                case 0:
                    pk = pks[dice.choice(self.ids)]
                    reply = call("patch", f"keywords/{pk}/", {"volume_override": turn})
                    assert reply.status_code in {200, 404}, reply.content
                case 1:
                    ids = [pks[uid] for uid in dice.sample(self.ids, 8)]
                    reply = call("post", "keywords/bulk_update/", {"ids": ids, "status": "mapped"})
                    assert reply.status_code == 200, reply.content
                case 2:
                    name = {**place(self.team), "name": f"Web {number} {turn}"}
                    assert call("post", "clusters/", name).status_code == 201

        return self.until_over(act)

    def job(self, number: int) -> int:
        """A job of the platform: clustering, research, clearing up, and putting back."""
        dice = Random(number)

        def act(turn: int) -> None:
            some = dice.sample(self.ids, dice.randint(2, 10))
            command: Any = (
                lambda: AssignCluster(some, dice.choice(self.clusters)),
                lambda: SetOverride("volume", some, turn),
                lambda: DeleteRows("keyword", some[:1]),
                lambda: RestoreRows("keyword", self.ids),
                lambda: CreateCluster(clock.new_uid(), self.team.sector.uid, f"Job {number} {turn}"),
                lambda: SetEnabled("keyword", some, enabled=bool(turn % 2)),
            )[turn % 6]()
            patiently(lambda: self.team.run_as_job(command))

        return self.until_over(act)

    def importer(self) -> int:
        """The library's own writer: figures of known seeds, and new ones."""

        def act(turn: int) -> None:
            rows = [
                library.SeedRow(f"loan {number}", turn, 5, None, "US")
                for number in range(turn % 50, turn % 50 + 9)
            ]
            rows.append(library.SeedRow(f"new loan {turn}", 1, 1, None, "US"))
            patiently(
                lambda: library.seeds_upsert(
                    sector=self.team.branch, rows=rows, actor=Actor("import", "race")
                )
            )

        return self.until_over(act)


# ---------------------------------------------------------------- the race


def test_sixteen_writers_and_four_readers_miss_no_row(ledger: str) -> None:
    """P1, P2, P58, I7: at every end of every reader every row is there as it was then; versions are dense and in commit order.

    On SQLite every writer takes the write lock when it begins, so none is turned away in the middle for having read first.
    """
    team = make_team(seeds=SEEDS)
    ids = team.keywords(KEYWORDS)
    crowd = Crowd(team, ids, [team.cluster(f"Own {number}") for number in range(4)])
    scopes = [team.site.uid] * 3 + [team.branch.uid]
    desks = [Desk(team.colleague, uid) for uid in scopes]
    readers = [
        Somebody(partial(read_on, desk, limit, crowd.quiet)) for desk, limit in zip(desks, PAGES, strict=True)
    ]
    started = time.monotonic()
    acts: list[Callable[[], int]] = [partial(crowd.pusher, number) for number in range(8)]
    acts += [partial(crowd.browser, number) for number in range(8, 12)]
    acts += [partial(crowd.job, number) for number in range(12, 15)]
    writers = [Somebody(act) for act in [*acts, crowd.importer]]
    crowd.over.wait(SECONDS)
    crowd.over.set()
    turns = [writer.finish() for writer in writers]
    took = time.monotonic() - started
    crowd.quiet.set()
    readings = [reader.finish() for reader in readers]

    for uid, reading in zip(scopes, readings, strict=True):
        scope = Scope.objects.get(uid=uid)
        moments = history(ledger, scope)
        assert reading.ends[-1][1] == scope.version
        assert all(
            earlier[1] <= later[1] for earlier, later in zip(reading.ends, reading.ends[1:], strict=False)
        )
        hold_to(reading, moments)
        _equals_the_platform(team, uid, reading)
        print(
            f"{scope.kind}: {scope.version} versions, {sum(len(rows) for _, rows in moments)} row changes,"
            f" {len(reading.pages)} pages, {len(reading.ends)} ends compared"
        )
    for replica, sent in crowd.pushed.items():
        known = (
            MutationResult.objects.filter(replica__uid=replica).order_by("seq").values_list("seq", flat=True)
        )
        assert list(known) == list(range(1, sent + 1))
    print(f"{sum(turns)} turns of {len(writers)} writers in {took:.1f} s: {turns}")


def _equals_the_platform(team: Team, uid: str, reading: Reading) -> None:
    """The reader's rows, put together page by page, have the platform's digest."""
    desk = Desk(team.owner, uid)
    theirs = desk.client.get(desk.url("digest")).json()["entities"]
    for entity, buckets in theirs.items():
        rows = reading.content.get(entity, {})
        live = [[row, *values.values()] for row, values in rows.items() if row not in reading.deleted]
        assert [list(bucket) for bucket in digest_rows(live)] == buckets, entity
