"""Serializer fields the API shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

LARGEST_ID = 2**63 - 1


class MomentField(serializers.Field[int, datetime, str, Any]):
    """A stored time (unix milliseconds) as ISO 8601 in UTC; read only."""

    def __init__(self, **kwargs: Any) -> None:
        """Make the field read only."""
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: int) -> str:
        """Return the time as text, with milliseconds only where there are some."""
        return iso(value)


def iso(unix_ms: int) -> str:
    """Return a stored time as ISO 8601 text ending in Z."""
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds" if unix_ms % 1000 else "seconds").replace("+00:00", "Z")


def unix_ms(moment: datetime) -> int:
    """Return a point in time as it is stored."""
    return round(moment.timestamp() * 1000)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction: neither true nor "12" nor 12.5 is taken for one."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number. Raises ValidationError for anything else."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class RowId(WholeNumber):
    """The integer id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        """Keep within what a database takes."""
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class IdList(serializers.ListField):
    """The `ids` of a bulk action: at least one row id, repeats dropped."""

    child = RowId()
    default_limit = 100_000

    def __init__(self, **kwargs: Any) -> None:
        """Bound the list."""
        super().__init__(allow_empty=False, max_length=kwargs.pop("max_length", self.default_limit), **kwargs)

    def to_internal_value(self, data: Any) -> list[int]:
        """Return the ids, each once, in order."""
        if isinstance(data, list) and data:
            # A hundred thousand ids are looked at as a whole; only a list that is wrong is asked about one by one.
            if self.max_length is not None and len(data) > self.max_length:
                self.fail("max_length", max_length=self.max_length)
            if all(type(one) is int and 0 < one <= LARGEST_ID for one in data):
                return list(dict.fromkeys(data))
        return list(dict.fromkeys(super().to_internal_value(data)))
