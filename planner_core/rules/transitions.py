"""Statuses and the ways between them.

A person may take a keyword or a cluster back to new, and an idea from queued to new while its task is not completed (the server,
which has the tasks, adds that condition). A completed idea never goes back; automation never goes back at all.
"""

from __future__ import annotations

from planner_core.entities import COMPLETED, ENTITIES, MAPPED, NEW, QUEUED, Value

_BY_PERSON: dict[str, frozenset[tuple[str, str]]] = {
    "keyword": frozenset({(NEW, MAPPED), (MAPPED, NEW)}),
    "cluster": frozenset({(NEW, MAPPED), (MAPPED, NEW)}),
    "idea": frozenset({(NEW, QUEUED), (QUEUED, COMPLETED), (NEW, COMPLETED), (QUEUED, NEW)}),
}
_BY_JOB: dict[str, frozenset[tuple[str, str]]] = {
    "keyword": frozenset({(NEW, MAPPED)}),
    "cluster": frozenset({(NEW, MAPPED)}),
    "idea": frozenset({(NEW, QUEUED), (QUEUED, COMPLETED)}),
}


def known(entity: str, status: Value) -> bool:
    """Return whether the entity has such a status."""
    return status in ENTITIES[entity].field("status").choices


def allowed(entity: str, current: str, new: str, *, by_person: bool = True) -> bool:
    """Return whether a status may change that way; staying is always allowed.

    A status this version does not know (an older platform's) may be left for any known one, never entered.
    """
    if current == new:
        return True
    if not known(entity, new):
        return False
    if not known(entity, current):
        return by_person
    return (current, new) in (_BY_PERSON if by_person else _BY_JOB)[entity]


def follows_cluster(cluster: Value) -> str:
    """Return the status a keyword takes with its cluster: mapped inside one, new outside."""
    return NEW if cluster is None else MAPPED
