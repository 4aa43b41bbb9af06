"""What the rules say, as data: one small world, and for each command what comes of it.

`rules.json` is read by the tests of the core (over plain dictionaries), of the desktop (over its replica) and of the server (over
its database): a rule that means something else on one side fails there. A text that starts with "@" is a name for a row id.
Lists of ids mean sets; the order of operations counts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner_core import commands
from planner_core.decision import Decision
from planner_core.operations import Operation
from planner_core.wire.body import Body, encode_body

FILE = Path(__file__).parent / "rules.json"


def uid_of(name: str) -> str:
    """The row id that a name like "@k1" stands for; it has the version and variant digits of a UUIDv7."""
    digits = hashlib.sha256(name.encode()).hexdigest()[:32]
    return f"{digits[:12]}7{digits[13:16]}8{digits[17:]}"


def resolved(value: Any) -> Any:
    """The same document with every "@name" replaced, in keys too."""
    match value:
        case str() if value.startswith("@"):
            return uid_of(value)
        case list():
            return [resolved(one) for one in value]
        case dict():
            return {resolved(key): resolved(one) for key, one in value.items()}
        case _:
            return value


@dataclass(frozen=True)
class Vector:
    """One command with what must come of it."""

    name: str
    command: commands.Command
    by_person: bool
    operations: list[Any]
    refused: list[Any]
    unchanged: int


@dataclass(frozen=True)
class World:
    """Rows of one site and a little of another; lists of dictionaries as in the file, ids resolved."""

    site: str
    sectors: Sequence[Mapping[str, Any]]
    seeds: Sequence[Mapping[str, Any]]
    clusters: Sequence[Mapping[str, Any]]
    keywords: Sequence[Mapping[str, Any]]
    ideas: Sequence[Mapping[str, Any]]


def load() -> tuple[World, list[Vector]]:
    """The world and all vectors."""
    document = resolved(json.loads(FILE.read_text()))
    world = World(**document["world"])
    vectors = []
    for one in document["vectors"]:
        arguments = dict(one["command"])
        command = getattr(commands, arguments.pop("verb"))(**arguments)
        expected = [_plain(operation) for operation in one["operations"]]
        refused = sorted((_plain(refusal) for refusal in one["refused"]), key=repr)
        vectors.append(Vector(one["name"], command, one["by_person"], expected, refused, one["unchanged"]))
    return world, vectors


def shown(decision: Decision) -> dict[str, Any]:
    """A decision in the form the file has, comparable."""
    refused = [{"code": one.code, "ids": list(one.ids), "field": one.field} for one in decision.refused]
    return {
        "operations": as_wire(decision.operations),
        "refused": sorted((_plain(one) for one in refused), key=repr),
        "unchanged": decision.unchanged,
    }


def expected(vector: Vector) -> dict[str, Any]:
    """What `shown` must give for the vector."""
    return {"operations": vector.operations, "refused": vector.refused, "unchanged": vector.unchanged}


def as_wire(operations: Sequence[Operation]) -> list[Any]:
    """Operations as their wire form, comparable."""
    body = Body(action="0" * 32, label="", at=0, operations=tuple(operations))
    return [_plain(operation) for operation in json.loads(encode_body(body))["ops"]]


_SETS = ("ids", "kw", "add", "remove", "changes", "rows")


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Sort what means a set."""
    plain = {
        key: value for key, value in document.items() if value not in ([], {}) or key not in ("kw", "kids")
    }
    for key in _SETS:
        if key in plain:
            plain[key] = sorted((_inner(one) for one in plain[key]), key=repr)
    if "kids" in plain:
        plain["kids"] = {uid: sorted(inside) for uid, inside in sorted(plain["kids"].items())}
    return plain


def _inner(one: Any) -> Any:
    """Sort the ids at the end of an entry of changes or of rows seen."""
    if isinstance(one, list) and one and isinstance(one[-1], list):
        return [*one[:-1], sorted(one[-1])]
    return one
