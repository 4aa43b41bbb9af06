"""Group C: merge, delete, identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from planner_core.decision import Refused
from planner_core.merge import Outcome, settle_delete
from planner_core.text import tidy
from planner_server.planning.services import creating, deciding, deleting
from planner_server.planning.services.work import Work
from sync.replica import guard, overlay
from sync.replica.absorb import decoding, keywords
from sync.replica.absorb.absorber import Absorber
from sync.replica.absorb.delivery import Delivery
from sync.replica.bodies import decode, row_ids
from sync.replica.verdicts import Verdicts
from tests.simulation.bugs.bug import SOME_SEEDS, Bug, swapped, wrapped
from tests.simulation.histories import cursors as reading
from tests.simulation.histories import merging as histories


def swallowing(*codes: str) -> Callable[[Any], Any]:
    """Rows are not told of under these codes: what became of them stays unsaid."""

    def around(say: Any) -> Any:
        def said(self: Work, code: str, entity: str, ids: Any, **more: Any) -> None:
            if code not in codes:
                say(self, code, entity, ids, **more)

        return said

    return around


def _whoever_wrote(_unseen: Any, **how: Any) -> Outcome:
    return settle_delete([], **how)


def _for_live_rows_only(close: Any) -> Any:
    """Closing a question goes through the checks of an edit: none of a row in the trash."""

    def closed(work: Work, items: Any) -> None:
        for item in items:
            row = work.facts.references(item.entity, [item.row]).get(item.row)
            if row is None or row.deleted:
                work.refuse(item.entity, [Refused("deleted_row", "The row is in the trash.", [item.row])])
            else:
                close(work, [item])

    return closed


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _only_what_is_here(key: Any) -> Any:
    """A reference to a row that was not delivered yet is dropped."""

    def found(self: Delivery, table: str, uid: str) -> int:
        known = self.store.value(f"SELECT k FROM {table} WHERE uid = ?", uid)
        return 0 if table == "cluster" and known is None else key(self, table, uid)

    return found


def _lower(text: str) -> str:
    return tidy(text).lower()


def _cancelling_what_follows(one: Any) -> Any:
    """A refusal undoes the row: what was done to it since is undone with it."""

    def kept(self: Verdicts, scope: int, result: Any, version: int) -> None:
        one(self, scope, result, version)
        mutation = self._outbox.by_op(result.op_id)
        if mutation is None or result.verdict != "rejected":
            return
        rows = {uid for ids in row_ids(decode(mutation.body).operations).values() for uid in ids}
        for other in self._outbox.waiting_after(mutation.id):
            if rows & {uid for ids in row_ids(decode(other.body).operations).values() for uid in ids}:
                self._outbox.void(other)

    return kept


def changed_text(owner: Any, name: str, old: str, new: str) -> Callable[[], Any]:
    """Return a patch that replaces a piece of a constant text."""

    @contextmanager
    def applied() -> Iterator[None]:
        text = getattr(owner, name)
        if old not in text:
            raise AttributeError(f"{name} has no {old!r} any more")
        with patch.object(owner, name, text.replace(old, new)):
            yield

    return applied


def _stripped(picker: Any) -> Any:
    def made(entity: Any, columns: Any) -> Any:
        pick = picker(entity, columns)
        return lambda row: [*pick(row)[:-1], None]

    return made


BUGS = [
    Bug(
        "an edit of a deleted row is dropped",
        "P27",
        "C",
        wrapped(Work, "say", swallowing("target_deleted")),
        histories.an_edit_of_a_row_in_the_trash,
    ),
    Bug(
        "a deletion wins over whatever came since",
        "P28",
        "C",
        swapped((deleting, "settle_delete", _whoever_wrote)),
        histories.a_deletion_of_a_row_somebody_has_edited,
    ),
    Bug(
        "a question about a deleted row cannot be closed",
        "P29",
        "C",
        wrapped(deciding, "close", _for_live_rows_only),
        histories.a_question_about_a_row_that_goes_to_the_trash,
    ),
    Bug(
        "a deleted cluster keeps its rows",
        "P30",
        "C",
        swapped((deleting, "_let_go", _nothing)),
        histories.a_cluster_with_keywords_is_deleted,
    ),
    Bug(
        "references to what comes later are dropped",
        "P31",
        "C",
        wrapped(Delivery, "key", _only_what_is_here),
        reading.a_keyword_comes_before_its_cluster,
    ),
    Bug(
        "the second of two alike is dropped",
        "P32",
        "C",
        swapped((creating, "_merge", _nothing)),
        histories.one_seed_is_added_by_two_people,
    ),
    Bug(
        "the platform folds names in a way of its own",
        "P33",
        "C",
        swapped((creating, "fold", _lower)),
        histories.two_names_that_are_one_after_folding,
    ),
    Bug(
        "rows that a snapshot lacks stay",
        "P34",
        "C",
        swapped((Absorber, "remove_absent", _nothing)),
        histories.a_machine_comes_back_after_tombstones_were_cleared,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "any removal is carried out",
        "P35",
        "C",
        swapped((guard, "judge", _nothing)),
        histories.an_empty_answer_to_a_snapshot,
    ),
    Bug(
        "waiting work ordered by the clock",
        "P36",
        "C",
        changed_text(overlay, "OVERLAY", "ORDER BY id", "ORDER BY at, id"),
        histories.a_clock_that_is_set_back_between_two_edits,
    ),
    Bug(
        "a refusal takes along later edits of the row",
        "P37",
        "C",
        wrapped(Verdicts, "one", _cancelling_what_follows),
        histories.a_refused_edit_and_later_ones_of_the_same_row,
    ),
    Bug(
        "unknown figures become nought",
        "P38",
        "C",
        changed_text(keywords, "_FILL", "nullif(?, -1), nullif(?, -1)", "max(?, 0), max(?, 0)"),
        histories.a_figure_nobody_knows,
    ),
    Bug(
        "fields of later versions are stripped",
        "P39",
        "C",
        wrapped(decoding, "_picker", _stripped),
        histories.a_field_of_a_later_version,
    ),
]
