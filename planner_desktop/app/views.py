"""Saved views of an account: a query with its order and columns, under a name. A small file beside the replica, never synced.

views.json   {"start": name or null, "views": [{"name", "query", "sort", "columns"}]}

A file that cannot be read is put aside, never written over.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planner_core.text import fold, tidy
from planner_desktop.app.files import make_private, read_json, write_json
from sync.errors import InvalidUsage, NotFound

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class View:
    """One view. `columns` is plain data of whoever shows it, None for the usual ones."""

    name: str
    query: str
    sort: str
    columns: Any = None


class Views:
    """The views of one account, in the order in which they were made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._views, self._start = self._read()

    def all(self) -> Sequence[View]:
        """Return the views."""
        return tuple(self._views)

    @property
    def start(self) -> View | None:
        """The view to begin with, None for all keywords."""
        return next((view for view in self._views if view.name == self._start), None)

    def find(self, name: str) -> View | None:
        """Return the view of a name, whatever its case."""
        return next((view for view in self._views if fold(view.name) == fold(name)), None)

    def save(self, view: View) -> View:
        """Keep a view; one of the same name is replaced. Raises InvalidUsage for a name that is none, OSError."""
        view = replace(view, name=_named(view.name))
        old = self.find(view.name)
        if old is None:
            self._write([*self._views, view], self._start)
        else:
            start = view.name if self._start == old.name else self._start
            self._write([view if one is old else one for one in self._views], start)
        return view

    def rename(self, name: str, to: str) -> View:
        """Give a view another name. Raises NotFound, InvalidUsage where the name is another view's, OSError."""
        old, to = self.get(name), _named(to)
        other = self.find(to)
        if other is not None and other is not old:
            raise InvalidUsage(
                "view_exists", f"There is a view “{other.name}” already.", "Choose another name."
            )
        new = replace(old, name=to)
        start = to if self._start == old.name else self._start
        self._write([new if one is old else one for one in self._views], start)
        return new

    def delete(self, name: str) -> None:
        """Forget a view. Raises NotFound, OSError."""
        old = self.get(name)
        start = None if self._start == old.name else self._start
        self._write([one for one in self._views if one is not old], start)

    def set_start(self, name: str | None) -> None:
        """Begin with a view from the next start on; None: with all keywords. Raises NotFound, OSError."""
        self._write(self._views, None if name is None else self.get(name).name)

    def get(self, name: str) -> View:
        """Return the view of a name, whatever its case. Raises NotFound naming those there are."""
        found = self.find(name)
        if found is None:
            there = ", ".join(view.name for view in self._views) or "none"
            raise NotFound(
                "unknown_view", f"There is no view “{name}”. There are: {there}.", "See: planner views list"
            )
        return found

    def _write(self, views: list[View], start: str | None) -> None:
        rows = [
            {"name": one.name, "query": one.query, "sort": one.sort, "columns": one.columns} for one in views
        ]
        make_private(self._path.parent)
        write_json(self._path, {"start": start, "views": rows})
        self._views, self._start = list(views), start

    def _read(self) -> tuple[list[View], str | None]:
        try:
            kept = read_json(self._path)
            if kept is None:
                return [], None
            views = [
                View(_named(str(one["name"])), str(one["query"]), str(one["sort"]), one.get("columns"))
                for one in kept["views"]
            ]
            return views, kept["start"]
        except (ValueError, KeyError, TypeError, AttributeError, InvalidUsage):
            with suppress(OSError):
                self._path.rename(self._path.with_name(f"views.{time.time_ns()}.unreadable"))
            return [], None
        except OSError:
            return [], None


def _named(name: str) -> str:
    name = tidy(name)
    if not name:
        raise InvalidUsage("view_without_name", "A view needs a name.", "Type one.")
    if len(name) > LONGEST_NAME:
        raise InvalidUsage(
            "view_name_too_long", f"This name is longer than {LONGEST_NAME} characters.", "Shorten it."
        )
    return name
