"""The three-way merge of one group: what becomes of a change old -> new that meets another current value."""

from __future__ import annotations

from enum import Enum

from planner_core.entities import Entity, Group, Values
from planner_core.rules.transitions import allowed


class Outcome(Enum):
    """APPLY writes the new values, SAME finds them there already, CONFLICT asks a person."""

    APPLY = "apply"
    SAME = "same"
    CONFLICT = "conflict"


def merge(
    entity: Entity, group: Group, old: Values, new: Values, current: Values, *, current_by_person: bool = True
) -> Outcome:
    """Decide a person's change of one group by comparing values, not times.

    A change made by a job since `old` gives way to the person's; flags (unprotected groups) take the later push. Within a group
    the sides merge field by field only if the result is one of the two as a whole: a keyword can never end in her cluster with
    his status.
    """
    if current == new:
        return Outcome.SAME
    if current == old or not group.protected or not current_by_person:
        return Outcome.APPLY
    if group.fields == ("status",):
        return Outcome.APPLY if allowed(entity.name, str(current[0]), str(new[0])) else Outcome.CONFLICT
    merged = tuple(_merge_field(o, n, c) for o, n, c in zip(old, new, current, strict=True))
    if merged == new:
        return Outcome.APPLY
    if merged == current:
        return Outcome.SAME
    return Outcome.CONFLICT


_CLASH = object()


def _merge_field(old: object, new: object, current: object) -> object:
    if new in (old, current):
        return current
    return new if current == old else _CLASH
