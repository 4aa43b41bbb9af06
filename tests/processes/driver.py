"""A desktop without a window as the child of a nursery: a real replica, engine and connection, carrying out a script.

It says what it is about to do and what it has done, so that whoever killed it knows what must be there afterwards.
"""

import json
import os
import resource
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

# Imported here, so that no child pays for it.
import sync.replica.schema
from planner_core import commands as orders
from planner_core.commands import Command
from planner_core.wire.feed import Told
from planner_desktop.app import files
from planner_desktop.app.tokens import FileTokens
from sync.clock import SystemClock
from sync.engine import Engine
from sync.engine.verify import verify
from sync.errors import PlannerError
from sync.ids import MonotonicIds
from sync.replica import OwnerRow, Reader, Replica, ScopeRow, journaling
from sync.replica.backups import Backups
from sync.replica.twin import Twin
from sync.transport import FeedClient, Rest, Session, Tokens
from sync.transport.pages import FeedPage
from sync.transport.session import STALL_SECONDS
from tests.processes.failing import failing

LOADED = (sync.replica.schema,)
ROUNDS = 12
Say = Callable[[Mapping[str, Any]], None]


def work(job: dict[str, Any], say: Say) -> None:
    """Do a job: {"sign_in": url, email, password, folder} or a life: {"folder": path, "acts": [...], "point": "C5", "at": k}."""
    if "sign_in" in job:
        _sign_in(job)
    else:
        Living(job, say).live()


def _sign_in(job: dict[str, Any]) -> None:
    folder = Path(job["folder"])
    files.make_private(folder)
    session = Session(job["sign_in"], keep=_keeper(folder))
    signed = session.login(job["email"], job["password"], device=folder.name)
    account = Rest(session).account()
    session.close()
    owner = [session.server, account.uid, signed.user["uid"], job["email"], account.name, ""]
    (folder / "owner.json").write_text(json.dumps(owner))


def _keeper(folder: Path) -> Callable[[Tokens | None], None]:
    store = FileTokens(folder / "tokens.json")

    def keep(tokens: Tokens | None) -> None:
        if tokens is None:
            store.clear()
        else:
            store.save({"access": tokens.access, "refresh": tokens.refresh})

    return keep


class Kills:
    """Counts the named points as they are reached and ends the process at one of them, as a loss of power would."""

    def __init__(self, point: str, at: int) -> None:
        self.point, self.at = point, at
        self.counts: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        self.counts[name] += 1
        if name == self.point and self.counts[name] == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class WrongClock(SystemClock):
    """A machine's clock that is off by some milliseconds of wall time."""

    def __init__(self, off_ms: int) -> None:
        self.off_ms = off_ms

    def now_ms(self) -> int:
        return super().now_ms() + self.off_ms


class SmallPages(FeedClient):
    """Asks for few rows at a time, so that small data comes in many pages."""

    def __init__(self, session: Session, rows: int) -> None:
        super().__init__(session)
        self._rows = rows

    def pull(self, scope: str, *, cursor: str, limit: int, told: Told | None) -> FeedPage:
        return super().pull(scope, cursor=cursor, limit=min(limit, self._rows), told=told)

    def snapshot(
        self,
        scope: str,
        *,
        after: str,
        at: int,
        limit: int,
        told: Told | None,
        deleted_after: int | None = None,
    ) -> FeedPage:
        few = min(limit, self._rows)
        return super().snapshot(scope, after=after, at=at, limit=few, told=told, deleted_after=deleted_after)


class Halves(httpx.BaseTransport):
    """The network; the body of a push leaves in two pieces, with a point between them."""

    def __init__(self, reach: Callable[[str], None]) -> None:
        self._network = httpx.HTTPTransport()
        self._reach = reach

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/push"):
            request.stream = _Pieces(request.content, self._reach)
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


class _Pieces(httpx.SyncByteStream):
    def __init__(self, body: bytes, reach: Callable[[str], None]) -> None:
        self._body, self._reach = body, reach

    def __iter__(self) -> Iterator[bytes]:
        middle = len(self._body) // 2
        yield self._body[:middle]
        self._reach("C6-client")
        yield self._body[middle:]


