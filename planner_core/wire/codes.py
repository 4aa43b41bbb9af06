"""Codes of row results: which of them only tell and which of them ask."""

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
