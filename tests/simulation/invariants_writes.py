"""Judges what the platform's transactions did: every changed cell must be somebody's work, carried out once, over nothing unseen.

I1 what was answered as applied is there, and nothing else is; I2 once; I7 one version each; I11 no unseen work of a person is
overwritten; I13 nothing returns over an edit that had seen it; I14 the bodies are those that were made; I16 undo takes back its
own. A small model of its own: it knows the wire's shapes and the table of the design, and asks no code of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.simulation.bookkeeping import CHILDREN, Bookkeeping
from tests.simulation.law import ALONE, CHILD_GROUP
from tests.simulation.ledger import Entry, Wish, default
from tests.simulation.listing import Listing, kept_back
from tests.simulation.sight import DELETED, GROUPS, MEMBERS, MEMBERS_WORK, Cell, Platform, Values, Verdict
from tests.simulation.witness import Broken


class Writes(Bookkeeping):
    """Follows one history of the platform transaction by transaction. Raises Broken for what must not be."""

    def judge(self, now: Platform, verdicts: Sequence[Verdict]) -> None:
        """Account for everything that changed since the last look."""
        self._version = now.version
        self._reached.clear()
        for old, new in now.aliases.items():
            self._ancestry.same_row(old, new)
        self.branch.aliases = dict(now.aliases)
        for verdict in verdicts:
            self._take(verdict, now)
        self._take_direct(now)
        self._settle_accounts(now)
        self.branch.taken_from(now)

    # ------------------------------------------------------------------ verdicts

    def _take(self, verdict: Verdict, now: Platform) -> None:
        entry = self._ledger.entries.get(verdict.op)
        if entry is None:
            raise Broken(f"I1: the platform has a verdict on {verdict.op}, which nobody ever made")
        if entry.sha256 != verdict.sha256:
            raise Broken(f"I14: {verdict.op} came to the platform with another body than it was made with")
        self._at = verdict.ver
        former = self.branch.answered.get(verdict.op, "")
        self.branch.answered[verdict.op] = verdict.verdict
        self.branch.last_verdict = verdict.pk
        if verdict.verdict not in {"applied", "applied_with"}:
            if verdict.verdict == "superseded":
                self._check_superseded(entry)
            else:
                self._ledger.refused.add(verdict.op)
            return
        if former in {"applied", "applied_with"}:
            raise Broken(f"I2: {verdict.op} was applied, and is carried out again")
        if verdict.op in self._ledger.cancelled - self._ledger.shared:
            raise Broken(f"I1: {verdict.op} was discarded by its user before it was sent, and is applied")
        listing = Listing(verdict.listed)
        same = {(uid, one.get("group", "")) for one in listing.has("same") for uid in one["ids"]}
        if same:
            self.branch.same[verdict.op] = same
        self._ledger.left_alone[verdict.op] = {one.cell for one in entry.wishes if listing.keeps_back(one)}
        for wish in self._once_a_row(entry.wishes):
            self._carry_out(entry, wish, listing, now)

    def _once_a_row(self, wishes: Sequence[Wish]) -> list[Wish]:
        """Leave out what a later Set of the same mutation wants of the same row under another identity."""
        last: dict[Cell, Wish] = {}
        for wish in wishes:
            if wish.verb == "set":
                last[self.branch.stands_for(wish.uid), wish.group] = wish
        return [
            wish
            for wish in wishes
            if wish.verb != "set" or last[self.branch.stands_for(wish.uid), wish.group].uid == wish.uid
        ]

    def _check_superseded(self, entry: Entry) -> None:
        """Work may be passed over only for work whose author had seen it, or which had followed it before, or a later form of it."""
        if any(
            self.branch.answered.get(op) in {"applied", "applied_with"}
            for op in self._ledger.forms(entry.op) - {entry.op}
        ):
            return
        tag = self._ancestry.tag(entry.op)
        for wish in entry.wishes:
            cell = (self.branch.stands_for(wish.uid), wish.group)
            present = self.branch.tags.get(cell, 0)
            if wish.verb != "set" or present & tag or self._ancestry.overtaken(entry.op, cell, present):
                continue
            if self._went_with_its_row(entry, cell) or self._stands(wish, cell):
                continue
            if not self._ancestry.followed(entry.op, present, cell) and cell in self.branch.cells:
                raise Broken(
                    f"I1: {entry.op} was passed over as superseded, but nothing in {cell} knew of it"
                )

    def _went_with_its_row(self, entry: Entry, cell: Cell) -> bool:
        """Whether the row is in the trash by a deletion whose author had seen this very work in its cell."""
        deletion = self.branch.tags.get((cell[0], DELETED), 0)
        return self.branch.is_deleted(cell[0]) and bool(self._ancestry.overtaken(entry.op, cell, deletion))

    def _stands(self, wish: Wish, cell: Cell) -> bool:
        """Whether a live row is as a Set wants it: passing that over takes nothing from its author."""
        current = self.branch.cells.get(cell)
        if current is None or self.branch.is_deleted(cell[0]):
            return False
        return self._is_met(current, self.mapped(wish, wish.old), self.mapped(wish, wish.new))

    def _carry_out(self, entry: Entry, wish: Wish, listing: Listing, now: Platform) -> None:
        match wish.verb:
            case "create":
                self._create(entry, wish, listing, now)
            case "set":
                self._set(entry, wish, listing)
            case "items":
                self._items(entry, wish, listing)
            case "delete":
                self._delete(entry, wish, listing)
            case "restore":
                self._restore(entry, wish, listing)
            case "resolve" if wish.group == CHILDREN:
                if wish.choice == "theirs":
                    self._restore(entry, Wish("restore", "cluster", wish.uid), listing)
            case "resolve" if wish.choice == "mine" and wish.group == DELETED:
                self._delete(entry, wish, listing)
            case "resolve" if wish.choice == "mine":
                self._set(entry, wish, listing)

    # ------------------------------------------------------------------ one wish

    def _set(self, entry: Entry, wish: Wish, listing: Listing) -> None:
        uid = self.branch.stands_for(wish.uid)
        cell = (uid, wish.group)
        old, new = self.mapped(wish, wish.old), self.mapped(wish, wish.new)
        said = listing.of_set({uid, wish.uid}, wish.group, GROUPS[wish.entity][wish.group], new)
        current = self.branch.cells.get(cell)
        if self.branch.is_deleted(uid) and listing.is_passed_over({uid, wish.uid}):
            return
        if kept_back(said) and not (old == current and self._held_another(entry, cell, new, said)):
            return
        if current is None or self.branch.is_deleted(uid):
            raise Broken(f"I1: {entry.op} is said to be applied to {cell}, a row that is not live")
        for one in said:
            if one["code"] == "renamed":
                new = (one["details"]["name"],)
            elif one["code"] == "deleted_cluster":
                new = ALONE[wish.entity]
        if self._is_met(current, old, new):
            self._agree(entry, cell, wholly=current == new)
            return
        self.check_overwriting(entry, wish.entity, cell, (old, current, new))
        self._write(entry, cell, new)

    def _held_another(self, entry: Entry, cell: Cell, new: Values, said: Sequence[Mapping[str, Any]]) -> bool:
        """Whether an operation sets a cell to one value more often than conflicts are listed: those that found what they saw were not held."""
        alike = sum(
            one.verb == "set"
            and (self.branch.stands_for(one.uid), one.group) == cell
            and self.mapped(one, one.new) == new
            for one in entry.wishes
        )
        held = [one for one in said if kept_back([one])]
        return len(held) < alike and all(one["code"] == "conflict" for one in held)

    @staticmethod
    def _is_met(current: Values, old: Values, new: Values) -> bool:
        """Whether what was to change is so already."""
        return all(now == want for was, want, now in zip(old, new, current, strict=True) if was != want)

    def _create(self, entry: Entry, wish: Wish, listing: Listing, now: Platform) -> None:
        said = listing.of_row({wish.uid})
        merged = [one for one in said if one["code"] == "merged"]
        if merged:
            self._merge(entry, wish, str(merged[0]["new_id"]), listing)
            return
        if kept_back(said) or (wish.uid, DELETED) in self.branch.cells:
            return
        if wish.uid not in now.rows:
            raise Broken(f"I1: {entry.op} is said to have created {wish.uid}, which is not there")
        values = dict(wish.values)
        for one in said:
            if one["code"] == "renamed":
                values["name"] = (one["details"]["name"],)
            elif one["code"] == "deleted_cluster":
                values[CHILD_GROUP[wish.entity]] = ALONE[wish.entity]
        if MEMBERS in values:
            refused = {uid for one in listing.has("foreign_keyword") for uid in one["ids"]}
            kept = {self.branch.stands_for(uid) for uid in values[MEMBERS][0]} - refused
            values[MEMBERS] = (tuple(sorted(kept)),)
        self.branch.creators[wish.uid] = entry.op
        self.branch.entities[wish.uid] = wish.entity
        for group, value in {**values, DELETED: (False,)}.items():
            self._write(entry, (wish.uid, group), value)

    def _merge(self, entry: Entry, wish: Wish, holder: str, listing: Listing) -> None:
        """What a merged creation had set is set on the keyword that stays, against what new rows hold."""
        self._ancestry.same_row(wish.uid, holder)
        is_loose = any(one["code"] == "deleted_cluster" for one in listing.of_row({wish.uid}))
        for group, wanted in wish.values.items():
            usual = default(wish.entity, group)
            values = usual if is_loose and group == CHILD_GROUP[wish.entity] else wanted
            if values != usual:
                self._set(entry, Wish("set", wish.entity, holder, group, usual, values), listing)

    def _items(self, entry: Entry, wish: Wish, listing: Listing) -> None:
        uid = self.branch.stands_for(wish.uid)
        said = listing.of({uid, wish.uid}, wish.group)
        refused = {one for each in listing.has("foreign_keyword") for one in each["ids"]}
        if (
            kept_back(one for one in said if one["code"] != "foreign_keyword")
            or (uid, MEMBERS) not in self.branch.cells
        ):
            return
        kept, left = self._not_its_own(entry, uid)
        asked = {self.branch.stands_for(one) for one in wish.remove}
        removed = asked - kept
        added = {self.branch.stands_for(one) for one in wish.add} - refused - removed - left
        members = set(self.branch.cells[uid, MEMBERS][0])
        so = {
            (row, self.branch.stands_for(group[1:]), group[:1])
            for row, group in self.branch.same.get(entry.op, ())
            if self._changes_members_once(entry, uid)
        }
        passed = {one for one in added - members if (uid, one, "+") in so}
        passed |= {one for one in removed & members if (uid, one, "-") in so}
        self._settle_members(entry, uid, (added | asked) - passed, passed)
        self.branch.cells[uid, MEMBERS] = (tuple(sorted((members | (added - passed)) - (removed - passed))),)

    def _changes_members_once(self, entry: Entry, uid: str) -> bool:
        """Whether a line about members can speak of one change only: it does not say of which."""
        return (
            sum(one.verb == "items" and self.branch.stands_for(one.uid) == uid for one in entry.wishes) == 1
        )

    def _settle_members(self, entry: Entry, uid: str, settled: set[str], passed: set[str]) -> None:
        """Note whose work members are. One that is said to be so and is not was passed over: for work that came after it, or had seen it."""
        tag, work = self._ancestry.tag(entry.op), (uid, MEMBERS_WORK)
        for member in passed:
            cell = (uid, f"+{member}")
            present = self.branch.tags.get(cell, 0)
            had_seen = self._ancestry.overtaken(entry.op, work, present)
            if not present & tag and not had_seen and not self._ancestry.followed(entry.op, present, cell):
                raise Broken(f"I1: {entry.op} was passed over in {cell}, but nothing there knew of it")
        for member in settled:
            cell = (uid, f"+{member}")
            self._ancestry.follows(entry.op, self.branch.tags.get(cell, 0), cell)
            self.branch.tags[cell] = tag
        self.branch.tags[work] = self.branch.tags.get(work, 0) | tag

    def _not_its_own(self, entry: Entry, uid: str) -> tuple[set[str], set[str]]:
        """Return members that an undone operation had found there already, and those it had found missing."""
        found: tuple[set[str], set[str]] = (set(), set())
        for op in self._ledger.forms(entry.undo_of) if entry.undo_of else ():
            for row, group in self.branch.same.get(op, ()):
                if self.branch.stands_for(row) == uid and group[:1] in {"+", "-"}:
                    found[group[0] == "-"].add(self.branch.stands_for(group[1:]))
        return found

    def _delete(self, entry: Entry, wish: Wish, listing: Listing) -> None:
        uid = self.branch.stands_for(wish.uid)
        cell = (uid, DELETED)
        if cell not in self.branch.cells or kept_back(listing.of_life({uid, wish.uid})):
            return
        if self.branch.is_deleted(uid):
            self._agree(entry, cell)
            return
        if wish.verb == "resolve":
            self.check_decision(entry, wish.entity, uid)
        else:
            self.check_unseen(entry, wish, uid)
        if entry.undo_of:
            self.check_undone_creation(entry, uid)
        self.check_returning(entry, cell)
        self._write(entry, cell, (True,))
        if wish.entity == "cluster":
            self.branch.died[uid] = self._at
            self._let_go(entry, wish, uid, listing)

    def _let_go(self, entry: Entry, wish: Wish, cluster: str, listing: Listing) -> None:
        seen = {self.branch.stands_for(child) for child in wish.children}
        told = {uid for one in listing.has("unseen_children") for uid in one["ids"]}
        for uid, entity in self.branch.entities.items():
            group = CHILD_GROUP.get(entity, "")
            cell = (uid, group)
            if (
                cell not in self.branch.cells
                or self.branch.is_deleted(uid)
                or self.branch.cells[cell][0] != cluster
            ):
                continue
            if self.unseen_of_people(entry, cell) and uid not in seen | told and wish.verb == "delete":
                raise Broken(
                    f"I11: {entry.op} took {uid} out of a cluster that its author had not seen it in, and told nobody"
                )
            self._put_out(entry, uid)

    def _restore(self, entry: Entry, wish: Wish, listing: Listing) -> None:
        uid = self.branch.stands_for(wish.uid)
        cell = (uid, DELETED)
        if cell not in self.branch.cells or kept_back(listing.of_life({uid, wish.uid})):
            return
        if not self.branch.is_deleted(uid):
            self._agree(entry, cell)
            return
        self.check_returning(entry, cell)
        self._write(entry, cell, (False,))
        group = CHILD_GROUP.get(wish.entity, "")
        if (
            group
            and (cluster := self.branch.cells[uid, group][0]) is not None
            and self.branch.is_deleted(cluster)
        ):
            self._put_out(entry, uid)
        if wish.entity == "cluster":
            self._take_home(entry, uid)