@contextmanager
def half_written_files(reach: Callable[[str], None]) -> Iterator[None]:
    """Reach C20 while the tokens are half written."""
    dump = json.dump

    def half(value: Any, file: Any, **given: Any) -> None:
        if "access" not in value:
            dump(value, file, **given)
            return
        text = json.dumps(value)
        file.write(text[: len(text) // 2])
        file.flush()
        reach("C20")
        file.seek(0)
        file.truncate()
        dump(value, file, **given)

    with mock.patch.object(json, "dump", half):
        yield


class Living:
    """One life of the program: opened, used, and closed in order unless it is killed."""

    def __init__(self, job: dict[str, Any], say: Say) -> None:
        self.job, self.say = job, say
        self.folder = Path(job["folder"])
        self.kills = Kills(job.get("point", ""), job.get("at", 1))
        self.clock = WrongClock(job.get("off_ms", 0))
        self.latest: str | None = None
        """The action of the latest edit, None if it was not saved."""

    def live(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(half_written_files(self.kills.reach))
            if size := self.job.get("journal_bytes"):
                # A short journal, so that it is rotated in the middle of small work.
                stack.enter_context(mock.patch.object(journaling, "SMALL", size))
            failures = stack.enter_context(failing(**self.job["fails"])) if "fails" in self.job else None
            try:
                stack.callback(self._close)
                self._open()
                self.say({"opened": self._held()})
                for act in self.job["acts"]:
                    self._act(act)
            except PlannerError as error:
                self.say({"ended": error.code, "why": error.message})
        self.say({"reached": dict(self.kills.counts)})
        if failures is not None:
            self.say({"calls": dict(failures.counts), "call": failures.failed})

    def _act(self, act: Mapping[str, Any]) -> None:
        """Do one thing. Where calls are to fail, what stands in its way is said, and the next thing is done."""
        try:
            getattr(self, f"do_{act['do']}")(act)
        except PlannerError as error:
            if "fails" not in self.job:
                raise
            self.say({"failed": error.code, "why": error.message})
        if "tag" in act and act["tag"] == self.job.get("kill_after"):
            # It was said that this is saved: whoever heard it ends this life, however busy the machine is.
            signal.pause()

    def _open(self) -> None:
        owner = OwnerRow(*json.loads((self.folder / "owner.json").read_text()))
        kept = FileTokens(self.folder / "tokens.json").load()
        tokens = Tokens(kept["access"], kept["refresh"]) if kept else None
        self.session = Session(
            self.job.get("url") or owner.server,
            tokens=tokens,
            keep=_keeper(self.folder),
            # Only where a kill is wanted there: the product's own transport gives up its connections after a sleep.
            transport=Halves(self.kills.reach) if self.kills.point == "C6-client" else None,
            stall=self.job.get("stall", STALL_SECONDS),
        )
        self.ids = MonotonicIds(self.clock)
        path = self.folder / "replica.db"
        self.twin = Twin(self.folder.parent / "state", path)
        reach = self.kills.reach
        self.replica = Replica.open(path, clock=self.clock, ids=self.ids, reach=reach, twin=self.twin)
        self.replica.claim(owner)
        feed = SmallPages(self.session, self.job.get("page_rows", 50_000))
        self.engine = Engine(self.replica, feed, clock=self.clock, random=secrets.SystemRandom().random)
        self.engine._ctx.push_bytes = self.job.get("push_bytes")

    def _close(self) -> None:
        for part in ("replica", "session"):
            if hasattr(self, part):
                getattr(self, part).close()

    def _held(self) -> dict[str, int]:
        reader = Reader.open(self.folder / "replica.db")
        try:
            return {"actions": reader.history_count()}
        finally:
            reader.close()

    # ------------------------------------------------------------------ what a script may ask for

    def do_run(self, act: Mapping[str, Any]) -> None:
        """Carry out commands as one action: {"commands": [[name, {...}], ...], "tag": n}."""
        self.latest = None
        built: list[Command] = [getattr(orders, name)(**given) for name, given in act["commands"]]
        self.say({"intent": act["tag"]})
        outcome = self.replica.run(built, partial=True)
        said = {"changed": outcome.changed, "refused": len(outcome.refused)}
        self.latest = outcome.action
        self.say({"saved": act["tag"], "acted": outcome.action is not None, **said})
        self.engine.edited()

    def do_undo(self, act: Mapping[str, Any]) -> None:
        """Take the edit before this act back, if it was saved."""
        self.say({"intent": act["tag"]})
        acted = self.latest is not None and self.replica.undo(self.latest).action is not None
        self.say({"saved": act["tag"], "acted": acted})

    def do_resolve(self, act: Mapping[str, Any]) -> None:
        """Decide every open question: {"choice": "mine"}."""
        reader = Reader.open(self.folder / "replica.db")
        items = [row.id for row in reader.review() if row.kind == "conflict"]
        reader.close()
        self.say({"intent": act["tag"], "items": len(items)})
        acted = bool(items) and self.replica.resolve(items, act["choice"]).action is not None
        self.say({"saved": act["tag"], "acted": acted})

    def do_sync(self, act: Mapping[str, Any]) -> None:
        """One round; what stands in its way is said, and the script goes on."""
        try:
            report = self.engine.sync_now()
        except PlannerError as error:
            self.say({"failed": error.code, "why": str(error.message)})
        else:
            self.say({"synced": [report.pushed, report.pulled, report.conflicts, report.refused]})

    def do_backup(self, act: Mapping[str, Any]) -> None:
        """Make a backup."""
        self._backups().make(self.folder / "replica.db", "asked for")

    def do_restore(self, act: Mapping[str, Any]) -> None:
        """Put the latest backup back, and go on with it."""
        self._close()
        backups = self._backups()
        latest = next(one for one in backups.list() if one.reason == "asked for")
        backups.restore(self.folder / "replica.db", latest, self.twin, self.ids)
        backups.release()
        self.twin.resume()
        self._open()

    def _backups(self) -> Backups:
        return Backups(self.folder / "backups", self.clock, reach=self.kills.reach)

    def do_settle(self, act: Mapping[str, Any]) -> None:
        """Rounds until nothing waits, as a schedule without its pauses. Errors are raised when they stay."""
        rows: list[ScopeRow] = []
        for _ in range(ROUNDS):
            self.engine.sync_now()
            rows = self.replica.scopes()
            if not any(row.open or row.unconfirmed or row.staged for row in rows if row.access == "rw"):
                break
        self.say({"settled": [sum(row.open for row in rows), sum(row.unconfirmed for row in rows)]})
        self.say({"equal": self.engine.verify_now() if act.get("whole") else self._sites_are_equal()})

    def _sites_are_equal(self) -> bool:
        """Compare what people write: the libraries stay as they are, and there are many of them."""
        sites = [row for row in self.replica.scopes() if row.kind == "site" and row.cursor]
        answers = []
        for row in sites:
            steps = verify(self.engine._ctx, row.id)
            while True:
                try:
                    next(steps)
                except StopIteration as done:
                    answers.append(done.value)
                    break
        return bool(answers) and all(answer is True for answer in answers)

    def do_fill_disk(self, act: Mapping[str, Any]) -> None:
        """Let no file of this process grow beyond what the log has now and some bytes more, as on a full disk."""
        log = self.folder / "replica.db-wal"
        room = log.stat().st_size + act["bytes"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def do_empty_disk(self, act: Mapping[str, Any]) -> None:
        """Let there be room again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def do_doubt_rows(self, act: Mapping[str, Any]) -> None:
        """Ask for a snapshot of every site, as after a doubt about the rows."""
        for row in self.replica.scopes():
            if row.kind == "site" and row.cursor:
                self.replica.begin_snapshot(row.id, row.server_epoch)

    def do_step_clock(self, act: Mapping[str, Any]) -> None:
        """Set the wall clock of the machine."""
        self.clock.off_ms = act["off_ms"]

    def do_spoil_access(self, act: Mapping[str, Any]) -> None:
        """Go on as with an access token whose time has passed."""
        assert self.session._tokens is not None
        spoilt = {"access": "expired", "refresh": self.session._tokens.refresh}
        (self.folder / "tokens.json").write_text(json.dumps(spoilt))
        self.session._tokens = Tokens(**spoilt)

    def do_status(self, act: Mapping[str, Any]) -> None:
        status = self.engine.refresh()
        self.say({"status": [status.state, status.waiting, status.conflicts, status.refused]})
