"""What must hold once everything has settled: each saved edit is there exactly once, both sides say the same, nothing is left over."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sync.replica.journal import journal_path, read
from tests.processes.arena import Arena, query
from tests.processes.nursery import Life
from tests.processes.script import RESOLVE, Author, Expected, Key

FIGURES = {"volume": "volume_override", "difficulty": "difficulty_override"}
BASES = ("cluster", "status", "disabled", "volume_override", "difficulty_override", "deleted")


# ---------------------------------------------------------------- what the platform shows


def values_of(arena: Arena, keys: Iterable[Key]) -> dict[Key, Any]:
    """Return the platform's present values of what scripts write."""
    aliases = dict(arena.ask("SELECT old, new FROM feed_alias"))
    return {key: _value(arena, *key, aliases) for key in keys}


def _value(arena: Arena, kind: str, uid: str, aliases: Mapping[str, str]) -> Any:
    while uid in aliases:
        uid = aliases[uid]
    match kind:
        case "cluster":
            rows = arena.ask("SELECT name FROM planning_clusters WHERE uid = ? AND deleted_at IS NULL", uid)
        case "idea":
            rows = arena.ask(
                "SELECT idea_title FROM planning_contentideas WHERE uid = ? AND deleted_at IS NULL", uid
            )
        case "keyword":
            sql = (
                "SELECT count(*) FROM planning_keywords k JOIN library_seedkeyword s ON s.id = k.seed_keyword_id"
                " WHERE s.uid = ? AND k.deleted_at IS NULL"
            )
            rows = arena.ask(sql, uid)
        case "member":
            sql = (
                "SELECT c.uid FROM planning_keywords k LEFT JOIN planning_clusters c ON c.id = k.cluster_id WHERE k.uid = ?"
                " AND k.deleted_at IS NULL"
            )
            rows = arena.ask(sql, uid)
        case "off":
            sql = "SELECT disabled FROM planning_keywords WHERE uid = ? AND deleted_at IS NULL"
            rows = [(bool(row[0]),) for row in arena.ask(sql, uid)]
        case _:
            sql = f"SELECT {FIGURES[kind]} FROM planning_keywords WHERE uid = ? AND deleted_at IS NULL"
            rows = arena.ask(sql, uid)
    return rows[0][0] if rows else None


def check_values(arena: Arena, expected: Expected, gone: Iterable[Key] = ()) -> None:
    """Every value written by one machine alone is the last one it saved; names are there once."""
    wanted = {key: value for key, value in expected.now.items() if key not in set(gone)}
    found = values_of(arena, wanted)
    # What was deleted shows no values; that it is gone has a key of its own.
    different = {
        key: (wanted[key], found[key])
        for key in wanted
        if found[key] != wanted[key] and not (found[key] is None and _is_of_deleted(arena, *key))
    }
    assert not different, f"(expected, found): {different}"
    for table, column in (("planning_clusters", "name"), ("planning_contentideas", "idea_title")):
        doubled = arena.ask(
            f"SELECT {column}, count(*) FROM {table} WHERE {column} LIKE '% by script %' AND deleted_at IS NULL"
            f" GROUP BY 1 HAVING count(*) > 1 OR {column} LIKE '%(2)'"
        )
        assert not doubled, f"made twice: {doubled}"


def asked_as(replica: Path, expected: Expected) -> set[Key]:
    """Return the figures that an open question holds with the very value that was saved."""
    items = set(
        query(replica, "SELECT uid, grp, mine FROM review WHERE state = 'open' AND kind = 'conflict'")
    )
    return {
        (kind, uid)
        for (kind, uid), value in expected.now.items()
        if (uid, FIGURES.get(kind), f"[{value}]") in items
    }


def _is_of_deleted(arena: Arena, kind: str, uid: str) -> bool:
    if kind not in {"member", "off", *FIGURES}:
        return False
    aliases = dict(arena.ask("SELECT old, new FROM feed_alias"))
    while uid in aliases:
        uid = aliases[uid]
    return not arena.ask("SELECT 1 FROM planning_keywords WHERE uid = ? AND deleted_at IS NULL", uid)


def check_contested(
    arena: Arena, replica: Path, mine: Author, other: Author, tags: Iterable[int], life: Life
) -> None:
    """What both machines wrote is decided as was chosen, or still asked; nobody's value is gone without a trace."""
    done = set(tags)
    was_written = any(author_tag in done for author_tag in _contest_tags(mine))
    decided = [
        (act["tag"], act["choice"])
        for act in mine.acts
        if act["do"] == RESOLVE and act["tag"] in done and _items(life, act["tag"])
    ]
    for row, value in mine.contested.items():
        theirs = other.effects_on(("volume", row))
        found = values_of(arena, [("volume", row)])[("volume", row)]
        items = query(
            replica,
            "SELECT mine, theirs FROM review WHERE uid = ? AND grp LIKE 'volume%' AND state = 'open' AND kind = 'conflict'",
            row,
        )
        assert len(items) <= 1, f"two questions for one field: {items}"
        if decided:
            assert found == (value if decided[-1][1] == "mine" else theirs), (row, found, decided)
            assert not items, f"decided and still asked: {items}"
        elif was_written:
            assert found == theirs, (row, found, value, theirs)
            assert items, f"the value {value} of {row} is nowhere"
            assert items[0][0] == f"[{value}]", items
        else:
            assert found == theirs, (row, found, theirs)


