"""Every exception that can end a command, as one error with a remedy and an exit code."""

from __future__ import annotations

import errno
import traceback

from planner_desktop.cli import exits
from sync import errors
from sync.errors import DiskFull, InvalidUsage, PlannerError

# The first class that fits wins: narrower ones come first.
_CODES: tuple[tuple[type[errors.PlannerError], int], ...] = (
    (errors.InvalidUsage, exits.USAGE),
    (errors.NotFound, exits.USAGE),
    (errors.Ambiguous, exits.USAGE),
    (errors.RuleBroken, exits.REFUSED),
    (errors.SignInNeeded, exits.SIGN_IN),
    (errors.OwnerMismatch, exits.SIGN_IN),
    (errors.WrongUrl, exits.UNREACHABLE),
    (errors.Unreachable, exits.UNREACHABLE),
    (errors.PlatformFault, exits.UNREACHABLE),
    (errors.UpgradeNeeded, exits.MACHINE),
    (errors.ProtocolTrouble, exits.UNREACHABLE),
    (errors.ReplicaTrouble, exits.MACHINE),
)


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


def exit_code(error: PlannerError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), exits.OUR_FAULT)
