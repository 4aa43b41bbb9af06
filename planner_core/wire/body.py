"""The body of a mutation: operations as JSON bytes that are kept, hashed and sent as they are.

A body never changes under its op id, so both sides hash the very bytes; nothing is parsed and written again on the way.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from planner_core.operations import (
    Change,
    Create,
    Delete,
    ItemsChange,
    Operation,
    Resolve,
    Restore,
    Seen,
    Set,
)

SCHEMA = 1
"""Goes up when an operation's meaning or shape changes; a server keeps converters for older bodies."""
OLDEST_SCHEMA = 1
"""The oldest bodies that are still understood."""

Uid = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
WireValue = StrictBool | StrictInt | StrictStr | None
WireValues = list[WireValue]
_Uids = Annotated[list[Uid], Field(default_factory=list)]
"""None of them where the field is left out. A default that is a list would be copied deep, once a body."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CreateWire(_Wire):
    """`rows` is [id, *columns] each."""

    k: Literal["create"]
    e: str
    f: dict[str, WireValue]
    cols: list[str]
    rows: list[list[WireValue]]
    kw: _Uids


class SetWire(_Wire):
    """`changes` is [old, new, ids] each."""

    k: Literal["set"]
    e: str
    g: str
    changes: list[tuple[WireValues, WireValues, list[Uid]]]


class ItemsWire(_Wire):
    """Adds and removes of one row's set field."""

    k: Literal["items"]
    e: str
    id: Uid
    f: str
    add: _Uids
    remove: _Uids


class DeleteWire(_Wire):
    """`rows` is [seen values by group, ids] each; `kids` the rows seen inside each deleted cluster."""

    k: Literal["delete"]
    e: str
    rows: list[tuple[dict[str, WireValues], list[Uid]]]
    kids: Annotated[dict[Uid, list[Uid]], Field(default_factory=dict)]


class RestoreWire(_Wire):
    """Rows out of the trash, with the children that are shown in each cluster until the rows come."""

    k: Literal["restore"]
    e: str
    rows: list[Uid]
    kids: Annotated[dict[Uid, list[Uid]], Field(default_factory=dict)]


class ResolveWire(_Wire):
    """A decision on a review item, with the value it was shown against."""

    k: Literal["resolve"]
    conflict: Uid
    choice: Literal["mine", "theirs"]
    e: str
    id: Uid
    g: str
    value: WireValues
    theirs: WireValues


OperationWire = Annotated[
    CreateWire | SetWire | ItemsWire | DeleteWire | RestoreWire | ResolveWire, Field(discriminator="k")
]


class BodyWire(_Wire):
    """One mutation: a part of an action, in one scope."""

    schema_: Annotated[int, Field(alias="schema")]
    action: Uid
    part: int = 1
    parts: int = 1
    label: str = ""
    at: int
    """When the user did it, unix milliseconds by his own clock: shown, never compared."""
    undo_of: Uid | None = None
    supersedes: _Uids
    ops: list[OperationWire]


class BadBody(ValueError):
    """A body that is not of this schema; the message names the place and the reason."""


class OtherSchema(BadBody):
    """A body of a schema that is not understood here: of a newer application, or of one that is too old."""

    def __init__(self, schema: int) -> None:
        super().__init__(f"schema {schema} is not between {OLDEST_SCHEMA} and {SCHEMA}")
        self.schema = schema


@dataclass(frozen=True, slots=True)
class Body:
    """A decoded mutation body."""

    action: str
    label: str
    at: int
    operations: tuple[Operation, ...]
    part: int = 1
    parts: int = 1
    undo_of: str | None = None
    supersedes: tuple[str, ...] = ()
    schema: int = SCHEMA


