"""Look-ups that most requests make, as statements put together once.

The ORM makes the same query anew each time, and for one small row of a table that is most of what the request costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)
_Converter = Callable[[Any], Any]


class Lookup(Generic[M]):
    """Rows of a model that meet a condition, as the model's objects. To be made once, where a module is imported."""

    def __init__(
        self,
        model: type[M],
        condition: str,
        *,
        order: str = "",
        left_out: Sequence[str] = (),
        locks: bool = False,
    ) -> None:
        """`condition` is SQL over the table's columns with a %s for each value; `order` names columns.

        Fields of `left_out` are fetched by themselves should somebody ask for them. `locks`: found rows stay as they are until the
        transaction ends (on SQLite whoever writes is alone anyway).
        """
        self._model = model
        self._fields: list[Field[Any, Any]] = [
            one
            for one in model._meta.concrete_fields  # noqa: SLF001 - the documented way to a model's fields
            if one.name not in left_out
        ]
        self._names = [one.attname for one in self._fields]
        columns = ", ".join(f'"{one.column}"' for one in self._fields)
        ordered = f" ORDER BY {order}" if order else ""
        self._sql = f"SELECT {columns} FROM {model._meta.db_table} WHERE {condition}{ordered}"  # noqa: SLF001
        self._locks = locks
        self._converters: dict[str, list[tuple[int, _Converter]]] = {}

    def all(self, *values: Any, using: str = "default") -> list[M]:
        """Return every row that is found."""
        connection = connections[using]
        statement = self._sql_locking if self._locks and connection.vendor == "postgresql" else self._sql
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = cursor.fetchall()
        if not rows:
            return []
        converters = self._converters.get(connection.vendor)
        if converters is None:
            converters = self._converters[connection.vendor] = self._converters_on(using)
        return [self._made(using, row, converters) for row in rows]

    def first(self, *values: Any, using: str = "default") -> M | None:
        """Return the first row, None if there is none."""
        found = self.all(*values, using=using)
        return found[0] if found else None

    @cached_property
    def _sql_locking(self) -> str:
        return f"{self._sql} FOR NO KEY UPDATE"

    def _made(self, using: str, row: Sequence[Any], converters: Sequence[tuple[int, _Converter]]) -> M:
        if converters:
            values = list(row)
            for place, convert in converters:
                values[place] = convert(values[place])
            row = values
        return self._model.from_db(using, self._names, row)

    def _converters_on(self, using: str) -> list[tuple[int, _Converter]]:
        """Return (place, what makes the field's value of the driver's), as the ORM has them for these fields."""
        connection = connections[using]
        found: list[tuple[int, _Converter]] = []
        for place, one in enumerate(self._fields):
            column = one.get_col(self._model._meta.db_table)  # noqa: SLF001
            steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
            found += [(place, _bound(step, column, using)) for step in steps]
        return found


def _bound(step: Callable[..., Any], column: Any, using: str) -> _Converter:
    return lambda value: step(value, column, connections[using])
