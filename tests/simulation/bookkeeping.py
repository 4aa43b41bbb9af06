"""The books of one history of the platform: who wrote which cell, and whether what is there is what all that work amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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

    def _agree(self, entry: Entry, cell: Cell) -> None:
        """It was so already: the operation stands beside those that made it so. An undo that finds nothing to undo is nobody's."""
        if entry.undo_of and cell[1] != DELETED:
            return
        present = self.branch.tags.get(cell, 0)
        self._ancestry.follows(entry.op, present, cell)
        self.branch.tags[cell] = present | self._ancestry.tag(entry.op)
        if cell[1] != DELETED:
            self.branch.writers[cell] = Writer(entry.user, entry.op)

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
                self._ancestry.made(name, cell, self.branch.tags.get(cell, 0))
                self.branch.cells[cell] = row.value(group) or ()
                self.branch.tags[cell] = self._ancestry.tag(name)
                self.branch.writers[cell] = Writer(mark.who if mark.kind == "user" else "", "")

    def _settle_accounts(self, now: Platform, ops: Sequence[str]) -> None:
        """Compare what the operations amount to with what is there; explain the rest or complain."""
        restoring = {
            op: {
                self.branch.stands_for(wish.uid)
                for wish in self._ledger.entries[op].wishes
                if wish.verb == "restore" or wish.group == CHILDREN
            }
            for op in ops
        }
        purged = self.branch.rows.keys() - now.rows.keys()
        for uid, row in now.rows.items():
            before = self.branch.rows.get(uid)
            if (members := self.branch.cells.get((uid, MEMBERS))) is not None and purged.intersection(
                members[0]
            ):
                self.branch.cells[uid, MEMBERS] = (tuple(one for one in members[0] if one not in purged),)
            if before is row or (
                before is not None and before.ver == row.ver and before.content() == row.content()
            ):
                continue
            self._check_version(before, row)
            for group in (*row.groups, DELETED):
                self._settle_cell(uid, group, row, now, restoring)
        for uid in purged:
            if not self.branch.is_deleted(uid):
                raise Broken(f"I1: {uid} was live on the platform and is gone without a tombstone")
            self.branch.drop(uid)

    def _settle_cell(
        self, uid: str, group: str, row: Row, now: Platform, restoring: Mapping[str, set[str]]
    ) -> None:
        cell = (uid, group)
        value = row.value(group)
        expected = self.branch.cells.get(cell)
        mark = now.marks[uid].get(group)
        if value != expected:
            home = restoring.get(mark.op) if mark is not None else None
            if (
                mark is None
                or home is None
                or value is None
                or not self._is_homecoming(row.entity, cell, value, home)
            ):
                raise Broken(
                    f"I1: {cell} on the platform is {value}, but what was applied there amounts to {expected}"
                )
            self._write(self._ledger.entries[mark.op], cell, value)
        if (
            mark is not None
            and mark.op
            and group != MEMBERS
            and not self.branch.tags.get(cell, 0) & self._ancestry.tag(mark.op)
            and not self._found_in_part(mark.op, row.entity, cell, value)
            and not self._taken_out_again(mark.op, row.entity, cell, value)
        ):
            raise Broken(f"I11: {cell} is marked as written by {mark.op}, which did not write it")

    def _found_in_part(self, op: str, entity: str, cell: Cell, value: Values | None) -> bool:
        """Whether one of several Sets of the cell in an operation found what it wanted, while another was kept back."""
        entry = self._ledger.entries[op]
        sets = [
            wish
            for wish in entry.wishes
            if wish.verb == "set" and (self.branch.stands_for(wish.uid), wish.group) == cell
        ]
        wanted = {self.mapped(wish, wish.new) for wish in sets}
        if CHILD_GROUP.get(entity) == cell[1]:
            # Into a cluster that is gone: into none.
            wanted.add(ALONE[entity])
        found = len(sets) > 1 and value in wanted
        if found:
            self._agree(entry, cell)
        return found

    def _taken_out_again(self, op: str, entity: str, cell: Cell, value: Values | None) -> bool:
        """Whether a row had come home into a restored cluster and was taken out again before anybody looked."""
        if CHILD_GROUP.get(entity) != cell[1] or value != ALONE[entity]:
            return False
        entry = self._ledger.entries[op]
        found = any(
            wish.verb == "delete"
            and wish.entity == "cluster"
            and cell[0] in self.branch.taken_out.get(self.branch.stands_for(wish.uid), ())
            for wish in entry.wishes
        ) or any(
            wish.verb == "set" and (self.branch.stands_for(wish.uid), wish.group, wish.new) == (*cell, value)
            for wish in entry.wishes
        )
        if found:
            self._write(entry, cell, ALONE[entity])
        return found

    def _is_homecoming(self, entity: str, cell: Cell, value: Values, home: set[str]) -> bool:
        """Whether a row went back into a cluster that was restored, from being in none."""
        return (
            CHILD_GROUP.get(entity) == cell[1]
            and value[0] in home
            and cell[0] in self.branch.taken_out.get(value[0], ())
            and self.branch.cells.get(cell) == ALONE[entity]
        )

    def _check_version(self, before: Row | None, row: Row) -> None:
        if not self.branch.version < row.ver <= self._version:
            raise Broken(
                f"I7: {row.uid} changed and carries version {row.ver}, not one after {self.branch.version}"
            )
        if before is not None and before.ver > row.ver:
            raise Broken(f"I7: the version of {row.uid} went back from {before.ver} to {row.ver}")
