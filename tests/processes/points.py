"""The crash points as tests reach them: who dies, after what beginning, and what must hold of the act it died in."""

from dataclasses import dataclass
from typing import Literal

Who = Literal["client", "outside", "platform"]
Beginning = Literal["", "first", "doubt", "restored", "older", "expired", "aliases", "rotated", "backups"]


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the table of crash points.

    `beginning` says what happened before: nothing, a machine without a file (first), doubt about its rows (doubt), a platform put back
    silently (restored), a file of an earlier version (older), an access token whose time has passed (expired), the same keywords added by
    both people (aliases), a journal so short that it is rotated all the time (rotated), a backup made
    and put back in the middle of the work (backups).
    `act` says what must be of the edit the machine died in: absent, present, or either.
    """

    name: str
    who: Who
    must: str
    beginning: Beginning = ""
    act: Literal["absent", "present", "either"] = "either"
    hook: str = ""
    skip: int = 0
    """Reaches of the hook that belong to another point."""

    @property
    def reached(self) -> str:
        """The name the process reaches."""
        return self.hook or self.name


POINTS = (
    Point("C1", "client", "the edit is absent everywhere", act="absent"),
    Point("C2", "client", "the edit is present", act="present"),
    Point("C3", "outside", "the edit is present", act="either"),
    Point("C4", "client", "all of the edit or nothing", act="absent"),
    Point("C5", "client", "sent again under the same number and id"),
    Point("C6", "platform", "whole transactions; goes on behind the last number"),
    Point("C6 client", "client", "whole transactions; goes on behind the last number", hook="C6-client"),
    Point("C7", "platform", "rolled back, the version is not visible"),
    Point("C8", "platform", "the repeat brings the stored verdicts"),
    Point("C9", "client", "the repeat brings the same verdicts"),
    Point("C10", "client", "what is shown does not change"),
    Point("C11", "client", "the page is absent"),
    Point("C12", "client", "staged pages are used or dropped"),
    Point("C13", "client", "old cursor and old rows"),
    Point("C14", "client", "applying again changes nothing"),
    Point("C15", "client", "the old rows are whole, the edits untouched", "doubt"),
    Point("C16", "client", "as C15"),
    Point("C17", "client", "old or new schema, edits whole", "older"),
    Point("C18", "client", "edits name the ids they were made with; both are taken", "aliases"),
    Point("C19", "client", "the copy has no name before it is whole", "backups"),
    Point(
        "C19 log",
        "client",
        "a good copy exists; the old log is there with its file",
        "backups",
        hook="C19",
        skip=2,
    ),
    Point(
        "C19 swap", "client", "a good copy exists; no log is replayed into it", "backups", hook="C19", skip=3
    ),
    Point("C20", "client", "a sign-in is needed, nothing else", "expired"),
    Point("C11 first", "client", "as C11, in the first snapshot", "first", hook="C11"),
    Point("C13 first", "client", "as C13, in the first snapshot", "first", hook="C13"),
    Point("C15 restored", "client", "as C15, after a restore of the platform", "restored", hook="C15"),
    Point("C24", "client", "known and unknown are asked again", "restored"),
    Point("C24 sending", "client", "known and unknown are asked again", "restored", hook="C5"),
    Point("C24 answered", "client", "known and unknown are asked again", "restored", hook="C9"),
    Point("C25", "client", "queued again, sent once, then the rows of the new epoch", "restored"),
    Point("C26", "client", "the file is known as the one used here last"),
    Point("C27", "client", "the old journal holds", "rotated"),
    Point("C27 renamed", "client", "the new journal holds all that is open", "rotated"),
)
BY_NAME = {point.name: point for point in POINTS}
