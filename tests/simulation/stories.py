"""Pieces of histories made by hand for the oracle's own tests: rows, bodies, a platform and a replica that are told what to show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from tests.simulation.history import Writer
from tests.simulation.invariants_replica import (
    i4_effective,
)
from tests.simulation.ledger import entry_of, wishes
from tests.simulation.sight import (
    DELETED,
    Kept,
    Mark,
    Platform,
    Replica,
    Row,
    Standing,
    Verdict,
    row_of,
)
from tests.simulation.view import Shared, View

EVE, CEM = "eve", "cem"
K, C1, C2 = "k" * 32, "c" * 32, "d" * 32


def keyword(
    uid: str = K, ver: int = 1, *, deleted: bool = False, pending: bool = False, **values: Any
) -> Row:
    """A keyword of its own seed, as one side has it."""
    fields = {"cluster": None, "status": "new"} | values
    return row_of(
        "keyword", uid, ver, fields, deleted=deleted, key=("sector", f"seed of {uid}"), pending=pending
    )


def cluster(uid: str = C1, ver: int = 1, *, deleted: bool = False, **values: Any) -> Row:
    """A cluster, as one side has it."""
    fields = {"name": uid[:3], "description": "", "status": "new", "origin": "hand"} | values
    return row_of("cluster", uid, ver, fields, deleted=deleted, key=("sector", fields["name"]))


def body(*ops: Mapping[str, Any], action: str = "a" * 32, **more: Any) -> bytes:
    """A mutation's body as it travels."""
    return json.dumps({"schema": 1, "action": action, "label": "", "at": 0, **more, "ops": ops}).encode()


def sets(
    group: str, old: Sequence[Any], new: Sequence[Any], *ids: str, entity: str = "keyword"
) -> dict[str, Any]:
    """A Set of one group."""
    return {"k": "set", "e": entity, "g": group, "changes": [[list(old), list(new), list(ids or (K,))]]}


def deletes(
    seen: Mapping[str, Sequence[Any]], uid: str = K, entity: str = "keyword", **more: Any
) -> dict[str, Any]:
    """A Delete of one row."""
    return {
        "k": "delete",
        "e": entity,
        "rows": [[{name: list(one) for name, one in seen.items()}, [uid]]],
        **more,
    }


class Story:
    """A platform that is told by hand: what was made, who had seen what, and what the platform then shows."""

    def __init__(self, *rows: Row, author: str = EVE) -> None:
        self.books = Shared()
        self.number = 0
        branch = self.books.branch
        branch.version = 1
        for row in rows:
            branch.put(row)
            for group in (*row.groups, DELETED):
                branch.tags[row.uid, group] = self.books.ancestry.tag("the beginning")
                branch.writers[row.uid, group] = Writer(author, "the beginning")
        branch.rows = {row.uid: row for row in rows}

    def makes(
        self, op: str, raw: bytes, *, user: str = EVE, seen: Sequence[str] = ("the beginning",)
    ) -> None:
        """Somebody makes an operation, having seen the operations named in all cells it touches."""
        entry = entry_of(op, raw, f"machine of {user}", user)
        self.books.ledger.enter(entry)
        for cell in set(entry.cells):
            shown = 0
            for one in seen:
                shown |= self.books.ancestry.tag(one)
            self.books.ancestry.made(op, cell, shown)

    def shows(
        self,
        rows: Sequence[Row],
        *ops: str,
        marks: Mapping[tuple[str, str], str] | None = None,
        listed: Sequence[Mapping[str, Any]] = (),
        verdict: str = "applied",
        aliases: Mapping[str, str] | None = None,
        sha256: str = "",
    ) -> None:
        """The platform carried operations out and holds these rows now (others as before)."""
        branch = self.books.branch
        version = max([branch.version, *(row.ver for row in rows)])
        now = dict(branch.rows) | {row.uid: row for row in rows}
        signs: dict[str, dict[str, Mark]] = {uid: {} for uid in now}
        for (uid, group), op in (marks or {}).items():
            signs[uid][group] = Mark("user", EVE, op, version)
        entries = self.books.ledger.entries
        verdicts = []
        for op in ops:
            self.number += 1
            body_hash = sha256 or entries[op].sha256 if op in entries else sha256
            verdicts.append(
                Verdict(self.number, 1, self.number, op, body_hash, verdict, version, tuple(listed))
            )
        picture = Platform(version, "epoch", f"token {version}", now, signs, {}, aliases or {})
        self.books.writes.judge(picture, verdicts)


def volume(ver: int, value: int | None) -> Row:
    """The keyword with a volume."""
    return keyword(ver=ver, volume_override=value)


def edit(old: int | None, new: int | None, **more: Any) -> bytes:
    """Set the volume."""
    return body(sets("volume_override", [old], [new]), **more)


def view(*kept: Kept, doing: str = "step") -> View:
    """A view of a machine whose file held these mutations at the last look."""
    made = View(cast("Any", SimpleNamespace(name="A")), EVE, Shared())
    made._kept = {one.op: one for one in kept}
    made.doing = doing
    return made


def standing(**more: Any) -> Standing:
    """A replica that is in order at version 5."""
    usual: dict[str, Any] = {
        "access": "rw",
        "epoch": "e",
        "server_epoch": "e",
        "version": 5,
        "told_version": 5,
    }
    usual |= {"told_token": "t", "need_snapshot": False, "next_seq": 1, "last_ack_seq": 0, "last_ack_op": ""}
    return Standing(**usual | more)


def mutation(op: str, seq: int = 1, state: str = "waiting", **more: Any) -> Kept:
    """A mutation as a replica keeps it."""
    plain: dict[str, Any] = dict.fromkeys(("verdict", "ver", "undo_of", "results"))
    flags = dict.fromkeys(("confirmed", "void"), False)
    return Kept(
        **{**plain, **flags, "supersedes": (), "id": seq, "action": "a", "replica": "replica", "seq": seq}
        | {"op": op, "sha256": "", "state": state}
        | more
    )


def picture(base: Sequence[Row], shown: Sequence[Row], **more: Any) -> Replica:
    """A replica that stands in order."""
    usual = Replica("replica", standing(), {row.uid: row for row in base}, {row.uid: row for row in shown})
    return replace(usual, **more)


def laid(replica: Replica, *raw: bytes) -> list[str]:
    return list(i4_effective(replica, [wishes(one) for one in raw]))
