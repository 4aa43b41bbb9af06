"""What became of a platform that was put back to an older state: said in one line until somebody has seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QObject

from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.widgets.notice import NoticeStrip
from sync.replica import Restoration


def tr(text: str) -> str:
    return QCoreApplication.translate("PutBack", text)


def sentence_of(restored: Sequence[Restoration], sites: int) -> str:
    """Return the whole notice; of an account with several `sites` it names those it speaks of. "" where there is nothing to say."""
    if not restored:
        return ""
    # Where nothing was missing there is little to say beside sites where something was.
    told = [one for one in restored if one.again or one.asks] or list(restored)
    names = ", ".join(one.site for one in told if one.site)
    of = tr(" ({sites})").format(sites=names) if names and sites > 1 else ""
    time = words.moment(max(one.at for one in restored))
    begin = tr("The platform was put back to an older state{of}, noticed {time}.").format(of=of, time=time)
    return f"{begin} {_became(told)}"


def _became(told: Sequence[Restoration]) -> str:
    again, waiting = sum(one.again for one in told), sum(one.waiting for one in told)
    asks, lost = sum(one.asks for one in told), sum(one.lost for one in told)
    said = []
    if again:
        changes = words.counted(again, tr("change it had forgotten"), tr("changes it had forgotten"))
        if waiting == again:
            said.append(tr("{changes} will be sent again").format(changes=changes))
        else:
            was = tr("{changes} was sent again") if again == 1 else tr("{changes} were sent again")
            said.append(was.format(changes=changes))
        if 0 < waiting < again:
            said.append(tr("{n} of them still wait").format(n=words.number(waiting)))
    if asks:
        waits = tr("{n} waits in Review") if asks == 1 else tr("{n} wait in Review")
        missing = words.counted(lost, tr("row is missing there"), tr("rows are missing there"))
        about = tr(" ({missing})").format(missing=missing) if lost else ""
        said.append(waits.format(n=words.number(asks)) + about)
    return f"{'; '.join(said)}." if said else tr("Nothing of yours was missing.")


class PutBack(QObject):
    """Keeps the line up to date, and takes note when it was seen."""

    def __init__(
        self, account: Account, strip: NoticeStrip, show_review: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._strip = strip
        self._show_review = show_review
        account.standing_changed.connect(self.tell)
        strip.acted.connect(self._open)
        strip.closed.connect(self._seen)

    def tell(self) -> None:
        """Say what there is to say."""
        restored = self._account.standing.restored
        asks = any(one.asks for one in restored)
        self._strip.say(
            sentence_of(restored, len(self._account.places.sites)), tr("Open Review") if asks else ""
        )

    def _open(self) -> None:
        self._show_review()
        self._seen()

    def _seen(self) -> None:
        if self._account.is_open:
            future = self._account.planner.store.writer.submit(lambda replica: replica.restorations_seen())
            self._account.bridge.watch(future, self, lambda _done: None, self._account.troubled.emit)
        self._strip.say("")
