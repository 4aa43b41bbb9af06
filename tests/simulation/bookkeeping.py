"""The books of one history of the platform: who wrote which cell, and whether what is there is what all that work amounts to."""

from __future__ import annotations

from tests.simulation.ancestry import Ancestry
from tests.simulation.history import Branch, Writer
from tests.simulation.law import ALONE, CHILD_GROUP, Law
from tests.simulation.ledger import Entry, Ledger
from tests.simulation.sight import DELETED, MEMBERS, Cell, Platform, Row, Values
from tests.simulation.witness import Broken

CHILDREN = "children"
"""The group of the question what shall become of rows that their cluster's deleter had not seen in it."""


class Bookkeeping(Law):
    """Writes down whose work each cell holds. Raises Broken where a picture of the platform does not agree with it."""

    def __init__(self, ancestry: Ancestry, ledger: Ledger, branch: Branch) -> None:
        super().__init__(ancestry, ledger, branch)
        self._version = 0
        self._at = 0
        """The version of the verdict that is being taken: several can come at one look."""
        self._reached: set[str] = set()
        """Rows that what came at this look is to have written."""

    def _write(self, entry: Entry, cell: Cell, values: Values) -> None:
        first = self._ledger.first_form(entry.op)
        cells = self.branch.wrote.setdefault(first, {})
        before = cells.get(cell)
        if before is not None and before != self._version:
            raise Broken(
                f"I2: {entry.op} wrote {cell} in version {before} already, and again in {self._version}"
            )
        cells[cell] = self._version
        self._ancestry.follows(entry.op, self.branch.tags.get(cell, 0), cell)
        self.branch.cells[cell] = values
        self.branch.tags[cell] = self._ancestry.tag(entry.op)
        self.branch.writers[cell] = Writer(entry.user, entry.op)
        self._reached.add(cell[0])
        self._placed(cell)

    def _placed(self, cell: Cell) -> None:
        """Somebody has said where a row belongs: it comes home with no cluster any more."""
        if cell[1] in CHILD_GROUP.values():
            self.branch.put_out.pop(cell[0], None)

    def _put_out(self, entry: Entry, uid: str) -> None:
        """Take a row out of a cluster that is in the trash: it comes home with it, unless somebody places it."""
        entity = self.branch.entities[uid]
        cell = (uid, CHILD_GROUP[entity])
        cluster = str(self.branch.cells[cell][0])
        self.branch.home[uid] = self.branch.tags.get(cell, 0)
        self._write(entry, cell, ALONE[entity])
        self.branch.put_out[uid] = (cluster, self._at)

    def _take_home(self, entry: Entry, cluster: str) -> None:
        """Put back the live rows that lost a cluster by its last deletion, or by being in the trash with it, and were not placed since."""
        died = self.branch.died.get(cluster, 0)
        for uid, (lost, version) in list(self.branch.put_out.items()):
            if lost == cluster and version >= died and not self.branch.is_deleted(uid):
                entity = self.branch.entities[uid]
                home, cell = (cluster, "mapped")[: len(ALONE[entity])], (uid, CHILD_GROUP[entity])
                self._write(entry, cell, home)
                self.branch.tags[cell] |= self.branch.home.get(uid, 0)

    def _agree(self, entry: Entry, cell: Cell, *, wholly: bool = True) -> None:
        """It was so already: the operation stands beside those that made it so. An undo that finds nothing to undo is nobody's.

        Not `wholly`: what it changes was so, another of the group's fields is not as it wanted. Who wrote that stays its writer.
        """
        if entry.undo_of and cell[1] != DELETED:
            return
        present = self.branch.tags.get(cell, 0)
        self._ancestry.follows(entry.op, present, cell)
        self.branch.tags[cell] = present | self._ancestry.tag(entry.op)
        if cell[1] != DELETED and wholly:
            self.branch.writers[cell] = Writer(entry.user, entry.op)
            self._placed(cell)

    def _take_direct(self, now: Platform) -> None:
        """Take over what a job or somebody in a browser wrote: whoever writes on the platform has seen what is there."""
        for uid, row in now.rows.items():
            if row.ver <= self.branch.version:
                continue
            is_new = uid not in self.branch.rows and (uid, DELETED) not in self.branch.cells
            marks = now.marks[uid]
            for group in (*row.groups, DELETED):
                mark = marks.get(group) or marks.get("*")
                if (
                    mark is None
                    or mark.op
                    or mark.ver <= self.branch.version
                    or (group not in marks and not is_new)
                ):
                    continue
                cell = (uid, group)
                name = f"{mark.kind} at {mark.ver}"
                if mark.left:
                    self.branch.home[uid] = self.branch.tags.get(cell, 0)
                self._ancestry.made(name, cell, self.branch.tags.get(cell, 0))
                self.branch.cells[cell] = row.value(group) or ()
                self.branch.tags[cell] = self._ancestry.tag(name)
                self.branch.writers[cell] = Writer(mark.who if mark.kind == "user" else "", "")
                self._placed(cell)
                if mark.left:
                    self.branch.put_out[uid] = (mark.left, mark.ver)
                if cell == (uid, DELETED) and row.deleted and row.entity == "cluster":
                    self.branch.died[uid] = mark.ver

    def _settle_accounts(self, now: Platform) -> None:
        """Compare what the operations amount to with what is there; explain the rest or complain."""
        purged = self.branch.rows.keys() - now.rows.keys()
        for uid, row in now.rows.items():
            before = self.branch.rows.get(uid)
            if (members := self.branch.cells.get((uid, MEMBERS))) is not None and purged.intersection(
                members[0]
            ):
                self.branch.cells[uid, MEMBERS] = (tuple(one for one in members[0] if one not in purged),)
            is_as_before = before is row or (
                before is not None and before.ver == row.ver and before.content() == row.content()
            )
            if is_as_before and uid not in self._reached:
                continue
            if not is_as_before:
                self._check_version(before, row)
            for group in (*row.groups, DELETED):
                self._settle_cell(uid, group, row, now)
        for uid in purged:
            if not self.branch.is_deleted(uid):
                raise Broken(f"I1: {uid} was live on the platform and is gone without a tombstone")
            self.branch.drop(uid)

    def _settle_cell(self, uid: str, group: str, row: Row, now: Platform) -> None:
        cell = (uid, group)
        value = row.value(group)
        expected = self.branch.cells.get(cell)
        mark = now.marks[uid].get(group)
        if value != expected:
            raise Broken(
                f"I1: {cell} on the platform is {value}, but what was applied there amounts to {expected}"
            )
        if (
            mark is not None
            and mark.op
            and group != MEMBERS
            and not self.branch.tags.get(cell, 0) & self._ancestry.tag(mark.op)
        ):
            raise Broken(f"I11: {cell} is marked as written by {mark.op}, which did not write it")

    def _check_version(self, before: Row | None, row: Row) -> None:
        if not self.branch.version < row.ver <= self._version:
            raise Broken(
                f"I7: {row.uid} changed and carries version {row.ver}, not one after {self.branch.version}"
            )
        if before is not None and before.ver > row.ver:
            raise Broken(f"I7: the version of {row.uid} went back from {before.ver} to {row.ver}")
