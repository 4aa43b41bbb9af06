"""Codes of row results: which of them only tell and which of them ask; kinds of review items about work that was not done."""

from __future__ import annotations

INFORMATION = frozenset(
    {
        "merged",
        "renamed",
        "deleted_cluster",
        "detached",
        "reattached",
        "superseded",
        "not_created_by_that",
        "same",
    }
)
"""They tell what became of rows and ask nothing."""

QUESTIONS = frozenset({"conflict", "unseen_children"})
"""They ask something that has an item of its own on the platform."""

UNREAD = frozenset({"forbidden", "internal", "bad_body", "too_old"})
"""Codes of work that the platform did not look into: not even the decisions in it were carried out."""

PARKED, REFUSED = "parked", "refused"
WORK = frozenset({PARKED, REFUSED})
"""Kinds of items about work that was not carried out. Such an item can speak of many rows and of several operations."""
