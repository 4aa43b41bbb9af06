"""Codes by which the platform tells what became of rows without asking anything. The one list for Review, reports and history."""

from __future__ import annotations

from planner_core.wire import codes

INFORMATION = codes.INFORMATION
"""Codes that tell what became of rows and ask nothing."""

DONE = frozenset(
    {
        "merged",
        "renamed",
        "deleted_cluster",
        "detached",
        "reattached",
        "not_created_by_that",
        "unseen_children",
    }
)
"""Codes of rows on which the work was carried out all the same. Rows listed under any other code were left as they stood."""

UNTAKEN = frozenset({"rejected", "parked_dependency", "too_old"})
"""Verdicts after which nothing of the work was carried out."""

UNREAD = codes.UNREAD
"""Codes of work that the platform did not look into: not even the decisions in it were carried out."""

UNTOLD = frozenset({"superseded", "same"})
"""Of those, the ones nobody needs to hear of: the rows are as they were wanted."""

WORDS = {
    "deleted_cluster": "The cluster is in the trash, so this was left without one.",
    "not_created_by_that": "Somebody else had made this row or taken it out of the trash; it stays where it is.",
    "merged": "The sector already had this seed keyword; both are one keyword now.",
}
"""What a code says where the platform gives no words."""


def is_note(code: str) -> bool:
    """Whether a result is told to its author without a question."""
    return code in INFORMATION and code not in UNTOLD