def digest(body: bytes) -> str:
    """Return the SHA-256 of a body's bytes as hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def encode_body(body: Body) -> bytes:
    """Return the bytes of a body: one line of UTF-8 JSON without spaces. `decode_body` gives the same body back."""
    document: dict[str, Any] = {"schema": body.schema, "action": body.action}
    if body.parts != 1:
        document |= {"part": body.part, "parts": body.parts}
    document |= {"label": body.label, "at": body.at}
    if body.undo_of is not None:
        document["undo_of"] = body.undo_of
    if body.supersedes:
        document["supersedes"] = list(body.supersedes)
    document["ops"] = [_to_wire(operation) for operation in body.operations]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def decode_body(raw: bytes) -> Body:
    """Parse and check a body. Raises OtherSchema for one of another schema, BadBody for anything else that is none."""
    try:
        wire = BodyWire.model_validate_json(raw)
    except ValidationError as error:
        _refuse_other_schema(raw)
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadBody(f"{place}: {first['msg']}") from error
    if not OLDEST_SCHEMA <= wire.schema_ <= SCHEMA:
        raise OtherSchema(wire.schema_)
    return Body(
        action=wire.action,
        label=wire.label,
        at=wire.at,
        operations=tuple(_from_wire(operation) for operation in wire.ops),
        part=wire.part,
        parts=wire.parts,
        undo_of=wire.undo_of,
        supersedes=tuple(wire.supersedes),
        schema=wire.schema_,
    )


def _refuse_other_schema(raw: bytes) -> None:
    """Tell a body of another schema, whatever else it holds, from one that is broken."""
    try:
        document = json.loads(raw)
    except ValueError:
        return
    schema = document.get("schema") if isinstance(document, dict) else None
    if isinstance(schema, int) and not OLDEST_SCHEMA <= schema <= SCHEMA:
        raise OtherSchema(schema)


def _to_wire(operation: Operation) -> dict[str, Any]:
    match operation:
        case Create():
            wire = {
                "k": "create",
                "e": operation.entity,
                "f": dict(operation.common),
                "cols": list(operation.columns),
                "rows": [list(row) for row in operation.rows],
            }
            return wire | ({"kw": list(operation.keywords)} if operation.keywords else {})
        case Set():
            changes = [[list(one.old), list(one.new), list(one.ids)] for one in operation.changes]
            return {"k": "set", "e": operation.entity, "g": operation.group, "changes": changes}
        case ItemsChange():
            items = {"add": list(operation.add), "remove": list(operation.remove)}
            return {"k": "items", "e": operation.entity, "id": operation.id, "f": operation.field} | items
        case Delete():
            rows = [
                [{name: list(values) for name, values in seen.values.items()}, list(seen.ids)]
                for seen in operation.rows
            ]
            return {"k": "delete", "e": operation.entity, "rows": rows} | _kids(operation.children)
        case Restore():
            return {"k": "restore", "e": operation.entity, "rows": list(operation.rows)} | _kids(
                operation.reattach
            )
        case Resolve():
            return _resolve_to_wire(operation)


def _kids(children: Any) -> dict[str, Any]:
    return {"kids": {uid: list(inside) for uid, inside in children.items()}} if children else {}


def _resolve_to_wire(operation: Resolve) -> dict[str, Any]:
    return {
        "k": "resolve",
        "conflict": operation.conflict,
        "choice": operation.choice,
        "e": operation.entity,
        "id": operation.id,
        "g": operation.group,
        "value": list(operation.value),
        "theirs": list(operation.theirs),
    }


def _from_wire(wire: CreateWire | SetWire | ItemsWire | DeleteWire | RestoreWire | ResolveWire) -> Operation:
    match wire:
        case CreateWire():
            return Create(wire.e, wire.f, tuple(wire.cols), wire.rows, wire.kw)
        case SetWire():
            return Set(
                wire.e, wire.g, [Change(tuple(old), tuple(new), ids) for old, new, ids in wire.changes]
            )
        case ItemsWire():
            return ItemsChange(wire.e, wire.id, wire.f, wire.add, wire.remove)
        case DeleteWire():
            seen = [
                Seen({name: tuple(values) for name, values in groups.items()}, ids)
                for groups, ids in wire.rows
            ]
            return Delete(wire.e, seen, wire.kids)
        case RestoreWire():
            return Restore(wire.e, wire.rows, wire.kids)
        case ResolveWire():
            return Resolve(
                wire.conflict, wire.choice, wire.e, wire.id, wire.g, tuple(wire.value), tuple(wire.theirs)
            )
