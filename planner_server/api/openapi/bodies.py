"""Serializers as they are for one operation: what they leave out or know beforehand there."""

from __future__ import annotations

from functools import cache
from typing import Any

from rest_framework import serializers

from planner_core.entities import ENTITIES

Shape = type[serializers.Serializer[Any]]


@cache
def updating(shape: Any) -> Any:
    """Return the serializer as it is when a row is changed: what is fixed then need not be repeated."""
    fixed: Any = getattr(shape, "fixed", ())
    if not fixed:
        return shape

    class Update(shape):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name in fixed:
                self.fields[name].required = False

    Update.__name__ = shape.__name__.replace("Serializer", "UpdateSerializer")
    return Update


@cache
def bulk_of(shape: Any, entity: str) -> Any:
    """Return the body of a bulk update of one entity, with the statuses that it has."""
    is_required = shape().fields["status"].required
    status = serializers.ChoiceField(
        choices=list(ENTITIES[entity].field("status").choices), required=is_required
    )
    return type(f"Bulk{entity.title()}Body", (shape,), {"status": status, "__doc__": shape.__doc__})


@cache
def without_files(shape: Any) -> Any:
    """Return the serializer as JSON can carry it."""
    files = [name for name, one in shape().fields.items() if isinstance(one, serializers.FileField)]
    if not files:
        return shape
    left_out = dict.fromkeys(files)
    return type(f"{shape.__name__}Json", (shape,), {**left_out, "__doc__": shape.__doc__})
