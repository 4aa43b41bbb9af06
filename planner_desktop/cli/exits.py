"""Exit codes, and which error has which: the one table."""

from __future__ import annotations

from sync import errors

DONE = 0
OUR_FAULT = 1
USAGE = 2
REFUSED = 3
SIGN_IN = 4
UNREACHABLE = 5
REVIEW = 6
MACHINE = 78
INTERRUPTED = 130

# The first class that fits wins: narrower ones come first.
_CODES: tuple[tuple[type[errors.PlannerError], int], ...] = (
    (errors.InvalidUsage, USAGE),
    (errors.NotFound, USAGE),
    (errors.Ambiguous, USAGE),
    (errors.RuleBroken, REFUSED),
    (errors.SignInNeeded, SIGN_IN),
    (errors.OwnerMismatch, SIGN_IN),
    (errors.WrongUrl, UNREACHABLE),
    (errors.Unreachable, UNREACHABLE),
    (errors.PlatformFault, UNREACHABLE),
    (errors.UpgradeNeeded, MACHINE),
    (errors.ProtocolTrouble, UNREACHABLE),
    (errors.ReplicaTrouble, MACHINE),
)


def exit_code(error: errors.PlannerError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), OUR_FAULT)
