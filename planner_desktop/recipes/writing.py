"""A recipe as the text of its file. Only what this schema needs of TOML: texts, whole numbers, true and false, lists of texts, inline tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from planner_desktop.recipes.model import Recipe, Step, When

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL = re.compile(r"[\x20-\x26\x28-\x7e\xa0-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]+")
_WIDE = 90


def text_of(
    recipe: Recipe, *, head: Sequence[str] = (), remarks: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the file of a recipe. `head` are lines of comment on top, `remarks` those before a step, by its number from 1.

    Remarks under the number after the last step stand at the end.
    """
    told = remarks or {}
    lines = [_comment(line) for line in head]
    lines += [f"recipe = {recipe.recipe}", f"name = {_value(recipe.name)}"]
    if recipe.description:
        lines.append(f"description = {_value(recipe.description)}")
    source = _given(recipe.source)
    columns = source.pop("columns", {})
    if source or columns:
        lines += ["", "[import]", *(f"{name} = {_value(one)}" for name, one in source.items())]
    if columns:
        lines += [
            "",
            "[import.columns]",
            *(f"{_name(name)} = {_value(one)}" for name, one in columns.items()),
        ]
    for number, step in enumerate(recipe.steps, 1):
        lines += ["", *map(_comment, told.get(number, ())), *step_lines(step)]
    if rest := told.get(len(recipe.steps) + 1):
        lines += ["", *map(_comment, rest)]
    return "\n".join(lines) + "\n"


def step_lines(step: Step) -> list[str]:
    """Return the lines of one step."""
    return [
        "[[step]]",
        f"do = {_value(step.do)}",
        *(f"{name} = {_value(one)}" for name, one in _given(step).items() if name != "do"),
    ]


def _given(part: BaseModel) -> dict[str, Any]:
    """Return what differs from the defaults, in the order of the schema."""
    return {
        name: value
        for name, field in type(part).model_fields.items()
        if (value := getattr(part, name)) != field.get_default(call_default_factory=True)
    }


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case When():
            inner = ", ".join(f"{name} = {_value(one)}" for name, one in _given(value).items())
            return f"{{ {inner} }}"
        case _:
            items = [_value(one) for one in value]
            line = f"[{', '.join(items)}]"
            return line if len(line) <= _WIDE else "\n".join(["[", *(f"  {item}," for item in items), "]"])


def quoted(value: str) -> str:
    """Return a text as TOML has it."""
    # What has backslashes is a pattern nearly always: it is read more easily without their doubles.
    if "\\" in value and _LITERAL.fullmatch(value):
        return f"'{value}'"
    # The escapes of JSON are escapes of TOML, too; only DEL is allowed there and not here.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else quoted(key)


def _comment(line: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in line)
    return f"# {plain}" if plain else "#"
