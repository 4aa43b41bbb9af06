"""The one way to change planning rows: inside an open gate, by operations the rules let through.

`planning_run` is for callers that have a command (REST, jobs): it opens the site's gate, decides and applies.
`apply_operation` is for operations decided elsewhere (a push): it compares before it sets, merges, and lists what it did not take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from planner_core.commands import Command
from planner_core.decision import Decision, Refused
from planner_core.operations import Change, Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from planner_core.rules import decide
from planner_core.wire.feed import RowResult
from planner_server.accounts.models import Site
from planner_server.accounts.services import site_scope
from planner_server.feed.gate import Actor, Gate, write
from planner_server.planning.services.creating import apply_create
from planner_server.planning.services.deciding import Decisions, apply_decisions
from planner_server.planning.services.deleting import apply_delete, apply_restore
from planner_server.planning.services.others import apply_items
from planner_server.planning.services.rewriting import renamed, settled
from planner_server.planning.services.sets import apply_set
from planner_server.planning.services.work import Place, Recovery, Work

__all__ = ["Place", "Recovery", "Work", "apply_operation", "carry_out", "job_write", "joined", "planning_run"]


def apply_operation(work: Work, operation: Operation | Decisions) -> None:
    """Carry out one operation as `joined` gives it; what does not simply go through is in `work.said` afterwards."""
    if isinstance(operation, Decisions):
        apply_decisions(work, operation)
        return
    current = settled(work, renamed(work, operation))
    match current:
        case Set():
            apply_set(work, current)
        case Create():
            apply_create(work, current)
        case Delete():
            apply_delete(work, current)
        case Restore():
            apply_restore(work, current)
        case ItemsChange():
            apply_items(work, current)
        case Resolve():
            apply_decisions(work, Decisions([current]))
        case None:
            pass


def joined(operations: Iterable[Operation]) -> Iterator[Operation | Decisions]:
    """Yield operations in order; neighbours that set the same group of different rows, or that are decisions, go as one.

    A pasted column comes as one Set a row: joined, it costs a statement for all instead of one each.
    """
    for are_decisions, run in groupby(_with_sets_joined(operations), lambda one: isinstance(one, Resolve)):
        if are_decisions:
            yield Decisions([one for one in run if isinstance(one, Resolve)])
        else:
            yield from run


def _with_sets_joined(operations: Iterable[Operation]) -> Iterator[Operation]:
    held: Set | None = None
    changes: list[Change] = []
    reached: set[str] = set()
    for operation in operations:
        ids = operation.ids if isinstance(operation, Set) else []
        if (
            held is not None
            and isinstance(operation, Set)
            and (operation.entity, operation.group) == (held.entity, held.group)
            and reached.isdisjoint(ids)
        ):
            changes.extend(operation.changes)
            reached.update(ids)
            continue
        if held is not None:
            yield replace(held, changes=changes)
            held = None
        if isinstance(operation, Set):
            held, changes, reached = operation, list(operation.changes), set(ids)
        else:
            yield operation
    if held is not None:
        yield replace(held, changes=changes)


def carry_out(gate: Gate, command: Command) -> Decision:
    """Decide a command on the rows as they are inside the gate of a site, and apply what the rules let through.

    The answer is the rules' decision, with what only the platform can know added to `refused` (a plan's limit).
    """
    site = Site.objects.select_related("account").get(uid=gate.scope_uid)
    work = Work(gate, Place.of(site, gate))
    decision = decide(command, work.facts, by_person=work.by_person)
    for operation in joined(decision.operations):
        apply_operation(work, operation)
    return _as_applied(decision, work) if any(one.code != "same" for one in work.said) else decision


def _as_applied(decision: Decision, work: Work) -> Decision:
    """Return the decision without the new rows that the platform did not take."""
    left_out = {uid for listed in work.said for uid in listed.ids}
    operations = [
        replace(one, rows=[row for row in one.rows if row[0] not in left_out])
        if isinstance(one, Create)
        else one
        for one in decision.operations
    ]
    refused = [Refused(one.code, one.message, one.ids, one.group) for one in work.said if one.code != "same"]
    return replace(decision, operations=operations, refused=[*decision.refused, *refused])


def job_write(*, site: Site, job: str, operations: Iterable[Operation]) -> list[RowResult]:
    """Write what a job worked out, as one transaction and one version of the site's feed; the rows it did not get.

    The `old` values of its Sets are what the job read: a person's change since then stays ("kept"), field by field.
    """
    with write(site_scope(site), Actor("job", job)) as gate:
        work = Work(gate, Place.of(site, gate))
        for operation in joined(operations):
            apply_operation(work, operation)
    return work.said


def planning_run(*, site: Site, command: Command, actor: Actor) -> Decision:
    """Carry out a command as one transaction and one version of the site's feed.

    Who may do what on which site is the caller's to have asked.
    """
    with write(site_scope(site), actor) as gate:
        return carry_out(gate, command)
