"""What an operation may do to a cell: the table of the design over who had seen what (I11, I13, I16)."""

from __future__ import annotations

from typing import Any

from tests.simulation.ancestry import Ancestry, Tags
from tests.simulation.history import Branch
from tests.simulation.ledger import Entry, Ledger, Wish
from tests.simulation.sight import DELETED, FLAGS, GROUPS, Cell, Values
from tests.simulation.witness import Broken

LEGAL = {
    "keyword": {("new", "mapped"), ("mapped", "new")},
    "cluster": {("new", "mapped"), ("mapped", "new")},
    "idea": {("new", "queued"), ("queued", "completed"), ("new", "completed"), ("queued", "new")},
}
"""Steps of a status that a person may take from wherever it is now."""

JOBS = ("job at ", "import at ")
"""How names of work begin that no person did (`Bookkeeping._take_direct`)."""
CHILD_GROUP = {"keyword": "placement", "idea": "cluster"}
ALONE: dict[str, Values] = {"keyword": (None, "new"), "idea": (None,)}


class Law:
    """Judges one write on one history of the platform. Each check raises Broken."""

    def __init__(self, ancestry: Ancestry, ledger: Ledger, branch: Branch) -> None:
        self._ancestry = ancestry
        self._ledger = ledger
        self.branch = branch

    def mapped(self, wish: Wish, values: Values | None) -> Values:
        """Return values with a merged cluster under its present identity."""
        assert values is not None
        if wish.group not in CHILD_GROUP.values() or values[0] is None:
            return values
        return (self.branch.stands_for(str(values[0])), *values[1:])

    def check_overwriting(
        self, entry: Entry, entity: str, cell: Cell, values: tuple[Values, Values, Values]
    ) -> None:
        """Work of a person that the author had not seen stays, unless the value he saw stands or the table lets him pass."""
        old, current, new = values
        group = cell[1]
        self.check_returning(entry, cell)
        if entry.undo_of and group not in FLAGS:
            self.check_undone_value(entry, cell)
        if group in FLAGS or not self.unseen_of_people(entry, cell):
            return
        stands = all(was == now for was, now, want in zip(old, current, new, strict=True) if now != want)
        legal = group == "status" and (current[0], new[0]) in LEGAL[entity]
        if not stands and not legal:
            raise Broken(
                f"I11: {entry.op} overwrote {current} in {cell} with {new}; its author had seen {old}, and nobody was asked"
            )

    def unseen_of_people(self, entry: Entry, cell: Cell) -> Tags:
        """Return the work in a cell that a person did and the author of an operation had not seen."""
        writer = self.branch.writers.get(cell)
        if writer is None or not writer.user:
            return 0
        own = self._ancestry.seen(entry.op, cell) | self._ancestry.tag(entry.op)
        unseen = self.branch.tags.get(cell, 0) & ~own
        if unseen:
            # What the very machine did counts as seen: a deletion's children, for instance, that it had not listed.
            for op in self._ancestry.names(unseen):
                former = self._ledger.entries.get(op)
                is_own = former is not None and former.machine == entry.machine
                # A person who wanted what a job had written already stands beside the job, whose work is nobody's.
                if is_own or op.startswith(JOBS):
                    unseen &= ~self._ancestry.tag(op)
        return unseen

    def check_unseen(self, entry: Entry, wish: Wish, uid: str) -> None:
        """A deletion takes no unseen edit of a person along."""
        for group, seen in wish.values.items():
            cell = (uid, group)
            current = self.branch.cells.get(cell)
            if current is None or any(_is_digest(value) for value in seen):
                continue
            if current != self.mapped(Wish("set", wish.entity, uid, group), seen) and self.unseen_of_people(
                entry, cell
            ):
                raise Broken(
                    f"I11: {entry.op} deleted {uid}, whose {group} a person had changed to {current} unseen"
                )

    def check_decision(self, entry: Entry, entity: str, uid: str) -> None:
        """A decision to delete all the same speaks of the row as it was shown: what came since asks anew."""
        for group in GROUPS[entity]:
            if group not in FLAGS and self.unseen_of_people(entry, (uid, group)):
                raise Broken(
                    f"I11: {entry.op} decided to delete {uid}, whose {group} a person has changed since it was shown"
                )

    def check_returning(self, entry: Entry, cell: Cell) -> None:
        """Nothing comes back over work whose author had seen it.

        What its user discarded in one copy of a folder is sent by the other: whoever saw it there had seen what was never carried out.
        And what one copy had sent to a history of the platform that is lost comes from the other as work that never left: neither
        of the two can know that somebody had seen it.
        """
        was_carried_out = self._ancestry.was_carried_out(entry.op, cell)
        if entry.op in self._ledger.cancelled & self._ledger.shared and not was_carried_out:
            return
        if entry.op in self._ledger.unaware and was_carried_out:
            return
        guilty = self._ancestry.overtaken(entry.op, cell, self.branch.tags.get(cell, 0))
        if guilty:
            later = ", ".join(self._ancestry.names(guilty))
            raise Broken(f"I13: {entry.op} came back over {later} in {cell}, whose author had seen it")

    def check_undone_value(self, entry: Entry, cell: Cell) -> None:
        """An undo takes back what its own operation wrote, not what somebody wrote since."""
        writer = self.branch.writers.get(cell)
        if writer is None or not writer.user or writer.op in self._ledger.forms(entry.undo_of):
            return
        if writer.user != entry.user or self.unseen_of_people(entry, cell):
            raise Broken(
                f"I16: {entry.op} undoes {entry.undo_of}, but {cell} was last written by {writer.op or writer.user}"
            )

    def check_undone_creation(self, entry: Entry, uid: str) -> None:
        """An undo deletes only what its action had created or taken out of the trash."""
        forms = self._ledger.forms(entry.undo_of)
        last = self.branch.writers.get((uid, DELETED))
        if self.branch.creators.get(uid) not in forms and (last is None or last.op not in forms):
            raise Broken(
                f"I16: {entry.op} undoes {entry.undo_of} and deleted {uid}, which that had neither made nor restored"
            )


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("sha256:")
