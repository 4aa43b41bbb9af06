"""The places where a test may kill the process: each is a moment after which a restart must find things as the design says.

`reach(name)` is handed to `Replica.open`; in the product it does nothing.
"""

from __future__ import annotations

BEFORE_EDIT_COMMIT = "C1"
"""Before a local edit is committed: afterwards the edit is absent everywhere."""
AFTER_EDIT_COMMIT = "C2"
"""After the commit, before it is in the journal: the edit is there, and the next opening completes the journal."""
INSIDE_EDIT = "C4"
"""Between rows and mutation record of an edit: all or nothing."""
AFTER_SENDING_MARK = "C5"
"""Marked as sending, no byte sent: sent again with the same seq and op id."""
BEFORE_RESULTS_COMMIT = "C9"
"""Verdicts read, not stored: the repeat brings the same."""
AFTER_RESULTS_COMMIT = "C10"
"""Verdicts stored, not confirmed: what is shown does not change."""
INSIDE_STAGING = "C11"
"""A page half staged: it is absent."""
AFTER_STAGING = "C12"
"""Pages staged, not applied: they are reused."""
INSIDE_APPLY = "C13"
"""Rows written, cursor not: old cursor and old rows."""
AFTER_APPLY = "C14"
"""Applied and committed: applying again changes nothing."""
INSIDE_SWAP = "C15"
"""Rows absent from a snapshot removed, not committed: the old rows are complete."""
INSIDE_REBASE = "C16"
"""Pending work half applied on top: as C13."""
INSIDE_MIGRATION = "C17"
"""Schema half migrated: old or new, edits intact."""
WITH_ALIASES = "C18"
"""Aliases stored, their rows not shown yet: edits keep the ids they were made with, and the platform takes both."""
INSIDE_RECONCILE = "C24"
"""The platform said which operations it lacks, nothing of it is kept: asked again, the same answer."""
AFTER_RECONCILE = "C25"
"""Operations are queued again, the rows of the new epoch are not here: they go out once, then the rows are fetched."""

BEFORE_SWAP_OF_FILES = "C19"
"""While a backup is made or put in place: a good copy exists, and no old log is replayed into it."""
BETWEEN_NONCES = "C26"
"""The fresh nonce is in the operating-system profile, not in the file: the file is known all the same."""
BEFORE_ROTATION = "C27"
"""The new journal is written, the old one in its place: the old one holds."""
AFTER_ROTATION = "C27 renamed"
"""The new journal is in its place: it holds all that is open."""

ALL = ("C1", "C2", "C4", "C5", "C9", "C10", "C11", "C12", "C13", "C14", "C15", "C16", "C17")
"""The points inside a transaction's life, in numeric order. C3, C6 to C8 and C20 lie outside the replica."""
RECOVERY = (WITH_ALIASES, INSIDE_RECONCILE, AFTER_RECONCILE)
"""Points that only aliases and restored platforms lead to."""
FILES = (BEFORE_SWAP_OF_FILES, BETWEEN_NONCES, BEFORE_ROTATION, AFTER_ROTATION)
"""The points between two files."""
