"""Judges what is sent again in the place of refused work (I1): all that was wanted is wanted still, or stands already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.simulation.ledger import Entry, Wish
from tests.simulation.sight import DELETED, MEMBERS, Row

Rows = Mapping[str, Row]


def i1_whole(former: Entry, later: Entry, one: Callable[[str], str], *pictures: Rows) -> Iterator[str]:
    """A later form ends all questions about its former one, so it leaves nothing of it out but what is shown as wanted anyway.

    `one` returns the row that stands for an id; `pictures` are what the machine showed before the decision and after it.
    """
    kept = {_about(wish, one) for wish in later.wishes}
    last = {_about(wish, one): wish for wish in former.wishes}
    for about, wish in last.items():
        if about not in kept and not any(_stands(wish, rows.get(one(wish.uid))) for rows in pictures):
            yield f"I1: {later.op} takes the place of {former.op} and leaves {wish} out"


def _about(wish: Wish, one: Callable[[str], str]) -> tuple[str, str]:
    """Return what two wishes have in common that want something of the same thing."""
    return (one(wish.uid), wish.group) if wish.verb != "resolve" else (wish.conflict, "")


def _stands(wish: Wish, row: Row | None) -> bool:
    if row is None or wish.verb == "resolve":
        return False
    if wish.group == DELETED:
        return (row.deleted,) == wish.new
    if wish.group == MEMBERS:
        held = set(row.groups[MEMBERS][0])
        return held.issuperset(wish.add) and held.isdisjoint(wish.remove)
    return row.groups[wish.group] == wish.new
