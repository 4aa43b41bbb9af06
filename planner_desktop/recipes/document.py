"""From the text of a recipe to the recipe, or to everything that is wrong with it: line, key, what, and the remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner_desktop.importing.headings import FIELDS
from planner_desktop.recipes.lines import line_of, places
from planner_desktop.recipes.model import CLEANING, FORMAT, MARKS, Recipe, Source, Step
from sync.errors import InvalidUsage

MOST_BYTES = 2_000_000
STEPS = (*(str(one.model_fields["do"].default) for one in (*CLEANING, *MARKS)), "add")
_SYNTAX = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_REMEDIES = {
    "missing": "Add it.",
    "string_type": "Write a text between quotation marks.",
    "int_type": "Write a whole number without quotation marks.",
    "bool_type": "Write true or false.",
    "tuple_type": 'Write a list: ["a", "b"].',
    "dict_type": "Write a table.",
    "model_type": "Write a table.",
    "model_attributes_type": "Write a table.",
    "string_too_short": "Write something there.",
    "string_too_long": "Shorten it.",
    "too_short": "Name at least one.",
    "too_long": "Put them into a list of the profile and name that: planner recipe lists set NAME FILE",
    "string_pattern_mismatch": "Write it in one line, without tabs and control characters.",
    "union_tag_not_found": f"Say what the step does: do = one of {', '.join(STEPS)}.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `line` from 1 (None: it stands nowhere), `key` as a person finds it, what, and the remedy."""

    line: int | None
    key: str
    message: str
    remedy: str


class BadRecipe(InvalidUsage):
    """A recipe that cannot be used; `problems` are all there are, the error itself says the first."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        where = ", ".join(
            part for part in (name, f"line {first.line}" if first.line is not None else "", first.key) if part
        )
        more = len(problems) - 1
        rest = f" ({more} more problem{'s' * (more > 1)}: planner recipe check)" if more else ""
        super().__init__("bad_recipe", f"{where}: {first.message}{rest}", first.remedy)
        self.problems = tuple(problems)


def read_file(path: Path) -> str:
    """Return the text of a recipe or list. Raises InvalidUsage for what cannot be read or is not UTF-8."""
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise InvalidUsage(
                "recipe_too_large", f"{path} is no recipe: it has more than 2 MB.", "Name another file."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidUsage("bad_encoding", f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidUsage("no_file", f"{path} cannot be read: {reason}.", "Check the path.") from None


def read_recipe(text: str, name: str) -> Recipe:
    """Return the recipe that a text is; `name` is what the text is called in messages. Raises BadRecipe."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(name, [_syntax(str(error), text)]) from None
    except RecursionError:
        problem = Problem(None, "", "Brackets stand in brackets too often.", "Write tables as [[step]].")
        raise BadRecipe(name, [problem]) from None
    found = places(text)
    if document.get("recipe") not in (None, FORMAT) and isinstance(document["recipe"], int):
        newer = Problem(
            line_of(found, ("recipe",)),
            "recipe",
            f"this is a recipe of format {document['recipe']}; this version reads format {FORMAT}.",
            "Use the version that wrote it." if document["recipe"] > FORMAT else f"Write recipe = {FORMAT}.",
        )
        raise BadRecipe(name, [newer])
    try:
        recipe = Recipe.model_validate(document)
    except ValidationError as error:
        raise BadRecipe(name, [_told(one, found) for one in _without_slips(error.errors())]) from None
    problems = [
        Problem(line_of(found, path), _key(path), what, remedy) for path, what, remedy in _misplaced(recipe)
    ]
    if problems:
        raise BadRecipe(name, problems)
    return recipe


def compose(
    name: str, steps: Sequence[Step], source: Source | Mapping[str, object], description: str = ""
) -> Recipe:
    """Return a recipe made of its parts. Raises BadRecipe for what none may say."""
    parts: dict[str, object] = {"recipe": FORMAT, "name": name, "description": description}
    try:
        return Recipe.model_validate({**parts, "import": source, "step": tuple(steps)})
    except ValidationError as error:
        raise BadRecipe("The recipe", [_told(one, {}) for one in error.errors()]) from None


def _syntax(message: str, text: str) -> Problem:
    told = _SYNTAX.match(message)
    what = told["what"] if told else message
    line = int(told["line"]) if told and told["line"] else len(text.splitlines()) or 1
    remedy = (
        "Texts stand between quotation marks; patterns between single ones: pattern = '\\bfree\\b'"
        if "escape" in what.lower() or "value" in what.lower()
        else "A recipe is TOML: key = value, [import], [[step]]. See: planner recipe new NAME"
    )
    return Problem(line, "", f"this is not TOML: {what[:1].lower()}{what[1:]}.", remedy)


