"""Keywords from a list: each line is looked up in the library of the sector's industry sector, and what it has is taken.

Figures of the list are not: they are the library's (a site's own are overrides). Rows that cannot be taken are listed by line.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from planner_core.guarding import unguarded
from planner_core.text import fold
from planner_server.accounts.models import Sector
from planner_server.feed import sql
from planner_server.library.listfile import BadList, BadRow, ListedSeed, read_list
from planner_server.refusals import refuse

ROW_LIMIT = 100_000
_UNKNOWN = "The library has no such keyword for this sector. See keywords-library/."
_AMBIGUOUS = "The library has this keyword for several countries: add a column Country."


@dataclass(frozen=True, slots=True)
class Found:
    """What a list comes to: seed uid -> the line that named it first, and what was left out as a bulk answer lists it."""

    seeds: dict[str, int]
    errors: list[dict[str, Any]]
    repeated: int
    """Lines that name a seed another line named before."""


def found_in(text: bytes, sector: Sector) -> Found:
    """Look a CSV list up. Raises Refusal for what is no such list, or too long a one."""
    rows, bad = _read(text)
    troubles = [_error("unreadable", f"{one.reason[:1].upper()}{one.reason[1:]}.", [one.line]) for one in bad]
    candidates = _library(sector, {fold(unguarded(row.keyword)) for row in rows})
    seeds: dict[str, int] = {}
    unknown: list[int] = []
    ambiguous: list[int] = []
    repeated = 0
    for row in rows:
        of_key = candidates.get(fold(unguarded(row.keyword)), {})
        uid = of_key.get(row.country) if row.country else _only(of_key)
        if uid is None:
            (ambiguous if of_key and not row.country else unknown).append(row.line)
        elif uid in seeds:
            repeated += 1
        else:
            seeds[uid] = row.line
    if unknown:
        troubles.append(_error("unknown_seed", _UNKNOWN, unknown))
    if ambiguous:
        troubles.append(_error("ambiguous", _AMBIGUOUS, ambiguous))
    return Found(seeds, troubles, repeated)


def _read(text: bytes) -> tuple[list[ListedSeed], list[BadRow]]:
    bad: list[BadRow] = []
    rows: list[ListedSeed] = []
    try:
        for row in read_list(io.BytesIO(text), {}, on_bad=bad.append):
            rows.append(row)
            if len(rows) > ROW_LIMIT:
                raise refuse(
                    "limit", f"The list has more than {ROW_LIMIT:,} rows. Cut it into several.", "file"
                )
    except BadList as error:
        raise refuse("invalid", str(error), "file") from error
    return rows, [one for one in bad if not one.is_note]


def _library(sector: Sector, keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return folded keyword -> country -> seed uid, of the active seeds of the sector's industry sector."""
    found: dict[str, dict[str, str]] = {}
    condition, keys_param = sql.among("keyword_key", sorted(keys))
    for key, country, uid in sql.rows(
        f"SELECT keyword_key, country, uid FROM library_seedkeyword WHERE sector_id = %s AND {condition}"
        " AND is_active AND deleted_at IS NULL",
        [sector.industry_sector_id, keys_param],
    ):
        found.setdefault(key, {})[country] = uid
    return found


def _only(of_key: dict[str, str]) -> str | None:
    """Return the seed that a keyword without a country means: the one for no country, or the only one."""
    if "" in of_key:
        return of_key[""]
    return next(iter(of_key.values())) if len(of_key) == 1 else None


def _error(code: str, message: str, lines: Sequence[int]) -> dict[str, Any]:
    return {"code": code, "message": message, "lines": list(lines)}
