"""A small platform's worth of rows, and the pages and answers that a platform would give."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from planner_core.entities import ENTITIES
from planner_core.wire.feed import Cursor, HelloReply, MutationResult, PushReply, RowResult
from sync.clock import ManualClock
from sync.ids import MonotonicIds
from sync.replica import Outgoing, OwnerRow, Page, Replica, RowLine

EPOCH = "e" * 32


def uid(kind: int, number: int) -> str:
    """Return a readable uid."""
    return f"{kind:08x}{number:024x}"


ACCOUNT, USER = uid(1, 1), uid(1, 2)
INDUSTRY, LIBRARY, OTHER_LIBRARY = uid(2, 1), uid(3, 1), uid(3, 2)
SITE, OTHER_SITE = uid(4, 1), uid(4, 2)
SECTOR, OTHER_SECTOR = uid(5, 1), uid(5, 2)
KINDS = {ACCOUNT: "account", LIBRARY: "library", OTHER_LIBRARY: "library", SITE: "site", OTHER_SITE: "site"}

ACCOUNT_ROWS: dict[str, list[list[Any]]] = {
    "industry": [[INDUSTRY, 1, 0, "Furniture", "furniture"]],
    "industry_sector": [
        [LIBRARY, 1, 0, INDUSTRY, "Desks", "desks"],
        [OTHER_LIBRARY, 1, 0, INDUSTRY, "Chairs", "chairs"],
    ],
    "site": [
        [SITE, 1, 0, "Alpha", "alpha", "alpha.example", INDUSTRY, True],
        [OTHER_SITE, 1, 0, "Beta", "beta", "beta.example", INDUSTRY, True],
    ],
    "sector": [
        [SECTOR, 1, 0, SITE, LIBRARY, "Desks", "desks", True],
        [OTHER_SECTOR, 1, 0, OTHER_SITE, LIBRARY, "Desks", "desks", True],
    ],
}


def seed(number: int) -> str:
    """Return a seed's uid."""
    return uid(6, number)


def keyword(number: int) -> str:
    """Return a keyword's uid."""
    return uid(7, number)


def cluster(number: int) -> str:
    """Return a cluster's uid."""
    return uid(8, number)


def idea(number: int) -> str:
    """Return an idea's uid."""
    return uid(9, number)


def seed_row(number: int, *, ver: int = 1, text: str | None = None, deleted: int = 0) -> list[Any]:
    """Return a seed as the feed has it."""
    return [
        seed(number),
        ver,
        deleted,
        text or f"walnut desk {number}",
        number * 10,
        number % 100,
        "commercial",
        "us",
        True,
    ]


def keyword_row(
    number: int,
    *,
    ver: int = 1,
    deleted: int = 0,
    sector: str = SECTOR,
    of_seed: int | None = None,
    **values: Any,
) -> list[Any]:
    """Return a keyword as the feed has it."""
    row: dict[str, Any] = {
        "seed": seed(number if of_seed is None else of_seed),
        "sector": sector,
        "cluster": None,
        "status": "new",
        "disabled": False,
    }
    row |= {"volume_override": None, "difficulty_override": None, "created_at": 1_700_000_000_000} | values
    return [keyword(number), ver, deleted, *(row[name] for name in ENTITIES["keyword"].columns)]


def cluster_row(number: int, *, ver: int = 1, deleted: int = 0, **values: Any) -> list[Any]:
    """Return a cluster as the feed has it."""
    row: dict[str, Any] = {
        "sector": SECTOR,
        "name": f"Cluster {number}",
        "description": "",
        "status": "new",
        "disabled": False,
        "locked": False,
    }
    row |= {"origin": "hand", "created_at": 1_700_000_000_000} | values
    return [cluster(number), ver, deleted, *(row[name] for name in ENTITIES["cluster"].columns)]