def _contest_tags(author: Author) -> list[int]:
    return [tag for tag, effects in author.effects.items() if effects == {}]


def _items(life: Life, tag: int) -> int:
    return sum(line.get("items", 0) for line in life.said if line.get("intent") == tag)


# ---------------------------------------------------------------- both books


def check_books(arena: Arena, *replicas: Path) -> None:
    """Each replica is whole and in agreement with the platform about every operation, number and open question."""
    for replica in replicas:
        _check_file(replica)
        _check_operations(arena, replica)
        _check_numbers(arena, replica)
        _check_questions(arena, replica)
        _check_journal(replica)


def _check_file(replica: Path) -> None:
    assert query(replica, "PRAGMA integrity_check") == [("ok",)]
    left = query(
        replica, "SELECT state, count(*) FROM mutation WHERE confirmed = 0 AND state <> 'rejected' GROUP BY 1"
    )
    assert not [one for one in left if one[0] in {"waiting", "sending", "applied", "partly"}], left
    assert query(replica, "SELECT count(*) FROM stage") == [(0,)]
    # I4: without pending work, what is shown is what the platform delivered.
    different = " OR ".join(f"{name} IS NOT base_{name}" for name in BASES)
    wrong = query(
        replica,
        f"SELECT w.uid, h.* FROM keyword_hot h JOIN keyword w ON w.k = h.k WHERE ({different})"
        # The platform never had it, and here it is gone: a row that was made twice.
        " AND NOT (h.deleted = 2 AND h.base_deleted IS NULL)",
    )
    assert not wrong, f"shown otherwise than delivered: {wrong}"


def _check_operations(arena: Arena, replica: Path) -> None:
    """I1, I2, I14: what has a verdict here has it there, once and for the same bytes, as long as the platform remembers."""
    floors = dict(arena.ask("SELECT uid, op_floor FROM feed_scope"))
    kept = query(
        replica,
        "SELECT m.op_id, m.sha256, m.state, s.id, coalesce(m.ver, 0) FROM mutation m JOIN scope_state s ON s.k = m.scope"
        " WHERE m.void = 0 AND m.state IN ('applied', 'partly', 'rejected', 'parked')",
    )
    known = dict(arena.ask("SELECT op_id, sha256 FROM feed_mutationresult"))
    missing = [one for one in kept if known.get(one[0]) != one[1] and one[4] > floors[one[3]]]
    assert not missing, f"the platform does not know {missing}"


def _check_numbers(arena: Arena, replica: Path) -> None:
    """I6: numbers are dense on the platform and both sides agree on the last."""
    holes = arena.ask(
        "SELECT p.last_seq, count(m.id), max(m.seq) FROM feed_replicascope p LEFT JOIN feed_mutationresult m"
        " ON m.replica_id = p.replica_id AND m.scope_id = p.scope_id GROUP BY p.id HAVING max(m.seq) > p.last_seq"
    )
    assert not holes, f"(last, count, highest): {holes}"
    ((replica_id,),) = query(replica, "SELECT value FROM meta WHERE key = 'replica_id'")
    for scope, following in query(replica, "SELECT id, next_seq FROM scope_state WHERE kind = 'site'"):
        found = arena.ask(
            "SELECT p.last_seq FROM feed_replicascope p JOIN feed_replica r ON r.id = p.replica_id"
            " JOIN feed_scope s ON s.id = p.scope_id WHERE r.uid = ? AND s.uid = ?",
            replica_id,
            scope,
        )
        assert following == (found[0][0] if found else 0) + 1, (scope, following, found)


def _check_questions(arena: Arena, replica: Path) -> None:
    """I17: the same questions are open on the machine and on the platform."""
    ((owner,),) = query(replica, "SELECT json_extract(value, '$.user') FROM meta WHERE key = 'owner'")
    here = {
        row[0] for row in query(replica, "SELECT id FROM review WHERE kind = 'conflict' AND state = 'open'")
    }
    there = {
        row[0]
        for row in arena.ask(
            "SELECT c.uid FROM feed_conflict c JOIN accounts_user u ON u.id = c.user_id"
            " WHERE c.state = 'open' AND c.kind = 'conflict' AND u.uid = ?",
            owner,
        )
    }
    assert here == there, (here - there, there - here)


def _check_journal(replica: Path) -> None:
    """The journal is whole, this file's own, and holds what is open and nothing else."""
    kept = read(journal_path(replica))
    assert kept is not None
    assert kept.whole
    assert [(kept.file,)] == query(replica, "SELECT value FROM meta WHERE key = 'file_id'")
    unsettled = query(replica, "SELECT op_id FROM mutation WHERE void = 0 AND confirmed = 0")
    settled = {
        row[0]
        for row in query(replica, "SELECT op_id FROM mutation WHERE confirmed = 1 AND state = 'applied'")
    }
    assert {row[0] for row in unsettled} <= set(kept.edits)
    assert not settled & set(kept.edits)
