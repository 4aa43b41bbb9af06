"""The one gate to rows on the feed.

    with write(scope, actor) as gate:
        ... rows get ver=gate.version ...

The gate locks the scope's row before any other row, takes exactly one version, and commits rows, version and its token together.
So versions become visible in commit order and a cursor can never pass a row that is still to come. Parse, decompress and look
things up before opening it: every other writer of the scope waits.

The first version a process gives is far above all former ones (docs/decisions/0019): whatever was given out since a copy was made
that this process may have been started on, no version is given out twice, and none that is seems to have followed a lost one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from django.db import connection, transaction

from planner_core.merge import ONE_HISTORY
from planner_server import clock
from planner_server.audit.services import Place, note
from planner_server.feed import hooks
from planner_server.feed.models import Scope
from planner_server.feed.running import A_MILLISECOND, RUN

WRITING, PURGING = 1, 2


class GateTrouble(Exception):
    """The gate cannot be opened: the scope is gone, or this very transaction has it open already. A bug, not the user's doing."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes. `uid` is the user's, or the job's name."""

    kind: Literal["user", "job", "import"]
    uid: str
    op_id: str = ""
    device: str = ""
    app: str = ""
    label: str = ""
    """What is done, in words; with device and application it goes to the audit trail. A push leaves it empty: each mutation has its
    own, noted beside its verdict."""


@dataclass(frozen=True, slots=True)
class Gate:
    """An open gate: the version that rows written now must carry."""

    scope_id: int
    scope_uid: str
    kind: str
    version: int
    token: str
    actor: Actor
    at: int
    """Unix milliseconds, the same for everything written through this gate."""

    def mark(self, *groups: str) -> dict[str, list[Any]]:
        """Return the field_meta entries that say these groups were written now."""
        mark = [self.actor.kind, self.actor.uid, self.actor.op_id, self.version, self.at]
        return dict.fromkeys(groups, mark)

    def born(self) -> dict[str, Any]:
        """Return the columns of FeedRow that a new row gets from the gate; `uid` is left to the caller."""
        return {
            "scope_id": self.scope_id,
            "ver": self.version,
            "field_meta": self.mark("*"),
            "created_op": self.actor.op_id,
            "created_at": self.at,
            "updated_at": self.at,
        }

    def audited(self, account_id: int | None) -> Place:
        """Return what the audit trail says of everything written through this gate; `account_id` is the scope's."""
        actor = self.actor
        place = (self.at, account_id, self.scope_uid, self.version)
        return Place(*place, actor.kind, actor.uid, actor.device, actor.app)

    def acting(self, actor: Actor) -> Gate:
        """Return the same open gate with another actor, for the next mutation of one transaction."""
        return replace(self, actor=actor)


@contextmanager
def write(scope: Scope, actor: Actor, *, purge: bool = False) -> Iterator[Gate]:
    """Open the gate of a scope for one transaction; `purge` allows deleting rows for good.

    Nests inside a caller's transaction. Whoever writes into two scopes opens them in rising order of their integer ids.
    """
    with transaction.atomic():
        token = clock.new_token()
        start = 0 if RUN.goes_on(scope.uid) else clock.now_ms() * A_MILLISECOND
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE feed_scope SET version = CASE WHEN %s - version >= %s THEN %s ELSE version + 1 END,"
                " token = %s, writing = %s WHERE id = %s AND writing = 0 RETURNING uid, kind, version, account_id",
                [start, ONE_HISTORY, start, token, PURGING if purge else WRITING, scope.pk],
            )
            row = cursor.fetchone()
        if row is None:
            raise GateTrouble(f"Scope {scope.uid} is gone, or its gate is open in this transaction already.")
        gate = Gate(scope.pk, row[0], row[1], row[2], token, actor, clock.now_ms())
        hooks.reach("C7")
        yield gate
        with connection.cursor() as cursor:
            cursor.execute("UPDATE feed_scope SET writing = 0 WHERE id = %s", [scope.pk])
            cursor.execute(
                "INSERT INTO feed_versiontoken (scope_id, version, token, at) VALUES (%s, %s, %s, %s)",
                [scope.pk, gate.version, token, gate.at],
            )
        if actor.label or actor.kind != "user":
            note(gate.audited(row[3]), [(actor.label, actor.op_id)])
        if start:
            transaction.on_commit(partial(RUN.add, gate.scope_uid))
        hooks.reach("P1")


@contextmanager
def write_all(scopes: Iterable[Scope], actor: Actor) -> Iterator[dict[int, Gate]]:
    """Open the gates of several scopes in one transaction, in the order that cannot deadlock; scope id -> gate."""
    ordered = sorted({scope.pk: scope for scope in scopes}.values(), key=lambda scope: scope.pk)
    with transaction.atomic():
        yield from _opened(ordered, actor, {})


def _opened(scopes: list[Scope], actor: Actor, gates: dict[int, Gate]) -> Iterator[dict[int, Gate]]:
    if not scopes:
        yield gates
        return
    with write(scopes[0], actor) as gate:
        yield from _opened(scopes[1:], actor, {**gates, scopes[0].pk: gate})


def new_scope(
    kind: Literal["account", "library", "site"], uid: str, *, account_id: int | None = None
) -> Scope:
    """Make the scope of a new account, site or industry sector, at version 0 and in an epoch of its own."""
    token = clock.new_token()
    scope = Scope.objects.create(
        uid=uid, kind=kind, account_id=account_id, epoch=clock.new_token(), token=token
    )
    scope.tokens.create(version=0, token=token, at=clock.now_ms())
    RUN.add(scope.uid)
    return scope