def idea_row(number: int, *, ver: int = 1, deleted: int = 0, **values: Any) -> list[Any]:
    """Return an idea as the feed has it."""
    row: dict[str, Any] = {
        "sector": SECTOR,
        "title": f"Idea {number}",
        "description": "",
        "cluster": None,
        "status": "new",
        "disabled": False,
    }
    row |= {
        "content_type": "post",
        "content_structure": "article",
        "estimated_word_count": 1000,
        "keyword_objects": [],
    }
    row |= {"created_at": 1_700_000_000_000} | values
    return [idea(number), ver, deleted, *(row[name] for name in ENTITIES["idea"].columns)]


def page(
    rows: Mapping[str, Sequence[Sequence[Any]]] | Iterable[tuple[str, Sequence[Sequence[Any]]]],
    *,
    version: int,
    kind: str = "pull",
    more: bool = False,
    epoch: str = EPOCH,
    aliases: Sequence[tuple[str, str, int]] = (),
    conflicts: Sequence[Mapping[str, Any]] = (),
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Page:
    """Return one page as the transport hands it over."""
    pairs = list(rows.items() if isinstance(rows, Mapping) else rows)
    return Page(
        kind=kind,  # type: ignore[arg-type]
        epoch=epoch,
        columns=columns or {entity: ENTITIES[entity].columns for entity, _ in pairs},
        rows=[RowLine(entity, json.dumps(inside).encode()) for entity, inside in pairs],
        aliases=aliases,
        conflicts=conflicts,
        cursor=Cursor(epoch=epoch, ver=version, rank=99).text,
        version=version,
        token=f"t{version}",
        has_more=more,
        count=sum(len(inside) for _, inside in pairs),
        at=version if kind == "snapshot" else 0,
    )


def hello(
    *, epoch: str = EPOCH, version: int = 1, access: str = "rw", only: Sequence[str] = tuple(KINDS)
) -> HelloReply:
    """Return a hello's answer that lists the known scopes."""
    return HelloReply.model_validate(
        {
            "protocol": 1,
            "server_time": 0,
            "replica": "ok",
            "account": ACCOUNT,
            "user": {"id": USER, "email": "ed@example.com", "role": "editor"},
            "scopes": [
                {
                    "id": one,
                    "kind": KINDS[one],
                    "epoch": epoch,
                    "version": version,
                    "token": f"t{version}",
                    "access": access,
                    "action": "pull",
                }
                for one in only
            ],
        }
    )


def results(
    sent: Sequence[Outgoing],
    *,
    version: int,
    verdict: str = "applied",
    rows: Sequence[RowResult] = (),
    epoch: str = EPOCH,
) -> PushReply:
    """Return the answer to a push in which every mutation met the same fate."""
    return PushReply(
        epoch=epoch,
        version=version,
        token=f"t{version}",
        last_seq=max((one.seq for one in sent), default=0),
        results=[
            MutationResult.model_validate(
                {"seq": one.seq, "op_id": one.op_id, "verdict": verdict, "ver": version, "rows": list(rows)}
            )
            for one in sent
        ],
    )


@cache
def _empty_file() -> bytes:
    """Return a new replica's bytes: the migrations run once a session, not once a test."""
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock()
        path = Path(folder) / "replica.db"
        Replica.open(path, clock=clock, ids=MonotonicIds(clock, Random(1).getrandbits)).close()
        return path.read_bytes()


def _copy_empty(path: Path) -> None:
    path.write_bytes(_empty_file())


class Killed(BaseException):
    """A simulated end of the process."""


OWNER = OwnerRow("https://a.example", ACCOUNT, USER, "ed@example.com")


@dataclass
class World:
    """A replica in a folder, with everything around it under the test's hand."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    kill_at: str = ""

    def __post_init__(self) -> None:
        self.random = Random(7)
        if not self.path.exists():
            _copy_empty(self.path)
        self.ids = MonotonicIds(self.clock, self.random.getrandbits)
        self.replica = self.open()

    @property
    def path(self) -> Path:
        """Return the database file."""
        return self.folder / "replica.db"

    def reach(self, name: str) -> None:
        """End the process at the named point."""
        if name == self.kill_at:
            self.kill_at = ""
            raise Killed(name)

    def open(self) -> Replica:
        """Open the replica again."""
        self.replica = Replica.open(self.path, clock=self.clock, ids=self.ids, reach=self.reach)
        return self.replica

    def crash(self) -> Replica:
        """Drop the connection and the lock without closing in order, and open again."""
        self.replica._store.connection.close()
        self.replica._lock.release()
        return self.open()

    def deliver(self, scope: str, rows: Any, *, version: int, **more: Any) -> Any:
        """Stage one page and apply it."""
        self.replica.stage_page(scope, page(rows, version=version, **more))
        return self.replica.apply(scope)

    def fill(
        self, *, keywords: int = 6, clusters: int = 2, seeds: int = 12, owner: OwnerRow = OWNER
    ) -> World:
        """Bring in the account, the library and a site's rows by first snapshots, as its owner."""
        self.replica.claim(owner)
        self.replica.adopt_hello(hello())
        self.snapshot(ACCOUNT, ACCOUNT_ROWS)
        self.snapshot(LIBRARY, {"seed": [seed_row(n) for n in range(1, seeds + 1)]})
        rows = {"cluster": [cluster_row(n) for n in range(1, clusters + 1)]}
        self.snapshot(SITE, rows | {"keyword": [keyword_row(n) for n in range(1, keywords + 1)]})
        self.snapshot(OTHER_SITE, {})
        return self

    def snapshot(self, scope: str, rows: Any, *, version: int = 1, epoch: str = EPOCH, **more: Any) -> Any:
        """Deliver a whole snapshot: its page, then an empty pull."""
        self.replica.begin_snapshot(scope, epoch)
        self.replica.stage_page(scope, page(rows, version=version, kind="snapshot", epoch=epoch, **more))
        self.replica.stage_page(scope, page({}, version=version, epoch=epoch))
        return self.replica.apply(scope)

    def send(self, scope: str = SITE) -> list[Outgoing]:
        """Take everything that waits as if it were sent."""
        return self.replica.outgoing(scope, max_rows=1_000_000, max_bytes=1 << 30)

    def row(self, number: int) -> dict[str, Any]:
        """Return a keyword's effective values as stored."""
        columns = "cluster, status, disabled, volume_override, difficulty_override, deleted, mark, ver"
        found = self.replica._store.one(
            f"SELECT {columns} FROM keyword_hot WHERE k = (SELECT k FROM keyword WHERE uid = ?)",
            keyword(number),
        )
        values = dict(zip(columns.split(", "), found, strict=True))
        values["cluster"] = self.replica._store.value(
            "SELECT uid FROM cluster WHERE k = ?", values["cluster"]
        )
        return values

    def dump(self) -> dict[str, Any]:
        """Return every effective row, without keys: what a user sees."""
        store = self.replica._store
        keywords = store.all(
            "SELECT w.uid, c.uid, h.status, h.disabled, h.volume_override, h.difficulty_override, h.deleted, h.mark FROM keyword w"
            " JOIN keyword_hot h ON h.k = w.k LEFT JOIN cluster c ON c.k = h.cluster WHERE h.deleted < 2 ORDER BY 1"
        )
        clusters = store.all(
            "SELECT uid, name, description, status, disabled, deleted, mark FROM cluster WHERE deleted < 2 ORDER BY 1"
        )
        ideas = store.all(
            "SELECT uid, title, cluster, status, keyword_objects, deleted, mark FROM idea WHERE deleted < 2 ORDER BY 1"
        )
        return {"keyword": keywords, "cluster": clusters, "idea": ideas}

    def close(self) -> None:
        """Close the replica."""
        self.replica.close()
