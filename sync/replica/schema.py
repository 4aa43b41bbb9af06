"""The tables, as sqlite-utils migrations. Imported only when a file is made or has to be brought up to date.

sqlite-utils takes a quarter of a second to import, which the first paint does not have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlite_utils import Database, Migrations

from sync.replica.figures import copy_all_figures
from sync.replica.hooks import INSIDE_MIGRATION

_STEPS = Migrations("replica")

_ROW = {"k": int, "uid": str, "scope": int, "ver": int, "deleted": int, "extra": str}
_OWN = {"mark": int, "base": str}


def migrate(connection: sqlite3.Connection, reach: Callable[[str], None]) -> None:
    """Bring the schema of an open transaction up to date. The caller sets user_version in the same transaction."""
    database = Database(connection)
    _STEPS.apply(database)
    reach(INSIDE_MIGRATION)


def _table(
    db: Database, name: str, columns: dict[str, type], *, not_null: tuple[str, ...] = (), unique: str = "uid"
) -> None:
    table = db.table(name)
    zeroes = {"ver": 0, "deleted": 0} if "ver" in columns and "deleted" in columns else {}
    table.create(
        {**columns},
        pk="k",
        not_null=set(not_null),
        defaults=zeroes | ({"mark": 0} if "mark" in columns else {}),
    )
    if unique:
        table.create_index([unique], unique=True, index_name=f"{name}_{unique}")


@_STEPS()
def m001_state(db: Database) -> None:
    """What the replica knows of itself and of its scopes."""
    db.table("meta").create({"key": str, "value": str}, pk="key")
    texts = (
        "id",
        "kind",
        "name",
        "access",
        "epoch",
        "server_epoch",
        "cursor",
        "told_epoch",
        "told_token",
        "reconciled_epoch",
    )
    numbers = (
        "version",
        "told_version",
        "need_snapshot",
        "last_pull_at",
        "last_ack_seq",
        "stage_at",
        "stage_more",
        "stage_pages",
        "stage_rows",
        "stage_version",
    )
    columns: dict[str, type] = {"k": int}
    columns |= dict.fromkeys((*texts, "last_ack_op", "stage_kind", "stage_epoch", "stage_cursor"), str)
    columns |= dict.fromkeys((*numbers, "next_seq", "stage_snapshot"), int)
    defaults = {name: ("" if kind is str else 0) for name, kind in columns.items() if name not in ("k", "id")}
    table = db.table("scope_state")
    table.create(
        columns, pk="k", not_null=set(columns) - {"k"}, defaults=defaults | {"next_seq": 1, "access": "none"}
    )
    table.create_index(["id"], unique=True, index_name="scope_state_id")
    stage = {"n": int, "scope": int, "kind": str, "entity": str, "columns": str, "body": bytes}
    db.table("stage").create(stage, pk="n")
    db.table("unknown_rows").create(
        {"n": int, "scope": int, "entity": str, "columns": str, "raw": bytes, "reason": str, "at": int},
        pk="n",
    )
    db.table("alias").create({"old": str, "new": str, "scope": int, "ver": int}, pk="old")


@_STEPS()
def m002_account_and_library(db: Database) -> None:
    """Rows that only the platform writes."""
    _table(db, "industry", _ROW | {"name": str, "slug": str})
    _table(db, "industry_sector", _ROW | {"industry": str, "name": str, "slug": str})
    _table(db, "site", _ROW | {"name": str, "slug": str, "domain": str, "industry": str, "is_active": int})
    _table(
        db, "sector", _ROW | {"site": str, "industry_sector": str, "name": str, "slug": str, "is_active": int}
    )
    figures = {"volume": int, "difficulty": int, "intent": str, "mask": int, "country": str, "is_active": int}
    db.table("country").create({"k": int, "code": str}, pk="k")
    db.table("country").create_index(["code"], unique=True, index_name="country_code")
    # folded is NULL where it equals the keyword, which is nearly always.
    _table(db, "seed", _ROW | {"keyword": str, "folded": str} | figures)


@_STEPS()
def m003_plan(db: Database) -> None:
    """Rows that people edit. Of a keyword, what never changes and what often changes are two tables."""
    _table(
        db,
        "keyword",
        {"k": int, "uid": str, "site": int, "sector": int, "seed": int, "created_at": int, "extra": str},
    )
    db.table("keyword").create_index(["seed"], index_name="keyword_seed")
    # The sector is there twice, so that the rules' classes are found without touching the wide table.
    hot: dict[str, type] = {"k": int, "sector": int, "ver": int, "mark": int}
    for prefix in ("base_", ""):
        hot |= {f"{prefix}cluster": int, f"{prefix}status": str, f"{prefix}disabled": int}
        hot |= {f"{prefix}volume_override": int, f"{prefix}difficulty_override": int, f"{prefix}deleted": int}
    # No secondary index: it would cost every bulk edit more than the edit itself.
    db.table("keyword_hot").create(hot, pk="k")
    cluster = {
        "sector": str,
        "name": str,
        "folded": str,
        "description": str,
        "status": str,
        "disabled": int,
        "locked": int,
    }
    _table(db, "cluster", _ROW | _OWN | cluster | {"origin": str, "created_at": int, "detached": str})
    db.table("cluster").create_index(["sector", "folded"], index_name="cluster_sector_folded")
    idea = {
        "sector": str,
        "title": str,
        "description": str,
        "cluster": str,
        "status": str,
        "disabled": int,
        "content_type": str,
    }
    idea |= {"content_structure": str, "estimated_word_count": int, "keyword_objects": str, "created_at": int}
    _table(db, "idea", _ROW | _OWN | idea)
    task = {"sector": str, "idea": str, "cluster": str, "title": str, "status": str, "created_at": int}
    _table(db, "task", _ROW | _OWN | task)


@_STEPS()
def m004_edits(db: Database) -> None:
    """Actions, their mutations (outbox, history and undo in one) and the questions they raised."""
    action = {
        "n": int,
        "id": str,
        "label": str,
        "at": int,
        "origin": str,
        "undoes": str,
        "undone_by": str,
        "rows": int,
    }
    db.table("action").create(action, pk="n")
    db.table("action").create_index(["id"], unique=True, index_name="action_id")
    mutation = {
        "id": int,
        "action": str,
        "part": int,
        "parts": int,
        "scope": int,
        "replica": str,
        "seq": int,
        "op_id": str,
    }
    mutation |= {
        "sha256": str,
        "body": bytes,
        "rows": int,
        "creates": int,
        "void": int,
        "state": str,
        "confirmed": int,
    }
    mutation |= {
        "verdict": str,
        "ver": int,
        "results": str,
        "at": int,
        "supersedes": str,
        "was": int,
        "made": int,
    }
    mutation |= {"epoch": str, "undo_of": str, "user": str}
    db.table("mutation").create(mutation, pk="id")
    db.table("mutation").create_index(["op_id"], unique=True, index_name="mutation_op_id")
    db.table("mutation").create_index(["action"], index_name="mutation_action")
    # Partial indexes keep "what waits" independent of how long the history is; sqlite-utils has no WHERE for them.
    db.execute("CREATE INDEX mutation_open ON mutation (scope, seq) WHERE state IN ('waiting', 'sending')")
    db.execute("CREATE INDEX mutation_overlay ON mutation (id) WHERE confirmed = 0")
    review = {
        "id": str,
        "kind": str,
        "code": str,
        "message": str,
        "scope": int,
        "entity": str,
        "uid": str,
        "ids": str,
        "grp": str,
    }
    review |= {
        "base": str,
        "mine": str,
        "theirs": str,
        "by": str,
        "at": int,
        "ops": str,
        "action": str,
        "state": str,
        "decided": str,
    }
    db.table("review").create(review | {"ver": int}, pk="id")
    db.execute("CREATE INDEX review_open ON review (uid) WHERE state = 'open'")


@_STEPS()
def m005_figures_of_the_seed(db: Database) -> None:
    """What the columns are packed from lies with the keyword: decision 7."""
    table = db.table("keyword")
    for name, kind in (("text", str), ("volume", int), ("difficulty", int), ("mask", int), ("country", str)):
        table.add_column(name, kind)
    copy_all_figures(db.conn)


@_STEPS()
def m006_trust(db: Database) -> None:
    """What was proved equal and when, removals that wait for the user's word, local copies of rows the platform lost."""
    scope = db.table("scope_state")
    numbers = ("checked_at", "checked_version", "safe_version", "guard_rows", "guard_of", "guard_allowed")
    # need_compare: our operations are to be compared with the platform's memory though its epoch is the same (a fork).
    for name in (*numbers, "need_compare"):
        scope.add_column(name, int, not_null_default=0)
    # Which tables and columns the rows were fetched with; "" means: by a version that did not note it.
    for name in ("guard_kinds", "tables"):
        scope.add_column(name, str, not_null_default="")
    # settled_at: when a verdict came, on the platform's clock. trimmed: too old ever to be sent again.
    for name in ("settled_at", "trimmed"):
        db.table("mutation").add_column(name, int, not_null_default=0)
    # The list of actions reads these instead of the bodies and reviews themselves: a million rows are one line of it.
    db.execute("CREATE INDEX mutation_listed ON mutation (action, void, state, rows)")
    db.execute("CREATE INDEX review_action ON review (action)")
    unknown = db.table("unknown_rows")
    unknown.add_column("uid", str, not_null_default="")
    unknown.add_column("ver", int, not_null_default=0)
    db.execute("CREATE INDEX unknown_rows_uid ON unknown_rows (scope, uid)")
    keepsake = {"uid": str, "entity": str, "scope": int, "sector": str, "body": str, "reason": str, "at": int}
    db.table("keepsake").create(keepsake, pk="uid", not_null=set(keepsake) - {"uid"})
    # When a keyword last came with other values than were shown: unix milliseconds of this computer.
    db.table("arrival").create({"k": int, "at": int}, pk="k", not_null={"at"})
