"""The imports of one account on this computer: what each did, and every row it read with file, line and fate.

imports/<n>.json      what the import was: files, counts, sector, the action in history
imports/<n>.rows.gz   its rows, a line of JSON for some thousand of them: columns side by side
imports/<n>.ids       the ids of the keywords it named, one a line: who asks for a keyword need not read all rows

The rows are written before anything is changed: rows without a seed are kept whatever happens next.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from planner_desktop.app.files import make_private, read_json, replacing, write_json
from sync.errors import NotFound

Row = dict[str, Any]


class ImportBook:
    """A folder of imports, numbered from 1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, rows: Iterable[dict[str, Any]]) -> int:
        """Write the rows of a new import (columns of equal length); return its number. Raises OSError."""
        make_private(self._folder)
        number = max(self._numbers(), default=0) + 1
        path = self._folder / f"{number}.rows.gz"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        ids: dict[str, None] = {}
        try:
            with os.fdopen(descriptor, "wb") as raw:
                with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3) as packed:
                    for part in rows:
                        ids.update(dict.fromkeys(part["id"]))
                        packed.write(
                            json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                        )
                raw.flush()
                os.fsync(raw.fileno())
            with replacing(self._ids(number)) as file:
                file.write("\n".join(uid for uid in ids if uid))
        except BaseException:
            self.drop(number)
            raise
        return number

    def finish(self, number: int, document: Row) -> None:
        """Write what the import was. Raises OSError."""
        write_json(self._folder / f"{number}.json", {"number": number, **document})

    def drop(self, number: int) -> None:
        """Forget an import of which nothing came."""
        (self._folder / f"{number}.rows.gz").unlink(missing_ok=True)
        self._ids(number).unlink(missing_ok=True)

    def all(self) -> Sequence[Row]:
        """Return the imports, latest first; one that was cut off has its number and nothing else."""
        found = (
            read_json(self._folder / f"{number}.json") or {"number": number} for number in self._numbers()
        )
        return sorted(found, key=lambda one: -int(one["number"]))

    def get(self, number: int) -> Row:
        """Return one import. Raises NotFound."""
        if number not in self._numbers():
            raise NotFound("unknown_import", f"There is no import {number}.", "See: planner imports list")
        found: Row = read_json(self._folder / f"{number}.json") or {"number": number}
        return found

    def rows(self, number: int, holding: str = "") -> Iterator[Row]:
        """Yield the rows of an import one by one: file, line, keyword, fate, id, and what else is known.

        With `holding` (an id) only those that stand near a row with that id: what else is in the file is not taken apart.
        """
        with gzip.open(self._folder / f"{number}.rows.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                if holding and holding not in line:
                    continue
                part = json.loads(line)
                fixed = {name: value for name, value in part.items() if not isinstance(value, list)}
                columns = {name: value for name, value in part.items() if isinstance(value, list)}
                for values in zip(*columns.values(), strict=True):
                    yield fixed | dict(zip(columns, values, strict=True))

    def ids(self, number: int) -> list[str]:
        """Return the ids of the keywords an import named, each once."""
        try:
            return self._ids(number).read_text(encoding="ascii").split()
        except FileNotFoundError:  # imports of an earlier version
            return list(dict.fromkeys(str(row["id"]) for row in self.rows(number) if row.get("id")))

    def names(self, number: int, uid: str) -> bool:
        """Return whether an import named a keyword."""
        try:
            return uid in self._ids(number).read_text(encoding="ascii")
        except FileNotFoundError:
            return uid in self.ids(number)

    def _ids(self, number: int) -> Path:
        return self._folder / f"{number}.ids"

    def _numbers(self) -> list[int]:
        return [
            int(path.name.split(".")[0])
            for path in self._folder.glob("*.rows.gz")
            if path.name.split(".")[0].isdigit()
        ]
