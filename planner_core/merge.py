"""The one decision of sync: what becomes of work that meets values its author had not seen.

Pure functions of what was seen, what is wanted and what stands there now, with who wrote it. Values are compared, never times. The
platform decides with them; the table of docs/sync.md ("Who wins") is this module in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from planner_core.entities import Entity, Group, Value, Values
from planner_core.rules.transitions import allowed


class Outcome(Enum):
    """What becomes of one wish about one row."""

    APPLY = "apply"
    """The wish is carried out."""
    SAME = "same"
    """It is so already."""
    CONFLICT = "conflict"
    """A person is asked; what stands stays."""
    KEPT = "kept"
    """A job gives way to what a person wrote."""
    OVERTAKEN = "overtaken"
    """Somebody has written since what was to be taken back; it stays."""
    SUPERSEDED = "superseded"
    """Work sent again after a restore, older than work sent again before it."""
    DELETED = "deleted"
    """The row is in the trash."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change of one group from `old`, which its author saw, to `new`."""

    old: Values
    new: Values
    by_person: bool = True
    takes_back: bool = False
    """It undoes an operation."""
    mark: int | None = None
    """Only for work that had left in another epoch: its place among such work (`mark_of`)."""
    is_unsure: bool = False
    """It left, and nobody knows whether it was carried out: `mark` is only what it lies above."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one group of a row holds, and who wrote it last."""

    values: Values
    by_person: bool = True
    is_own: bool = False
    """Written by the author of the wish, or by the very operation that it takes back."""
    deleted: bool = False
    mark: int = 0
    """The highest mark of work that was sent again and settled here."""


def mark_of(was: int | None, made: int | None) -> int | None:
    """Return the place of work from another epoch, None for work of the present one.

    `was` is the version the work had there; 0: it left, and its version was never heard. `made` is the version its author had seen:
    such work is just above it.
    """
    if was:
        return 2 * was
    return None if made is None else 2 * made + 1


ONE_HISTORY = 200_000
"""Marks so far apart, or farther, are of two histories: epochs begin a million versions a second apart."""


def had_seen(later: int, earlier: int) -> bool:
    """Whether work with the mark `later` was carried out where work with the mark `earlier` stood already.

    In one history the higher version had the lower one before it. Work of a later epoch may never have met what an earlier one lost.
    """
    return 0 < later - earlier < ONE_HISTORY


def settle(entity: Entity, group: Group, wish: Wish, standing: Standing) -> Outcome:
    """Decide a wish about one group of one row."""
    if standing.deleted:
        return Outcome.DELETED
    is_below = wish.mark is not None and wish.mark < standing.mark
    if wish.mark is not None and not wish.is_unsure and had_seen(standing.mark, wish.mark):
        return Outcome.SUPERSEDED
    if wish.new == standing.values:
        return Outcome.SAME
    if is_below and not standing.is_own:
        # It may have been seen by whoever wrote this, or never have arrived: only its author can tell.
        return Outcome.OVERTAKEN if wish.takes_back else Outcome.CONFLICT
    if wish.old == standing.values:
        is_taken = wish.takes_back and group.protected and standing.by_person and not standing.is_own
        return Outcome.OVERTAKEN if is_taken else Outcome.APPLY
    if wish.takes_back:
        # What is to be taken back does not stand there; whatever does is not its doing.
        return Outcome.OVERTAKEN
    if standing.by_person and not wish.by_person:
        return Outcome.KEPT
    return merge(entity, group, wish.old, wish.new, standing.values, current_by_person=standing.by_person)


def settled_by_values(entity: Entity, group: Group, wish: Wish, values: Values) -> Outcome | None:
    """Return the outcome if it is the same whoever wrote `values`; None if it hangs on that. For a wish without a mark."""
    writers = (Standing(values), Standing(values, is_own=True), Standing(values, by_person=False))
    possible = {settle(entity, group, wish, standing) for standing in writers}
    return possible.pop() if len(possible) == 1 else None


def merge(
    entity: Entity, group: Group, old: Values, new: Values, current: Values, *, current_by_person: bool = True
) -> Outcome:
    """Return what becomes of a person's change by comparing values alone: APPLY, SAME or CONFLICT.

    A change made by a job since `old` gives way to the person's; flags (unprotected groups) take the later push. A status goes
    only where a person may take it from where it is now, whoever brought it there. Within a group the sides merge field by field
    only if the result is one of the two as a whole: a keyword can never end in her cluster with his status.
    """
    if current == new:
        return Outcome.SAME
    if current == old or not group.protected:
        return Outcome.APPLY
    if group.fields == ("status",):
        return Outcome.APPLY if allowed(entity.name, str(current[0]), str(new[0])) else Outcome.CONFLICT
    if not current_by_person:
        return Outcome.APPLY
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


def unseen_groups(seen: Mapping[str, Sequence[Value]], now: Mapping[str, Sequence[Value]]) -> list[str]:
    """Return the groups of a row that do not hold what the author of a deletion saw in them."""
    return [group for group, values in seen.items() if group in now and tuple(now[group]) != tuple(values)]


def settle_delete(
    unseen: Iterable[Standing], *, deleted: bool, by_person: bool = True, takes_back_foreign: bool = False
) -> Outcome:
    """Decide a deletion of one row. `unseen` is what stands in the groups that differ from what its author saw.

    `takes_back_foreign`: it undoes a creation or a restoring which is not why the row is there. Only what another person wrote
    stands in the way; a deletion wins over a job, and nobody is asked about his own work.
    """
    if deleted:
        return Outcome.SAME
    if takes_back_foreign:
        return Outcome.OVERTAKEN
    if any(one.by_person and not one.is_own for one in unseen):
        return Outcome.CONFLICT if by_person else Outcome.KEPT
    return Outcome.APPLY


def settle_decision(group: Group, value: Values, shown: Values, current: Values | None) -> Outcome:
    """Decide the answer "mine" to a review item: `value` was chosen against `shown`. `current` is None for a row that is not live.

    CONFLICT asks the same question anew: what stands there now was not shown.
    """
    if current is None or current == shown or not group.protected:
        return Outcome.APPLY
    return Outcome.SAME if current == value else Outcome.CONFLICT
