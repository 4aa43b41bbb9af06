"""More bugs of the kinds the catalogue warns of, at other places of the code: variants that the same histories have to notice."""

from __future__ import annotations

from typing import Any

from planner_server.feed import reading
from planner_server.planning.services import deleting, recovering, sets, standing
from planner_server.planning.services.work import Work
from sync.engine import push
from sync.errors import PlatformFault
from sync.replica import feed as replica_feed
from sync.replica import recovery, undoing
from sync.replica.aliases import Aliases
from sync.replica.undoing import Undoing
from tests.simulation.bugs.bug import Bug, swapped, wrapped
from tests.simulation.histories import cursors, meeting, merging, outbox, restores


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _no_aliases(_self: Work, _ids: Any) -> dict[str, str]:
    return {}


def _as_it_was(_self: Aliases, ids: Any) -> Any:
    return ids


def _operation_as_made(operation: Any, _aliases: Any) -> Any:
    return operation


def _behind_what_waits(queue_again: Any) -> Any:
    """What a restored platform forgot is sent after what was made later."""

    def queued(store: Any, scope: int, reply: Any) -> Any:
        found = queue_again(store, scope, reply)
        store.run("UPDATE mutation SET seq = seq + 4398046511104 WHERE scope = ? AND seq < 0", scope)
        return found

    return queued


def _dropped(_ctx: Any, parts: Any) -> None:
    raise PlatformFault("too_large", f"{len(parts)} mutations are too large.", "Nothing helps.")


def _one_further(after: Any) -> Any:
    def place(cursor: Any, rank: int) -> tuple[int, str]:
        version, uid = after(cursor, rank)
        return version + 1, uid

    return place


def _seen_alike(*_: Any) -> list[str]:
    return []


BUGS = [
    Bug(
        "the platform does not follow aliases",
        "P32",
        "C",
        swapped((Work, "latest", _no_aliases)),
        merging.one_seed_is_added_by_two_people,
    ),
    Bug(
        "a replica does not follow aliases",
        "P32",
        "C",
        swapped((Aliases, "one", _as_it_was), (Aliases, "all", _as_it_was)),
        merging.one_seed_is_added_by_two_people,
    ),
    Bug(
        "undo looks for rows under the ids they had",
        "P69",
        "1",
        swapped((undoing, "under_aliases", _operation_as_made)),
        merging.an_edit_of_a_merged_keyword_is_undone,
    ),
    Bug(
        "a deletion is compared with nothing",
        "P28",
        "C",
        swapped((deleting, "unseen_groups", _seen_alike)),
        merging.a_deletion_of_a_row_somebody_has_edited,
    ),
    Bug(
        "restoring a cluster brings nothing back into it",
        "P71",
        "1",
        swapped((deleting, "_take_home", _nothing)),
        merging.a_cluster_is_deleted_and_restored,
    ),
    Bug(
        "what comes again leaves no mark",
        "P66",
        "1",
        swapped((recovering, "note", _nothing)),
        restores.the_later_of_two_edits_comes_back_first,
    ),
    Bug(
        "what was forgotten is sent after what came later",
        "P64",
        "1",
        wrapped(recovery, "_queue_again", _behind_what_waits),
        restores.work_that_waited_while_the_platform_was_put_back,
    ),
    Bug(
        "an edit does not answer the question about its field",
        "P72",
        "1",
        swapped((sets, "close_answered", _nothing), (standing, "close_answered", _nothing)),
        meeting.a_plain_edit_answers_a_question,
    ),
    Bug(
        "parked work is never sent again",
        "P86",
        "2",
        swapped((replica_feed, "resend_parked", _nothing)),
        restores.an_assignment_comes_before_its_cluster,
    ),
    Bug(
        "what was cancelled leaves its dependents",
        "P83",
        "2",
        swapped((Undoing, "_trim_dependents", _nothing)),
        outbox.a_cancelled_creation_takes_its_dependents_along,
    ),
    Bug(
        "a request too large is given up",
        "P19",
        "B",
        swapped((push, "_halve", _dropped)),
        outbox.a_platform_that_takes_little_at_once,
    ),
    Bug(
        "a cursor stands after the rows it was to stand before",
        "P3",
        "A",
        wrapped(reading, "_after", _one_further),
        cursors.somebody_writes_between_any_two_pages,
    ),
]