def _without_slips(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out what only follows from another error: a key that is missing because it has a slip of the pen, a list too short
    because none of its items is right.
    """
    slips = [tuple(one["loc"]) for one in errors if one["type"] == "extra_forbidden"]
    paths = [tuple(one["loc"]) for one in errors]

    def follows(one: Mapping[str, Any]) -> bool:
        path = tuple(one["loc"])
        if one["type"] == "missing":
            return any(
                slip[:-1] == path[:-1] and get_close_matches(str(slip[-1]), [str(path[-1])]) for slip in slips
            )
        return one["type"] == "too_short" and any(
            other[: len(path)] == path and other != path for other in paths
        )

    return [one for one in errors if not follows(one)]


def _told(error: Mapping[str, Any], found: Mapping[tuple[str | int, ...], int]) -> Problem:
    path = _without_tags(error["loc"])
    kind, message, context = str(error["type"]), str(error["msg"]), error.get("ctx") or {}
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1], error["loc"])
        close = get_close_matches(str(path[-1]), known, 1)
        remedy = f"Did you mean {close[0]}?" if close else f"Take it out. Known here: {', '.join(known)}."
        message = "nothing is called that here."
    elif kind == "missing":
        message = "this is missing."
        remedy = _missing(path)
    elif kind == "union_tag_invalid":
        path = (*path, "do")
        close = get_close_matches(str(context.get("tag", "")), STEPS, 1)
        message = f"no step is called {context.get('tag')!r}."
        remedy = f"Did you mean {close[0]}?" if close else f"Steps are: {', '.join(STEPS)}."
    elif kind == "literal_error":
        message, remedy = f"{error['input']!r} is not known here.", f"Write {context['expected']}."
    elif kind == "value_error":
        message = f"{context['error']}."
        remedy = _value_remedy(path, message)
    else:
        message = f"{message[:1].lower()}{message[1:]}."
        remedy = _REMEDIES.get(kind, "See docs/recipes.md.")
    return Problem(line_of(found, path), _key(path), message.replace("..", "."), remedy)


def _value_remedy(path: Sequence[str | int], message: str) -> str:
    if path and path[-1] == "pattern":
        return "Patterns are those of the query line: pattern = '\\b(free|pdf)\\b'"
    if "no list" in message:
        return 'Name one: lists = ["brands"], files = ["brands.txt"], or keywords = ["ikea"].'
    if "nothing is asked" in message:
        return "Give pattern, min_words, max_words, min_volume or max_volume; or leave when out."
    return "Give min, max, or both: min = 2"


def _missing(path: Sequence[str | int]) -> str:
    match path:
        case ("recipe",):
            return f"Begin with: recipe = {FORMAT}"
        case ("name",):
            return 'Add: name = "Weekly export"'
        case ("step",):
            return 'Add steps, at least: [[step]] do = "add"'
        case _:
            return f"Add {path[-1]} = ... to the step."


def _without_tags(path: Sequence[str | int]) -> tuple[str | int, ...]:
    """A union puts the name of the step between its number and its keys."""
    if len(path) > 2 and path[0] == "step" and path[2] in STEPS:
        return (*path[:2], *path[3:])
    return tuple(path)


def _keys_at(path: Sequence[str | int], full: Sequence[str | int]) -> list[str]:
    by_name = {str(one.model_fields["do"].default): one for one in (*CLEANING, *MARKS)}
    if path and path[-1] == "when":
        return ["pattern", "min_words", "max_words", "min_volume", "max_volume"]
    if path and path[0] == "step":
        one = by_name.get(str(full[2])) if len(full) > 2 else None
        return ["do"] if one is None else ["do", *(name for name in one.model_fields if name != "do")]
    if path and path[0] == "import":
        return ["site", "sector", "on_duplicate", "columns"]
    return ["recipe", "name", "description", "import", "step"]


def _key(path: Sequence[str | int]) -> str:
    """Return a path as a person reads it: steps are counted from 1."""
    if len(path) > 1 and path[0] == "step" and isinstance(path[1], int):
        rest = [str(part) for part in path[2:] if isinstance(part, str)]
        return ", ".join([f"step {path[1] + 1}", *([".".join(rest)] if rest else [])])
    return ".".join(str(part) for part in path)


def _misplaced(recipe: Recipe) -> list[tuple[tuple[str | int, ...], str, str]]:
    """Return what is wrong with the order of steps and the names of columns."""
    adds = [at for at, step in enumerate(recipe.steps) if step.do == "add"]
    found: list[tuple[tuple[str | int, ...], str, str]] = [
        (("step", at, "do"), "a recipe adds once.", "Take this step out.") for at in adds[1:]
    ]
    if not adds:
        remedy = 'Put [[step]] do = "add" behind the cleaning steps.'
        found.append((("step",), "no step adds anything.", remedy))
    for at, step in enumerate(recipe.steps):
        if adds and at > adds[0] and isinstance(step, CLEANING):
            found.append(
                (
                    ("step", at, "do"),
                    f"{step.do} cleans rows, which is too late behind add.",
                    "Move the step before add.",
                )
            )
        if adds and at < adds[0] and isinstance(step, MARKS):
            found.append(
                (
                    ("step", at, "do"),
                    f"{step.do} speaks of keywords, which are there only behind add.",
                    "Move the step behind add.",
                )
            )
    for name in recipe.source.columns:
        if name not in FIELDS:
            close = get_close_matches(name, FIELDS, 1)
            remedy = f"Did you mean {close[0]}?" if close else f"Columns are: {', '.join(FIELDS)}."
            found.append((("import", "columns", name), "no column is called that.", remedy))
    return found
