"""What keeps an account's work safe on this computer: backups, the pause of synchronisation, exports of what is not settled.

The writer's half of the replica is imported when something is asked of it: a window paints before.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_desktop.app import shapes
from planner_desktop.app.labelcopies import LabelCopies
from planner_desktop.app.outcomes import together
from sync.clock import Clock
from sync.errors import InvalidUsage, NotFound, PlannerError
from sync.ids import IdMaker

if TYPE_CHECKING:
    from planner_desktop.app.store import Store
    from planner_desktop.app.syncing import Sync
    from sync.replica import Outcome, Reader
    from sync.replica.backups import Backup, Backups
    from sync.replica.comparing import Difference, RowDifference
    from sync.replica.twin import Twin

Row = dict[str, Any]
EVERYTHING = 1 << 40
BY_HAND = "by hand"
LOOK_SECONDS = 3600.0
PAUSED_BY_HAND = "It was paused by hand."


class Safety:
    """The safekeeping of one account. What replaces the replica's file needs everything of the account to be closed."""

    def __init__(
        self,
        replica: Path,
        backups: Path,
        state: Callable[[], Path],
        *,
        clock: Clock,
        ids: IdMaker,
        labels: LabelCopies,
    ) -> None:
        self._replica = replica
        self._labels = labels
        self._folder = backups
        self._state = state
        self._clock = clock
        self._ids = ids
        self._is_fetching = False
        self._looked_at: float | None = None
        self.trouble = ""
        """Why the last daily backup could not be made, "" if it could."""

    @cached_property
    def backups(self) -> Backups:
        """The copies of the replica."""
        from sync.replica.backups import Backups

        return Backups(self._folder, self._clock)

    @property
    def twin(self) -> Twin:
        """What the operating system's profile keeps about the replica."""
        from sync.replica.twin import Twin

        return Twin(self._state(), self._replica)

    # ------------------------------------------------------------------ backups

    def before_risk(self, reason: str) -> None:
        """Make a backup before a step that replaces or removes much. Any thread. Raises DiskFull: then the step waits, too."""
        self._made(self.backups.make(self._replica, reason))

    def daily(self) -> None:
        """Make the day's backup if there is none yet. What stands in its way stands in nobody else's: see `trouble`.

        May be called as often as one likes: it looks once an hour.
        """
        now = self._clock.monotonic()
        if self._looked_at is not None and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        self.trouble = ""
        try:
            made = self.backups.make_daily(self._replica)
            if made is not None:
                self._made(made)
        except (PlannerError, OSError) as error:
            self.trouble = str(error)

    def make(self) -> Row:
        """Make a backup now."""
        return _backup(self._made(self.backups.make(self._replica, BY_HAND)))

    def _made(self, backup: Backup) -> Backup:
        """Keep tags and notes beside a copy. What stands in their way is told like a daily backup's trouble; the copy stands."""
        try:
            self._labels.keep(backup.path)
        except OSError as error:
            self.trouble = f"Tags and notes are not in the backup: {error}"
        return backup

    def list(self) -> Sequence[Row]:
        """Return the backups, the newest first."""
        return [_backup(one) for one in self.backups.list()]

    def show(self, name: str, *, rows: int) -> Row:
        """Return what putting a backup back would change against now, and what would wait to be sent afterwards."""
        backup = self.backups.get(name)
        difference = _difference(self.backups.difference(self._replica, backup, rows=rows))
        return {**_backup(backup), **difference, "labels": self._labels.counts(backup.path)}

    def restore(self, name: str) -> Row:
        """Put a backup back, its tags and notes too, and pause synchronisation. Raises ReplicaLocked while a window or command has the account open."""
        backup = self.backups.get(name)
        restored = self.backups.restore(self._replica, backup, self.twin, self._ids)
        if restored.before is not None:
            self._made(restored.before)
        labels = self._labels.put_back(backup.path)
        before = _backup(restored.before) if restored.before is not None else None
        return {
            **_backup(backup),
            "before": before,
            "waiting_changes": restored.waiting,
            "labels_restored": labels,
        }

    def take(self, store: Store, name: str, rows: Sequence[str] | None) -> Outcome:
        """Give rows (uids; None: all that differ) the values a backup has, as ordinary edits. Raises NotFound."""
        from planner_desktop.app.wishes import to_be_as_it_was

        backup = self.backups.get(name)
        different = self.backups.difference(self._replica, backup, rows=EVERYTHING).rows
        chosen = different if rows is None else _chosen(different, rows)
        commands = to_be_as_it_was(chosen)
        label = (
            f"Take {len(chosen)} row{'s' * (len(chosen) != 1)} from the backup of {shapes.moment(backup.at)}"
        )
        if not commands:
            return together([])
        # What a rule keeps back (a name taken meanwhile) must not keep the rest back.
        return store.run(commands, partial=True, label=label)

    # ------------------------------------------------------------------ the pause

    @property
    def paused(self) -> str | None:
        """Why synchronisation is paused, None if it is not."""
        return self.twin.paused

    def pause(self, reason: str = "") -> str:
        """Pause synchronisation, for window and command line alike; return the reason that is kept."""
        text = reason.strip() or PAUSED_BY_HAND
        self.twin.pause(text)
        return text

    def resume(self, sync: Sync, *, fetch: bool) -> Row:
        """Let synchronisation go on. After a restore, everything is fetched first, and nothing is sent before this has returned.

        With `fetch` off the platform is not asked (without a network, say): the comparison is then with what is here.
        """
        held = next(iter(self.backups.held()), None)
        found: Row = {"paused": self.paused is not None, "restored": None}
        if held is not None:
            if fetch:
                self._is_fetching = True
                try:
                    sync.fetch()
                finally:
                    self._is_fetching = False
            found["restored"] = self._compared(held)
        self.twin.resume()
        self.backups.release()
        return {**found, "resumed": True}

    def _compared(self, held: str) -> Row | None:
        try:
            backup = self.backups.get(held)
        except NotFound:
            return None
        return {**_backup(backup), **_difference(self.backups.difference(self._replica, backup, rows=20))}

    def may_ask(self) -> str | None:
        """Why no round of synchronisation may begin, None if one may."""
        return None if self._is_fetching else self.paused

    def may_send(self) -> str | None:
        """Why nothing may be sent, None if it may."""
        return self.paused or ("Only fetching." if self._is_fetching else None)

    # ------------------------------------------------------------------ what is not settled

    def export(self, open_reader: Callable[[], Reader], file: Path, account: Row) -> int:
        """Write everything that the platform has not taken to a CSV or JSON file; return the number of changes."""
        from planner_desktop.app import exports

        with closing(open_reader()) as reader:
            return exports.write(file, reader.unsettled(), account, self._clock.now_ms())

    def bring_back(self, store: Store, file: Path) -> Outcome:
        """Carry out the edits of an exported JSON file as one new action. Raises InvalidUsage for another file."""
        from planner_desktop.app import exports

        self._need_access(store, exports.sites_in(file), file)
        there = {row.id for row in store.reader.clusters()} | {row.id for row in store.reader.ideas()}
        commands = [one for one in exports.read(file) if exports.creates(one) not in there]
        if not commands:
            raise InvalidUsage(
                "nothing_to_import", f"{file} holds no edit that can be made again.", "See the file itself."
            )
        return store.run(commands, partial=True, label=f"Import {file.name}")

    def _need_access(self, store: Store, sites: Mapping[str, str], file: Path) -> None:
        """Raise InvalidUsage if none of the sites whose edits a file holds may be changed."""
        may = {row.id for row in store.reader.scopes() if row.access == "rw"}
        if sites and not may.intersection(sites):
            names = ", ".join(f"“{name or uid}”" for uid, name in sites.items())
            raise InvalidUsage(
                "no_access",
                f"{file} holds edits of {names}, which you may not change: you have no access, or may only read.",
                "Ask an owner of the account for access, synchronise, and import the file again.",
            )


def _chosen(different: Sequence[RowDifference], rows: Sequence[str]) -> list[RowDifference]:
    by_id = {one.id: one for one in different}
    unknown = [uid for uid in rows if uid not in by_id]
    if unknown:
        raise NotFound(
            "unknown_difference",
            f"{unknown[0]!r} is no row that differs from the backup.",
            "See those that do: planner backup show BACKUP --rows 100",
        )
    return [by_id[uid] for uid in dict.fromkeys(rows)]


def _backup(one: Backup) -> Row:
    return {
        "id": one.id,
        "at": shapes.moment(one.at),
        "reason": one.reason,
        "bytes": one.bytes,
        "keywords": one.keywords,
        "waiting": one.waiting,
        "file": str(one.path),
    }


def _difference(found: Difference) -> Row:
    return {
        "difference": {kind: asdict(counts) for kind, counts in found.kinds.items()},
        "pending": [{**asdict(one), "at": shapes.moment(one.at)} for one in found.pending],
        "rows": [
            {
                "entity": one.entity,
                "id": one.id,
                "name": one.name,
                "change": one.change,
                "fields": {name: list(values) for name, values in one.fields.items()},
            }
            for one in found.rows
        ],
    }
