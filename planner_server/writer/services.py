"""What happens to tasks: made from ideas, changed, completed, deleted. Set-wise, inside the open gate of their site.

An idea follows its task: queued when it gets one, completed with it, new again when a task that was still to be written is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from planner_core.commands import SetStatus
from planner_core.decision import Decision, Refused
from planner_core.entities import COMPLETED, NEW, QUEUED
from planner_core.operations import Change, Set
from planner_server import clock
from planner_server.accounts.models import Sector
from planner_server.feed import sql
from planner_server.feed.gate import Gate
from planner_server.planning.models import ContentIdeas
from planner_server.planning.services import carry_out

_FIELDS = ("title", "description", "content_type", "content_structure", "keywords", "word_count")
_DEFAULTS: Mapping[str, Any] = {
    "description": "",
    "content_type": "post",
    "content_structure": "article",
    "keywords": "",
    "word_count": 1000,
}
_DONE = "A completed task is not queued again. Make a new one."


class _Task(NamedTuple):
    uid: str
    status: str
    idea_id: int | None


class _Idea(NamedTuple):
    """An idea under the names of a task's columns."""

    idea_id: int
    account_id: int
    site_id: int
    sector_id: int
    cluster_id: int | None
    title: str
    description: str
    content_type: str
    content_structure: str
    word_count: int


@dataclass(frozen=True, slots=True)
class Queued:
    """What queueing ideas came to. Task ids are integers: (task, idea)."""

    decision: Decision
    """Of the ideas' status; what it refuses has got no task."""
    made: Sequence[tuple[int, int]] = ()
    already: Sequence[tuple[int, int]] = field(default=())
    """Ideas that had a task before; it is used, no second one is made."""


def ideas_queue(gate: Gate, uids: Sequence[str]) -> Queued:
    """Make a task of each idea that has none and take the ideas to queued. Repeating it changes nothing."""
    decision = carry_out(gate, SetStatus("idea", list(uids), QUEUED))
    refused = {uid for one in decision.refused for uid in one.ids}
    ideas = _ideas(gate, [uid for uid in uids if uid not in refused])
    already = _tasks_of([idea.idea_id for idea in ideas])
    fresh = [idea for idea in ideas if idea.idea_id not in already]
    texts = _keyword_texts([idea.idea_id for idea in fresh])
    _insert(
        gate,
        [
            {"uid": uid, **idea._asdict(), "keywords": texts.get(idea.idea_id, "")}
            for uid, idea in zip(clock.new_uids(len(fresh)), fresh, strict=True)
        ],
    )
    made = _tasks_of([idea.idea_id for idea in fresh])
    return Queued(
        decision,
        sorted((task, idea) for idea, task in made.items()),
        sorted((task, idea) for idea, task in already.items()),
    )


def task_create(
    gate: Gate, *, sector: Sector, idea: ContentIdeas | None, cluster_id: int | None, given: Mapping[str, Any]
) -> str:
    """Make one task and return its uid; its idea becomes queued (or completed, as the task's status says).

    The caller has asked that the idea has no live task; two at once meet the table's constraint.
    """
    uid = clock.new_uid()
    own = {name: given.get(name, _DEFAULTS.get(name)) for name in _FIELDS}
    place = {"account_id": sector.account_id, "site_id": sector.site_id, "sector_id": sector.pk}
    row = {"uid": uid, **place, "idea_id": None if idea is None else idea.pk, "cluster_id": cluster_id, **own}
    status = given.get("status", QUEUED)
    _insert(gate, [row], status)
    if idea is not None and idea.status != COMPLETED:
        carry_out(gate, SetStatus("idea", [idea.uid], status))
    return uid


def task_edit(gate: Gate, uid: str, values: Mapping[str, Any]) -> None:
    """Set columns of one task (its status goes through `tasks_complete`)."""
    if values:
        _stamp(gate, [uid], values)


def tasks_complete(gate: Gate, uids: Sequence[str]) -> Decision:
    """Take queued tasks to completed, and their ideas with them."""
    waiting = _live(gate, uids, QUEUED)
    done = [uid for uid in uids if uid not in {task.uid for task in waiting}]
    if waiting:
        _stamp(gate, [task.uid for task in waiting], {"status": COMPLETED})
        _take_ideas(gate, waiting, COMPLETED)
    return _decision(waiting, (QUEUED,), (COMPLETED,), len(done))


def tasks_requeue(gate: Gate, uids: Sequence[str]) -> Decision:
    """Refuse to take completed tasks back; the others are queued already."""
    done = [task.uid for task in _live(gate, uids, COMPLETED)]
    refused = [Refused("transition", _DONE, done, "status")] if done else []
    return Decision((), refused, len(uids) - len(done))


