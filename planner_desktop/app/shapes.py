"""Rows as the `--json` contract has them. Times are UTC in ISO 8601."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planner_core.entities import ENTITIES
from planner_desktop.app.contract import CLUSTER_FIELDS, IDEA_FIELDS
from sync.replica import (
    ClusterRow,
    Counts,
    HistoryRow,
    IdeaRow,
    LaterStep,
    PendingRow,
    Restoration,
    ReviewRow,
    ScopeRow,
    SectorRow,
    SeedRow,
    SiteRow,
)

if TYPE_CHECKING:  # its module reads bodies, which no listing needs
    from sync.replica import WaitingChange

Shape = dict[str, Any]


def moment(unix_ms: int | None) -> str | None:
    """Return a time as text; None for none."""
    if not unix_ms:
        return None
    return datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def site(row: SiteRow) -> Shape:
    return {"id": row.id, "name": row.name, "slug": row.slug, "domain": row.domain, "industry": row.industry}


def scope(row: ScopeRow) -> Shape:
    """Return where one site stands. `checked` is the last time its content was compared with the platform's and found equal.

    `held_back` is a removal that waits for the user's word: how many rows of how many, by kind.
    """
    held = row.guard if row.guard is not None and not row.guard.allowed else None
    return {
        "site": row.name,
        "site_id": row.id,
        "access": row.access,
        "fetched": moment(row.last_pull_at),
        "checked": moment(row.checked_at),
        "equal": bool(row.checked_at) and row.checked_version == row.version and not row.open,
        "held_back": {"rows": held.rows, "of": held.of, "kinds": dict(held.kinds)} if held else None,
    }


def restoration(row: Restoration) -> Shape:
    """Return what a restore of the platform came to: `sent_again`, `waiting` and `missing` count rows, `review` questions.

    `missing`: rows that were here and that the platform has no more.
    """
    return {
        "site": row.site,
        "site_id": row.scope,
        "noticed": moment(row.at),
        "sent_again": row.again,
        "waiting": row.waiting,
        "review": row.asks,
        "missing": row.lost,
    }


def sector(row: SectorRow) -> Shape:
    return {"id": row.id, "name": row.name, "slug": row.slug, "site": row.site, "site_id": row.site_id}


def cluster(row: ClusterRow) -> Shape:
    return {name: getattr(row, name) for name in CLUSTER_FIELDS}


def idea(row: IdeaRow, keywords: Sequence[str]) -> Shape:
    """Return an idea with the texts of its keywords."""
    return {name: getattr(row, name) for name in IDEA_FIELDS} | {"keywords": list(keywords)}


def seed(row: SeedRow) -> Shape:
    shape = {
        name: getattr(row, name) for name in ("id", "keyword", "volume", "difficulty", "intent", "country")
    }
    return {**shape, "added": row.keyword_id is not None, "keyword_id": row.keyword_id}


def action(row: HistoryRow) -> Shape:
    return {
        "id": row.id,
        "label": row.label,
        "at": moment(row.at),
        "state": row.state,
        "rows": row.rows,
        "review": row.review,
        "refused": row.refused,
        "notes": row.notes,
        "undone": row.undone,
        "undoes": row.undoes,
        "redone": row.redone,
        "progress": progress(row),
    }


def progress(row: HistoryRow) -> str:
    """Return how an action stands in one word: waiting, sent, refused, undone or discarded."""
    if row.undone and not row.redone and row.origin != "undo":
        return "undone"
    if row.waiting:
        return "waiting"
    if row.refused or row.state in {"refused", "parked"}:
        return "refused"
    return "discarded" if row.state == "cancelled" else "sent"


def change(one: WaitingChange) -> Shape:
    """Return one field of one row that an action changed; `change` is set, create, delete, restore, items or resolve."""
    return {
        "entity": one.entity,
        "id": one.id,
        "name": one.name,
        "change": one.verb,
        "field": one.field,
        "old": one.old,
        "new": one.new,
    }


def later(step: LaterStep) -> Shape:
    """Return a later step that is in the way of an undo: of so many rows."""
    return {"id": step.id, "label": step.label, "at": moment(step.at), "rows": step.rows}


def pending(parts: Sequence[PendingRow]) -> Shape:
    """Return the parts of one action that wait as one row."""
    first = parts[0]
    return {
        "id": first.action,
        "label": first.label,
        "at": moment(first.at),
        "state": _waiting_state(parts),
        "detail": HELD if any(part.held for part in parts) else "",
        "rows": sum(part.rows for part in parts),
        "discardable": all(part.cancellable for part in parts),
    }


HELD = "held: you may not change the site at present; it goes out once you may again"


def _waiting_state(parts: Sequence[PendingRow]) -> str:
    if any(part.held for part in parts):
        return "held"
    return "sending" if any(part.state == "sending" for part in parts) else "waiting"


def review(row: ReviewRow) -> Shape:
    values = {side: _side(row, side) for side in ("base", "mine", "theirs")}
    return {
        "id": row.id,
        "kind": row.kind,
        "code": row.code,
        "message": row.message or _asked(row),
        "entity": row.entity,
        "name": row.subject,
        "rows": list(row.ids),
        "group": row.group,
        **values,
        "by": row.by,
        "at": moment(row.at),
        "state": row.state,
        "decided": row.decided,
        "action": row.action,
    }


def _asked(row: ReviewRow) -> str:
    """Return what a conflict asks, which has no message of a rule."""
    return f"{row.by or 'Somebody else'} set another value meanwhile." if row.kind == "conflict" else ""


def counts(found: Counts) -> Shape:
    return {
        "waiting": found.waiting_rows,
        "waiting_actions": found.waiting,
        "held": found.held,
        "conflicts": found.conflicts,
        "refused": found.refused,
        "last_sync": moment(found.last_sync),
    }


def _side(row: ReviewRow, side: str) -> Shape | None:
    """Return field -> value, references by name; None where the side has no value."""
    values = getattr(row, side)
    if values is None:
        return None
    # What was deleted, or is of a newer version, has other values than the group's fields.
    if len(values) != len(row.fields):
        return {row.group: list(values)}
    texts = row.shown.get(side) or values
    return {
        name: text if _is_reference(row.entity, name) else value
        for name, value, text in zip(row.fields, values, texts, strict=True)
    }


def _is_reference(entity: str, name: str) -> bool:
    return name in ENTITIES[entity].columns and ENTITIES[entity].field(name).kind == "ref"
