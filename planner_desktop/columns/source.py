"""What the columns need from the replica, as protocols: nothing here imports the replica, and the replica imports nothing of this.

A source answers from **one read transaction** per call. Columns are packed, so that no Python object exists per cell; each packed column
may take whichever of these forms is cheapest for its maker:

* `bytes`, `bytearray` or `memoryview`: little-endian signed integers of 4 bytes;
* `array.array`: signed integers of 4 or 8 bytes (type codes i, l, q), in this machine's order;
* `str`: decimal integers separated by commas, the form in which SQLite's `group_concat` gives a column (it leaves NULL out, so the
  query must say `coalesce(x, -1)`);
* `str` without commas, for two entries or more of any column but `key` and `text_offsets`: one digit an entry
  (`group_concat(status, '')`), which costs next to nothing to read.

`NULL` (-1) stands for "no value"; any negative number is read as it.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

NULL = -1

STATUS_NEW, STATUS_MAPPED, STATUS_OTHER = 0, 1, 2
"""Codes of the column `status`. OTHER is a status that a newer platform has and this program does not."""

MARK_SYNCED, MARK_WAITING, MARK_CONFLICT, MARK_REFUSED = 0, 1, 2, 3
"""Codes of the column `mark`."""

NameKind = Literal["site", "sector", "cluster"]
NAME_KINDS: tuple[NameKind, ...] = ("site", "sector", "cluster")

Packed: TypeAlias = "bytes | bytearray | memoryview | array[int] | str"


class KeywordChunk(Protocol):
    """Keywords as parallel packed columns, one entry a keyword, in any order, no key twice."""

    @property
    def key(self) -> Packed:
        """The replica's row keys, 0 or more."""

    @property
    def site(self) -> Packed:
        """Keys of sites, known to `names("site")`."""

    @property
    def sector(self) -> Packed:
        """Keys of sectors, known to `names("sector")`."""

    @property
    def cluster(self) -> Packed:
        """Keys of clusters, known to `names("cluster")`; NULL for none."""

    @property
    def status(self) -> Packed:
        """STATUS_NEW, STATUS_MAPPED or STATUS_OTHER."""

    @property
    def disabled(self) -> Packed:
        """0 or 1."""

    @property
    def deleted(self) -> Packed:
        """0 or 1: 1 lies in the trash."""

    @property
    def volume_override(self) -> Packed:
        """Searches a month, or NULL."""

    @property
    def difficulty_override(self) -> Packed:
        """0 to 100, or NULL."""

    @property
    def seed_volume(self) -> Packed:
        """Searches a month, or NULL where the library does not know."""

    @property
    def seed_difficulty(self) -> Packed:
        """0 to 100, or NULL where the library does not know."""

    @property
    def intent(self) -> Packed:
        """Bit n stands for planner_core.figures.INTENTS[n]; 0 is unknown."""

    @property
    def country(self) -> Packed:
        """Index into `countries`, or NULL."""

    @property
    def mark(self) -> Packed:
        """MARK_SYNCED, MARK_WAITING, MARK_CONFLICT or MARK_REFUSED."""

    @property
    def created(self) -> Packed:
        """Seconds since 1970 (UTC), or NULL."""

    @property
    def text(self) -> bytes:
        """The keywords' texts as UTF-8, one after the other."""

    @property
    def text_offsets(self) -> Packed | None:
        """Byte n of `text` at which text n begins, and one more entry for the end of the last.

        None: the texts are separated by one line feed each instead, and hold none themselves.
        """

    @property
    def countries(self) -> Sequence[str]:
        """The country codes that `country` points into."""


class HotChunk(Protocol):
    """Of known keywords the columns that an edit can change, packed as in `KeywordChunk`."""

    @property
    def key(self) -> Packed: ...

    @property
    def cluster(self) -> Packed: ...

    @property
    def status(self) -> Packed: ...

    @property
    def disabled(self) -> Packed: ...

    @property
    def deleted(self) -> Packed: ...

    @property
    def volume_override(self) -> Packed: ...

    @property
    def difficulty_override(self) -> Packed: ...

    @property
    def mark(self) -> Packed: ...


class Patched(Protocol):
    """Known keywords that all got the same values, and the mark of waiting with them."""

    @property
    def keys(self) -> Sequence[int]:
        """Row keys, rising."""

    @property
    def values(self) -> Mapping[str, int | str | None]:
        """Column of `HotChunk` -> value as the replica stores it: texts of statuses, None for no value."""


@dataclass(frozen=True, slots=True)
class PackedChunk:
    """A KeywordChunk as plain data, for makers that do not bring their own type."""

    key: Packed
    site: Packed
    sector: Packed
    cluster: Packed
    status: Packed
    disabled: Packed
    deleted: Packed
    volume_override: Packed
    difficulty_override: Packed
    seed_volume: Packed
    seed_difficulty: Packed
    intent: Packed
    country: Packed
    mark: Packed
    created: Packed
    text: bytes
    text_offsets: Packed | None
    countries: Sequence[str]


class ColumnSource(Protocol):
    """Where the columns are loaded from."""

    def stamp(self) -> tuple[str, int]:
        """Return (file id, commit number).

        The number grows with every commit; the id is a new one whenever numbers might repeat (restore, clone, rebuild).
        """

    def keyword_columns(self, keys: Sequence[int] | None) -> KeywordChunk:
        """Return the keywords with these row keys, or all of them (live and in the trash) for None.

        Keys that no longer exist are left out.
        """

    def names(self, kind: NameKind) -> Mapping[int, str]:
        """Return the names of all sites, sectors or clusters by key."""