def tasks_delete(gate: Gate, uids: Sequence[str]) -> Decision:
    """Move tasks to the trash; the idea of one that was still queued is new again."""
    live = [*_live(gate, uids, QUEUED), *_live(gate, uids, COMPLETED)]
    if live:
        _stamp(gate, [task.uid for task in live], {"deleted_at": gate.at})
        _take_ideas(gate, [task for task in live if task.status == QUEUED], NEW)
    return _decision(live, (False,), (True,), len(uids) - len(live))


def _decision(tasks: Sequence[_Task], old: tuple[Any, ...], new: tuple[Any, ...], unchanged: int) -> Decision:
    """Return what was done in the words of the rules, which know tasks only as something to read."""
    changes = [Change(old, new, [task.uid for task in tasks])] if tasks else []
    return Decision([Set("task", "status", changes)] if changes else [], (), unchanged)


def _live(gate: Gate, uids: Sequence[str], status: str) -> list[_Task]:
    condition, uids_param = sql.among("uid", list(uids))
    found = sql.rows(
        f"SELECT uid, status, idea_id FROM planning_tasks WHERE {condition} AND scope_id = %s"
        " AND deleted_at IS NULL AND status = %s",
        [uids_param, gate.scope_id, status],
    )
    return [_Task(*row) for row in found]


def _ideas(gate: Gate, uids: Sequence[str]) -> list[_Idea]:
    condition, uids_param = sql.among("uid", list(uids))
    found = sql.rows(
        "SELECT id, account_id, site_id, sector_id, keyword_cluster_id, idea_title, description, content_type,"
        f" content_structure, estimated_word_count FROM planning_contentideas WHERE {condition} AND scope_id = %s"
        " AND deleted_at IS NULL ORDER BY id",
        [uids_param, gate.scope_id],
    )
    return [_Idea(*row) for row in found]


def _tasks_of(ideas: Sequence[int]) -> dict[int, int]:
    """Return idea -> its live task, integer ids."""
    condition, ids = sql.among("idea_id", ideas)
    return dict(
        sql.rows(f"SELECT idea_id, id FROM planning_tasks WHERE {condition} AND deleted_at IS NULL", [ids])
    )


def _keyword_texts(ideas: Sequence[int]) -> dict[int, str]:
    """Return idea -> its live keywords as a comma list, in the order of their ids."""
    condition, ids = sql.among("m.idea_id", ideas)
    texts: dict[int, list[str]] = {}
    for idea, keyword in sql.rows(
        "SELECT m.idea_id, s.keyword FROM planning_ideakeyword m JOIN planning_keywords k ON k.id = m.keyword_id"
        " JOIN library_seedkeyword s ON s.id = k.seed_keyword_id"
        f" WHERE {condition} AND k.deleted_at IS NULL ORDER BY m.idea_id, k.id",
        [ids],
    ):
        texts.setdefault(idea, []).append(keyword)
    return {idea: ", ".join(keywords) for idea, keywords in texts.items()}


def _insert(gate: Gate, rows: Sequence[Mapping[str, Any]], status: str = QUEUED) -> None:
    if not rows:
        return
    born = gate.born()
    common = {**born, "field_meta": sql.as_json(born["field_meta"]), "extra": "{}", "status": status}
    columns = list(rows[0])
    sql.insert_many("planning_tasks", columns, [[row[name] for name in columns] for row in rows], common)


def _stamp(gate: Gate, uids: Sequence[str], values: Mapping[str, Any]) -> None:
    assigned = "".join(f"{column} = %s, " for column in values)
    condition, uids_param = sql.among("uid", list(uids))
    sql.run(
        f"UPDATE planning_tasks SET {assigned}ver = %s, updated_at = %s WHERE {condition} AND scope_id = %s",
        [*values.values(), gate.version, gate.at, uids_param, gate.scope_id],
    )


def _take_ideas(gate: Gate, tasks: Sequence[_Task], status: str) -> None:
    """Take the live ideas of tasks to a status; on the way back only those that wait for their task."""
    condition, ids = sql.among("id", sorted({task.idea_id for task in tasks if task.idea_id is not None}))
    waiting = [QUEUED] if status == NEW else [NEW, QUEUED]
    choice, statuses = sql.among("status", waiting)
    found = sql.rows(
        f"SELECT uid FROM planning_contentideas WHERE {condition} AND {choice} AND deleted_at IS NULL ORDER BY id",
        [ids, statuses],
    )
    if found:
        carry_out(gate, SetStatus("idea", [uid for (uid,) in found], status))
