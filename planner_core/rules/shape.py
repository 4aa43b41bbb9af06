"""Values on their own: kind, range, length and choice of one field. Needs no facts."""

from __future__ import annotations

import unicodedata

from planner_core.decision import Refused
from planner_core.entities import Entity, Field, Value
from planner_core.text import fold, tidy
from planner_core.uid import canonical

NO_CLUSTER = "none"


def misfit(entity: Entity, name: str, value: Value) -> str | None:
    """Return why `value` cannot stand in the field, as a sentence naming the field; None if it can."""
    field = entity.field(name)
    if value is None:
        return None if field.nullable else f"{name} needs a value."
    match field.kind:
        case "bool":
            return None if isinstance(value, bool) else f"{name} is true or false, not {value!r}."
        case "int" | "time":
            return _misfit_number(field, value)
        case "choice":
            return (
                None
                if value in field.choices
                else f"{name} is one of {', '.join(field.choices)}, not {value!r}."
            )
        case "ref":
            fits = isinstance(value, str) and canonical(value) == value
            return None if fits else f"{name} is a row id (32 hexadecimal digits), not {value!r}."
        case _:
            return _misfit_text(field, value) or _misfit_name(entity, field, value)


def refuse_misfits(entity: Entity, values: dict[str, Value], ids: list[str]) -> list[Refused]:
    """Return a refusal for each value that does not fit its field."""
    return [
        Refused("invalid", reason, ids, name, {"value": value})
        for name, value in values.items()
        if (reason := misfit(entity, name, value)) is not None
    ]


def _misfit_number(field: Field, value: Value) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{field.name} is a whole number, not {value!r}."
    if field.maximum and not field.minimum <= value <= field.maximum:
        return f"{field.name} must be between {field.minimum} and {field.maximum}, not {value}."
    return None


def _misfit_name(entity: Entity, field: Field, value: Value) -> str | None:
    """Refuse what a name cannot be: lines and tables hold names, and the query line keeps a word for rows without a cluster."""
    # A field that must not be empty is a name; descriptions may have lines.
    if not field.minimum or not isinstance(value, str):
        return None
    if any(unicodedata.category(character) == "Cc" for character in value):
        return f"{field.name} holds a line break or another control character. Remove it and try again."
    if entity.name == "cluster" and fold(value) == NO_CLUSTER:
        return f"{field.name} cannot be {value!r}: cluster:{NO_CLUSTER} asks for keywords without a cluster. Take another name."
    return None


def _misfit_text(field: Field, value: Value) -> str | None:
    if not isinstance(value, str):
        return f"{field.name} is text, not {value!r}."
    if "\x00" in value:
        return f"{field.name} holds a NUL character. Remove it and try again."
    if any("\ud800" <= character <= "\udfff" for character in value):
        return f"{field.name} holds half of a character pair. Type it again."
    if field.minimum and not tidy(value):
        return f"{field.name} must not be empty."
    if field.maximum and len(value) > field.maximum:
        return f"{field.name} has {len(value)} characters; {field.maximum} fit."
    return None
