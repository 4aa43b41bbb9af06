"""The recipes of the documentation are recipes."""

import re
from pathlib import Path

from planner_desktop.recipes.document import STEPS, read_recipe

DOCUMENT = Path(__file__).parents[3] / "docs" / "recipes.md"


def test_the_recipes_of_the_documentation_are_read_as_they_stand() -> None:
    found = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    recipes = [read_recipe(text, "recipes.md") for text in found]
    assert [one.name for one in recipes] == ["Monday gap report", "Client wishes"]


def test_every_step_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert not [name for name in STEPS if f"`{name}`" not in text]
