"""Exclude lists of the profile, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planner_desktop.app.recipebook import RecipeBook
from planner_desktop.recipes.document import read_file
from planner_desktop.recipes.excluding import entries_of
from sync.errors import InvalidUsage


class ExcludeLists:
    """The lists of one account."""

    def __init__(self, book: RecipeBook) -> None:
        self._book = book

    def rows(self) -> list[dict[str, Any]]:
        """Return the lists with the number of their entries."""
        return [
            {"name": path.stem, "entries": len(entries_of(read_file(path))), "file": str(path)}
            for path in self._book.lists()
        ]

    def entries(self, name: str) -> Sequence[str]:
        """Return the entries of a list. Raises NotFound."""
        return entries_of(read_file(self._book.find_list(name)))

    def keep(self, name: str, file: Path) -> tuple[Path, int]:
        """Keep the entries of a text file as a list; return where, and how many. Raises InvalidUsage if there are none."""
        entries = entries_of(read_file(file))
        if not entries:
            raise InvalidUsage("empty_list", f"{file} has no entries.", "Write one a line.")
        return self._book.keep_list(name, entries), len(entries)

    def remove(self, name: str) -> Path:
        """Remove a list and return where it was. Raises NotFound."""
        return self._book.remove_list(name)
