"""What the status bar says about sync: nothing that is not so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens import words
from planner_desktop.widgets.statusbar import SyncLine
from sync.errors import PlannerError, SignInNeeded
from sync.replica import Counts

if TYPE_CHECKING:  # the engine brings the network in, which comes after the first paint
    from sync.engine import SyncStatus


def tr(text: str) -> str:
    return QCoreApplication.translate("Sync", text)


def line_of(
    status: SyncStatus | None,
    counts: Counts,
    fault: PlannerError | None,
    *,
    began_with: int = 0,
    now_ms: int = 0,
    copy_trouble: str = "",
) -> SyncLine:
    """Return the left end of the status bar. `began_with` is how many rows waited when the round under way began.

    `copy_trouble` is why the second copy of what waits cannot be written.
    """
    line = _line(status, counts, fault, began_with=began_with, now_ms=now_ms)
    if not copy_trouble:
        return line
    if line.sign in {"equal", "local", "waiting"}:
        return SyncLine(
            "problem", tr("Second copy not written"), _joined(tr("click for why"), _waits(counts))
        )
    return SyncLine(line.sign, line.state, _joined(line.detail, tr("second copy not written")))


def _line(
    status: SyncStatus | None, counts: Counts, fault: PlannerError | None, *, began_with: int, now_ms: int
) -> SyncLine:
    if isinstance(fault, SignInNeeded) or (status is not None and status.state == "sign_in"):
        return SyncLine("sign-in", tr("Sign in again"), _joined(tr("nothing is lost"), _waits(counts)))
    if fault is not None:
        return SyncLine("problem", tr("Not syncing"), _joined(fault.message, _waits(counts)))
    if status is None:
        return _known_here(counts)
    if status.state == "offline":
        since = words.moment(counts.last_sync) if counts.last_sync else ""
        state = tr("Offline since {time}").format(time=since) if since else tr("Offline")
        return SyncLine("offline", state, _all(counts))
    if status.state == "blocked":
        return _blocked(status, counts)
    if status.state == "backoff":
        return SyncLine("offline", tr("Trying again"), _joined(status.detail, _waits(counts)))
    if status.state == "syncing":
        return _busy(counts, began_with)
    return _idle(status, counts, now_ms)


def _blocked(status: SyncStatus, counts: Counts) -> SyncLine:
    if status.code == "paused":
        return SyncLine("local", tr("Paused"), _joined(tr("click to go on"), _waits(counts)))
    asks = tr("Asks before it removes") if status.code == "mass_delete" else tr("Not syncing")
    return SyncLine("problem", asks, _joined(status.detail, _waits(counts)))


def _busy(counts: Counts, began_with: int) -> SyncLine:
    if not began_with:
        return SyncLine("busy", tr("Syncing"), _asks(counts))
    done = max(0, began_with - counts.waiting_rows)
    state = tr("Posting {done} of {all}").format(done=words.number(done), all=words.number(began_with))
    return SyncLine("busy", state, _asks(counts))


def _idle(status: SyncStatus, counts: Counts, now_ms: int) -> SyncLine:
    if status.differs:
        detail = tr("The last check found a difference. Sync again, or tell whoever runs the platform.")
        return SyncLine("problem", tr("Differs from the platform"), detail)
    if counts.conflicts or counts.refused:
        return _asking(counts)
    if counts.waiting_rows:
        return SyncLine("waiting", _waits(counts), tr("with the next sync"))
    if status.equal_checked_at:
        ago = max(0, now_ms - status.equal_checked_at) // 60_000
        checked = (
            tr("checked just now")
            if ago < 1
            else tr("checked {time}").format(time=words.moment(status.equal_checked_at))
            if ago >= 60
            else tr("checked 1 minute ago")
            if ago == 1
            else tr("checked {n} minutes ago").format(n=ago)
        )
        return SyncLine("equal", tr("Equal with the platform"), checked)
    if counts.last_sync:
        # Every row that was to come or go has: compared with the platform's, row by row, they were not yet.
        return SyncLine("equal", tr("Synced"), words.moment(counts.last_sync))
    return _known_here(counts)


def _known_here(counts: Counts) -> SyncLine:
    if counts.conflicts or counts.refused:
        return _asking(counts)
    if counts.waiting_rows:
        return SyncLine("waiting", _waits(counts))
    if counts.last_sync:
        return SyncLine("local", tr("Last sync {time}").format(time=words.moment(counts.last_sync)))
    return SyncLine("local", tr("Not synced yet"))


def _asking(counts: Counts) -> SyncLine:
    sign = "problem" if counts.refused > counts.aside and not counts.conflicts else "conflict"
    state, *rest = [one for one in (_conflicts(counts), _refused(counts), _aside(counts)) if one]
    return SyncLine(sign, state, _joined(*rest, tr("choose in Review"), _waits(counts)))  # type: ignore[arg-type]


def _conflicts(counts: Counts) -> str:
    return words.counted(counts.conflicts, tr("conflict"), tr("conflicts")) if counts.conflicts else ""


def _refused(counts: Counts) -> str:
    refused = counts.refused - counts.aside
    return tr("{n} refused").format(n=words.number(refused)) if refused else ""


def _aside(counts: Counts) -> str:
    """Questions about what nobody refused: without access, or not on the platform any more."""
    return tr("{n} to decide").format(n=words.number(counts.aside)) if counts.aside else ""


def _waits(counts: Counts) -> str:
    if not counts.waiting_rows:
        return ""
    changes = words.counted(counts.waiting_rows, tr("change"), tr("changes"))
    return tr("{changes} wait").format(changes=changes) if counts.waiting_rows > 1 else tr("1 change waits")


def _asks(counts: Counts) -> str:
    return _joined(_conflicts(counts), _refused(counts), _aside(counts))


def _all(counts: Counts) -> str:
    return _joined(_waits(counts), _conflicts(counts), _refused(counts), _aside(counts))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
