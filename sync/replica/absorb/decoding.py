"""Lines of rows from bytes to values: typed, in the order of this version's columns, whatever columns the platform sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import GenericAlias
from typing import Annotated, Any

import msgspec

from planner_core.entities import ENTITIES, Entity, Field

Row = Sequence[Any]
Unreadable = Callable[[bytes, str], None]
_Int = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""What a column of SQLite holds."""
_TYPES: Mapping[str, Any] = {"bool": bool, "int": _Int, "time": _Int, "refs": list[str]}
_BROKEN = (msgspec.ValidationError, msgspec.DecodeError)


class LineDecoder:
    """Reads the lines of one entity that name the same columns."""

    def __init__(self, entity: str, columns: Sequence[str]) -> None:
        """Building the typed decoder costs as much as reading some hundred rows: keep it for all lines of a delivery."""
        row = _row_type(ENTITIES[entity], columns)
        self._row: msgspec.json.Decoder[Row] = msgspec.json.Decoder(row)
        self._rows: msgspec.json.Decoder[list[Row]] = msgspec.json.Decoder(GenericAlias(list, (row,)))
        self._pick = _picker(ENTITIES[entity], columns)

    def rows(self, raw: bytes, unreadable: Unreadable) -> list[Row]:
        """Return rows as (uid, ver, deleted, *columns of the entity, extra as JSON or None).

        A row that cannot be read is handed to `unreadable` with the reason; the others go on.
        """
        try:
            rows = self._rows.decode(raw)
        except _BROKEN:
            rows = self._each(raw, unreadable)
        return [self._pick(row) for row in rows]

    def _each(self, raw: bytes, unreadable: Unreadable) -> list[Row]:
        try:
            pieces = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except _BROKEN as error:
            unreadable(raw, str(error))
            return []
        rows: list[Row] = []
        for piece in pieces:
            try:
                rows.append(self._row.decode(piece))
            except _BROKEN as error:
                unreadable(bytes(piece), str(error))
        return rows


def _row_type(entity: Entity, columns: Sequence[str]) -> Any:
    fields = {one.name: one for one in entity.fields}
    return GenericAlias(tuple, (str, _Int, int | bool, *(_type(fields.get(name)) for name in columns)))


def _type(one: Field | None) -> Any:
    if one is None:
        return Any
    kind = _TYPES.get(one.kind, str)
    return kind | None if one.nullable else kind


def _picker(entity: Entity, columns: Sequence[str]) -> Callable[[Row], Row]:
    """Return the function from a feed row to (uid, ver, deleted, *columns of the entity, extra).

    A column this version does not know is kept in extra; one that an older platform lacks gets the field's default.
    """
    names = entity.columns
    if tuple(columns) == tuple(names):
        return lambda row: (*row, None)
    place = {name: 3 + columns.index(name) for name in columns}
    missing: dict[str, Any] = {
        one.name: [] if one.kind == "refs" else one.default for one in entity.fields if one.name not in place
    }
    extra = [name for name in columns if name not in names]

    def pick(row: Row) -> Row:
        values = [row[place[name]] if name in place else missing[name] for name in names]
        more = json.dumps({name: row[place[name]] for name in extra}) if extra else None
        return (row[0], row[1], row[2], *values, more)

    return pick
