"""The recipes of one account on this computer: plain files beside the replica.

recipes/<name>.toml        a recipe; its name is the one inside
recipes/lists/<name>.txt   an exclude list, one entry a line
recipes/runs/<n>.json      what a run was: recipe, files, import, action, and its step of tags and notes
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from planner_core.text import fold
from planner_desktop.app.files import make_private, read_json, replacing, write_json
from sync.errors import InvalidUsage, NotFound

LONGEST = 60
_DEVICES = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)))
)
_FORBIDDEN = frozenset('/\\:*?"<>|')


class RecipeBook:
    """Files by name. What is in a recipe is for others to know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # ------------------------------------------------------------ recipes

    def recipes(self) -> list[Path]:
        """Return the files of recipes in order of their names."""
        return _files(self.folder, ".toml")

    def recipe(self, name: str) -> Path:
        """Return the file of a recipe. Raises NotFound."""
        found = _called(self.recipes(), name)
        if found is None:
            there = ", ".join(path.stem for path in self.recipes()[:20])
            raise NotFound(
                "unknown_recipe",
                f"There is no recipe {name!r}." + (f" There are: {there}." if there else ""),
                "See: planner recipe list",
            )
        return found

    def keep_recipe(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write a recipe under its name. Raises InvalidUsage for a name that is taken, unless it may be replaced."""
        stem = stem_of(name)
        there = _called(self.recipes(), stem)
        if there is not None and not replace:
            raise InvalidUsage(
                "recipe_exists",
                f"There is a recipe {there.stem!r} already: {there}",
                "Choose another name, or remove it first: planner recipe remove NAME",
            )
        return _write(there or self.folder / f"{stem}.toml", text)

    def remove_recipe(self, name: str) -> Path:
        """Remove the file of a recipe and return where it was. Raises NotFound."""
        path = self.recipe(name)
        path.unlink()
        return path

    # ------------------------------------------------------------ lists

    def lists(self) -> list[Path]:
        """Return the files of exclude lists in order of their names."""
        return _files(self.folder / "lists", ".txt")

    def find_list(self, name: str) -> Path:
        """Return the file of a list. Raises NotFound."""
        found = _called(self.lists(), name)
        if found is None:
            there = ", ".join(path.stem for path in self.lists()[:20])
            raise NotFound(
                "unknown_list",
                f"There is no exclude list {name!r}." + (f" There are: {there}." if there else ""),
                f"Make it: planner recipe lists set {name!r} FILE",
            )
        return found

    def keep_list(self, name: str, entries: Sequence[str]) -> Path:
        """Write a list under a name, in place of one that is there."""
        stem = stem_of(name)
        path = _called(self.lists(), stem) or self.folder / "lists" / f"{stem}.txt"
        return _write(path, "".join(f"{entry}\n" for entry in entries))

    def remove_list(self, name: str) -> Path:
        """Remove a list and return where it was. Raises NotFound."""
        path = self.find_list(name)
        path.unlink()
        return path

    # ------------------------------------------------------------ runs

    @property
    def has_runs(self) -> bool:
        """Whether a recipe was ever run."""
        return (self.folder / "runs").is_dir()

    def runs(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the runs, latest first; one whose file is damaged is left out."""
        found = []
        for path in self._run_files()[:limit]:
            with suppress(ValueError, OSError):
                one = read_json(path)
                if isinstance(one, dict) and isinstance(one.get("number"), int):
                    found.append(one)
        return found

    def keep_run(self, run: dict[str, Any]) -> None:
        """Write what a run was, under its number. Raises OSError."""
        make_private(self.folder)
        make_private(self.folder / "runs")
        write_json(self.folder / "runs" / f"{run['number']}.json", run)

    def drop_run(self, number: int) -> None:
        """Forget a run of which nothing came."""
        (self.folder / "runs" / f"{number}.json").unlink(missing_ok=True)

    def next_run(self) -> int:
        """Return the number of the next run."""
        return max((int(path.stem) for path in self._run_files()), default=0) + 1

    def _run_files(self) -> list[Path]:
        paths = (path for path in _files(self.folder / "runs", ".json") if path.stem.isdigit())
        return sorted(paths, key=lambda path: -int(path.stem))


def stem_of(name: str) -> str:
    """Return the name of the file for what is called so. Raises InvalidUsage for what cannot be one on every system."""
    stem = " ".join(unicodedata.normalize("NFC", name).split())
    bad = not stem or len(stem) > LONGEST or not stem.isprintable() or stem[0] in ".-" or stem[-1] == "."
    # Commands take what ends like a file for one; the others are devices where files are named by Windows.
    bad = bad or stem.lower().endswith(".toml") or stem.split(".")[0].upper() in _DEVICES
    if bad or _FORBIDDEN.intersection(stem):
        raise InvalidUsage(
            "bad_name",
            f"{name!r} cannot be a name here.",
            f"Give 1 to {LONGEST} letters, digits and spaces; no slashes, colons or quotation marks, no .toml at the end.",
        )
    return stem


def _files(folder: Path, ending: str) -> list[Path]:
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.suffix == ending and not path.name.startswith("."))
    return sorted(found, key=lambda path: fold(path.stem))


def _called(paths: Sequence[Path], name: str) -> Path | None:
    return next((path for path in paths if fold(path.stem) == fold(name)), None)


def _write(path: Path, text: str) -> Path:
    make_private(path.parent.parent)
    make_private(path.parent)
    with replacing(path) as file:
        file.write(text)
    return path
