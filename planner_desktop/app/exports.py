"""What the platform has not taken, as a file: CSV to be read by a person, JSON to be read by either.

The JSON also carries each edit as it would be sent, so that it can be made again later: on this computer, or on another one of the
same account after its first synchronisation.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from planner_core.commands import (
    AddKeywordsFromSeeds,
    ChangeIdeaKeywords,
    Command,
    CreateCluster,
    CreateIdea,
    DeleteRows,
    RestoreRows,
)
from planner_core.entities import ENTITIES
from planner_desktop.app import shapes
from planner_desktop.app.files import replacing
from planner_desktop.app.wishes import joined, to_have
from sync.errors import InvalidUsage
from sync.replica import UnsettledWork, WaitingChange

FORMAT = "planner-pending"
VERSION = 1
COLUMNS = (
    "action",
    "label",
    "at",
    "state",
    "site",
    "kind",
    "name",
    "id",
    "what",
    "field",
    "old",
    "new",
    "reason",
)
_UNSAFE = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""


def write(file: Path, work: Iterable[UnsettledWork], account: Mapping[str, Any], now_ms: int) -> int:
    """Write unsettled work; return how many changes of rows it is. Raises InvalidUsage for a name that ends otherwise, OSError."""
    kind = file.suffix.lower()
    if kind not in (".csv", ".json"):
        raise InvalidUsage(
            "unknown_format", f"{file.name} says no format.", "Let the name end with .csv or .json."
        )
    with replacing(file, bom=kind == ".csv") as out:
        if kind == ".csv":
            return _write_csv(out, work)
        return _write_json(out, work, {**account, "exported_at": shapes.moment(now_ms)})


def _write_csv(out: TextIO, work: Iterable[UnsettledWork]) -> int:
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    count = 0
    for one in work:
        front = (one.action, one.label, shapes.moment(one.at), one.state, one.site)
        for change in one.changes:
            cells = (change.entity, change.name, change.id, change.verb, change.field, change.old, change.new)
            rows.writerow([_cell(cell) for cell in (*front, *cells, "; ".join(one.reasons))])
            count += 1
    return count


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_UNSAFE) else text


def _write_json(out: TextIO, work: Iterable[UnsettledWork], head: Mapping[str, Any]) -> int:
    document = {"format": FORMAT, "version": VERSION, **head}
    out.write(json.dumps(document, ensure_ascii=False)[:-1] + ', "work": [')
    count, gap = 0, "\n"
    for one in work:
        out.write(gap + json.dumps(_document(one), ensure_ascii=False))
        gap = ",\n"
        count += len(one.changes)
    out.write("\n]}\n")
    return count


def _document(one: UnsettledWork) -> dict[str, Any]:
    return {
        "action": one.action,
        "label": one.label,
        "at": shapes.moment(one.at),
        "state": one.state,
        "site": one.site,
        "site_id": one.site_id,
        "rows": one.rows,
        "reasons": list(one.reasons),
        "changes": [_change(change) for change in one.changes],
        "operations": json.loads(one.body)["ops"],
    }


def _change(change: WaitingChange) -> dict[str, Any]:
    shape = {"kind": change.entity, "id": change.id, "name": change.name, "what": change.verb}
    return (
        shape if not change.field else {**shape, "field": change.field, "old": change.old, "new": change.new}
    )


# ---------------------------------------------------------------------- and back


def sites_in(file: Path) -> Mapping[str, str]:
    """Return the sites (id -> name) whose edits an export holds; nothing for a file that is none, about which `read` says more."""
    try:
        work = json.loads(file.read_text(encoding="utf-8"))["work"]
        return {str(one["site_id"]): str(one["site"] or "") for one in work if one["operations"]}
    except (ValueError, KeyError, TypeError):
        return {}


def read(file: Path) -> Sequence[Command]:
    """Return the edits of an exported JSON file as commands, in their order; decisions of Review are not among them.

    Raises InvalidUsage for a file that is no such export, OSError.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        is_ours, is_newer = document["format"] == FORMAT, document["version"] > VERSION
        work = document["work"] if is_ours and not is_newer else []
        commands = [
            command for one in work for operation in one["operations"] for command in _commands(operation)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidUsage(
            "no_export",
            f"{file} is no export of pending changes.",
            "Name a .json file that planner pending export wrote.",
        ) from error
    if not is_ours:
        raise InvalidUsage(
            "no_export",
            f"{file} is no export of pending changes.",
            "Name a .json file that planner pending export wrote.",
        )
    if is_newer:
        raise InvalidUsage(
            "export_newer", f"{file} was written by a newer version.", "Update Planner Desktop."
        )
    return commands


def creates(command: Command) -> str | None:
    """Return the id of the cluster or idea a command makes, None for any other."""
    return command.id if isinstance(command, CreateCluster | CreateIdea) else None


def _commands(operation: Mapping[str, Any]) -> Iterator[Command]:
    entity = str(operation["e"])
    match operation["k"]:
        case "set":
            fields = ENTITIES[entity].group(operation["g"]).fields
            for old, new, ids in operation["changes"]:
                wanted = {
                    name: value
                    for name, before, value in zip(fields, old, new, strict=True)
                    if before != value or name == "cluster"
                }
                yield from joined(command for uid in ids for command in to_have(entity, uid, wanted))
        case "create":
            yield from _creations(entity, operation)
        case "items":
            yield ChangeIdeaKeywords(operation["id"], operation.get("add", []), operation.get("remove", []))
        case "delete":
            yield DeleteRows(entity, [uid for _, ids in operation["rows"] for uid in ids])
        case "restore":
            yield RestoreRows(entity, operation["rows"])


def _creations(entity: str, operation: Mapping[str, Any]) -> Iterator[Command]:
    common, columns, rows = operation["f"], operation["cols"], operation["rows"]
    if entity == "keyword":
        place = columns.index("seed") + 1
        yield AddKeywordsFromSeeds(common["sector"], [row[place] for row in rows], [row[0] for row in rows])
        return
    for row in rows:
        values = {**common, **dict(zip(columns, row[1:], strict=True))}
        values.pop("created_at", None)
        sector = str(values.pop("sector"))
        if entity == "cluster":
            yield CreateCluster(row[0], sector, str(values["name"]), str(values.get("description") or ""))
        else:
            yield CreateIdea(row[0], sector, values, operation.get("kw", []))
