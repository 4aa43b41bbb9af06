"""Every exception that can end a command, as one error with a remedy."""

from __future__ import annotations

import errno
import traceback

from sync.errors import DiskFull, InvalidUsage, PlannerError


def explain(error: Exception) -> PlannerError:
    """Return the error to show for an exception; what nobody expected keeps its trace in the message."""
    if isinstance(error, PlannerError):
        return error
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull(
            "disk_full",
            f"There is no space left for {error.filename or 'the profile'}.",
            "Free some and try again.",
        )
    if isinstance(error, PermissionError | NotADirectoryError | FileNotFoundError | IsADirectoryError):
        return InvalidUsage(
            "no_access", f"{error.filename}: {error.strerror}.", "Check the path and who may write there."
        )
    trace = "".join(traceback.format_exception(error)).strip()
    return PlannerError(
        "internal", f"This is a fault of the program: {error!r}", f"Please report it with this text:\n{trace}"
    )
