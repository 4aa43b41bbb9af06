"""What a delete takes along, and what the user must have seen for it to be his to delete."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from planner_core.entities import ENTITIES, Value, Values
from planner_core.facts import Facts
from planner_core.operations import Seen

LONG_TEXT = 256


def digest_long(value: Value) -> Value:
    """Return a value as a delete carries it: texts over 256 bytes as "sha256:..." of their UTF-8."""
    if isinstance(value, str):
        raw = value.encode()
        if len(raw) > LONG_TEXT:
            return f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return value


def seen_groups(entity: str) -> tuple[str, ...]:
    """Return the names of the groups whose content a delete is compared by: the protected ones."""
    return tuple(group.name for group in ENTITIES[entity].groups if group.protected)


def seen_as(facts: Facts, entity: str, ids: Sequence[str]) -> list[Seen]:
    """Return the rows to delete, classed by all protected values as they stand now."""
    groups = seen_groups(entity)
    per_row: dict[str, list[Values]] = {uid: [] for uid in ids}
    for group in groups:
        for alike in facts.alike(entity, ids, group):
            values = tuple(digest_long(value) for value in alike.current)
            for uid in alike.ids:
                per_row[uid].append(values)
    classes: dict[tuple[Values, ...], list[str]] = {}
    for uid, all_values in per_row.items():
        classes.setdefault(tuple(all_values), []).append(uid)
    return [Seen(dict(zip(groups, values, strict=True)), rows) for values, rows in classes.items()]
