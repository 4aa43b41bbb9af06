"""What can be wrong with a file as a whole, and being told to stop."""

from __future__ import annotations

from sync.errors import InvalidUsage


class UnreadableFile(InvalidUsage):
    """A file cannot be taken as it is: `code` is stable, `message` says what and where, `remedy` what to do now.

    `headings` are those of its columns, where all that is missing is which of them is the keyword.
    """

    headings: tuple[str, ...] = ()


class Cancelled(Exception):
    """The reader was told to stop; nothing of the plan is kept."""


class ReadAgain(Exception):
    """What was seen later in a file says that it has to be read otherwise, from its beginning.

    `encoding` is how to decode it then ("" for as before); `is_exact` says that round volumes are figures and not ranges.
    """

    def __init__(self, *, encoding: str = "", is_exact: bool = False) -> None:
        super().__init__(encoding or "exact volumes")
        self.encoding = encoding
        self.is_exact = is_exact
