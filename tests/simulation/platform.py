"""The platform of a world: the real application answering requests, and what befalls it (jobs, restores, crashes, clean-ups)."""

from __future__ import annotations

import logging
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from planner_core.commands import Command
from planner_core.decision import Decision
from planner_core.operations import Operation
from planner_server import clock as server_clock
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Account, Device, Site, SiteAccess, User
from planner_server.accounts.tokens import sign_in
from planner_server.feed import epochs, hooks, purging
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.feed.running import RUN
from planner_server.planning.services import Work, apply_operation, planning_run
from planner_server.sync_api import judging
from sync.transport import Tokens
from tests.simulation.stage import START_MS, Stage
from tests.simulation.witness import Broken


class PlatformDied(BaseException):
    """The platform's process ends here. Not an Exception, because a process that ends runs no handler."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Poisoned(Exception):
    """The fault of the platform's own that a world puts there."""


class _Complaints(logging.Handler):
    """Keeps what the platform reports as a fault of its own: a world has none that may do so."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        while error is not None and not isinstance(error, Poisoned):
            error = error.__cause__ or error.__context__
        if error is None:
            self.found.append(logging.Formatter().format(record))


@dataclass
class Platform:
    """The real server of one world. `user` numbers: 0 the owner, 1 and 2 the editors."""

    stage: Stage
    chance: random.Random
    now_ms: int = START_MS
    access: dict[int, str] = field(default_factory=lambda: {1: "rw", 2: "rw"})
    crash_at: str = ""
    """Point of planner_server.feed.hooks at which the process is to end, once."""
    crash_after: int = 0
    slow: float = 0.0
    """Seconds the platform's clock goes on at each look: a slow one cuts a push into more transactions."""

    def __post_init__(self) -> None:
        self.copies: dict[str, sqlite3.Connection] = {}
        self.crashed_at = ""
        self.poisoned: set[str] = set()
        """Ids of operations the platform fails on."""
        self._seconds = 0.0
        self._complaints = _Complaints()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The platform's time, chance and log are the world's while the block runs."""
        RUN.end()
        log = logging.getLogger("planner.sync")
        former = log.propagate
        log.addHandler(self._complaints)
        log.propagate = False
        try:
            with (
                patch.object(judging, "apply_operation", self._apply),
                server_clock.replaced(
                    now_ms=lambda: self.now_ms,
                    monotonic=self._monotonic,
                    random_bits=self.chance.getrandbits,
                ),
            ):
                yield
        finally:
            log.removeHandler(self._complaints)
            log.propagate = former
            for copy in self.copies.values():
                copy.close()

    def _apply(self, work: Work, operation: Operation) -> None:
        if work.gate.actor.op_id in self.poisoned:
            raise Poisoned(work.gate.actor.op_id)
        apply_operation(work, operation)

    def _monotonic(self) -> float:
        self._seconds += self.slow
        return self._seconds

    # ------------------------------------------------------------------ requests

    def answer(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        """Carry out a request. Raises PlatformDied where the process ends before it has answered."""
        environ = _environ(method, target, headers, body)
        said: dict[str, Any] = {}

        def start(
            status: str, fields: list[tuple[str, str]], _error: object = None
        ) -> Callable[[bytes], object]:
            said.update(status=int(status[:3]), headers=fields)
            return lambda _data: None

        with self._crash_points():
            parts = self.stage.application(environ, start)
            content = b"".join(parts)
            parts.close()
        if self._complaints.found:
            raise Broken(f"the platform stumbled over {method} {target}:\n{self._complaints.found[0]}")
        return Answer(said["status"], said["headers"], content)

    @contextmanager
    def _crash_points(self) -> Iterator[None]:
        if not self.crash_at:
            yield
            return

        def die() -> None:
            if self.crash_after:
                self.crash_after -= 1
                return
            self.crashed_at, self.crash_at = self.crash_at, ""
            raise PlatformDied

        with hooks.at(self.crash_at, die):
            yield

    def restart(self) -> None:
        """Start the process that died anew: on new connections, and what was not committed is gone."""
        RUN.end()
        for alias in ("default", "reader"):
            self.stage.handler[alias].close()

    # ------------------------------------------------------------------ what befalls it

    def run(self, command: Command, *, job: bool = False) -> Decision:
        """Change rows on the platform itself: as a job, or as the owner in a browser."""
        actor = Actor("job", "figures") if job else Actor("user", self.stage.shop.users[0])
        return planning_run(site=self.site, command=command, actor=actor)

    @property
    def site(self) -> Site:
        """The shop's only site."""
        return Site.objects.get(uid=self.stage.shop.site)

    def keep(self, name: str) -> None:
        """Keep a copy of the database under a name."""
        self.copies[name] = self.stage.copy()

    def restore(self, name: str, *, announced: bool) -> None:
        """Put an earlier copy back; who may do what stays as it is now."""
        RUN.end()
        self.stage.put_back(self.copies[name])
        if announced:
            self.new_epochs()
        for user, access in list(self.access.items()):
            self.set_access(user, access)

    def new_epochs(self) -> None:
        """Say that the history begins anew, as an operator does after a restore."""
        for scope in Scope.objects.all():
            epochs.renew(scope, lost=scope.epoch)

    def clean_up(self) -> None:
        """Purge what is old enough, as the operator's command does."""
        for scope in Scope.objects.all():
            purging.sweep(scope)

    def set_limit(self, keywords: int | None) -> None:
        """Set how many keywords the account's plan allows."""
        Account.objects.filter(uid=self.stage.shop.account).update(max_keywords=keywords)

    def set_access(self, user: int, access: str) -> None:
        """Let a user read and write the site (rw), read (ro), or not see it (none)."""
        person = self.person(user)
        User.objects.filter(pk=person.pk).update(role="viewer" if access == "ro" else "editor")
        has = SiteAccess.objects.filter(user=person, site=self.site).exists()
        if access == "none" and has:
            accounts.site_revoke(user=person, site=self.site)
        elif access != "none" and not has:
            accounts.site_grant(user=person, site=self.site)
        self.access[user] = access

    def person(self, user: int) -> User:
        """Return a user by number."""
        return User.objects.get(uid=self.stage.shop.users[user])

    def sign_in(self, user: int, device: str) -> Tokens:
        """Sign somebody in on a device, as with his password."""
        _, pair = sign_in(self.person(user), device_name=device)
        return Tokens(pair.access, pair.refresh)

    def sign_out(self, user: int) -> None:
        """End all of a user's sign-ins."""
        for device in Device.objects.filter(user=self.person(user)):
            accounts.device_revoke(device=device)

    # ------------------------------------------------------------------ what is there

    @property
    def database(self) -> sqlite3.Connection:
        """The connection itself, for looking."""
        default = self.stage.handler["default"]
        default.ensure_connection()
        return default.connection  # type: ignore[no-any-return]  # Django does not say what it wraps

    @property
    def version(self) -> int:
        """The version of the site's scope."""
        row = self.database.execute("SELECT version FROM feed_scope WHERE uid = ?", (self.stage.shop.site,))
        return int(row.fetchone()[0])

    @property
    def epoch(self) -> str:
        """The epoch of the site's scope."""
        row = self.database.execute("SELECT epoch FROM feed_scope WHERE uid = ?", (self.stage.shop.site,))
        return str(row.fetchone()[0])

    def standings(self) -> dict[str, tuple[str, int]]:
        """Return scope uid -> (epoch, version) of every scope: a restore can begin a new epoch in any of them."""
        rows = self.database.execute("SELECT uid, epoch, version FROM feed_scope")
        return {uid: (epoch, version) for uid, epoch, version in rows}

    def live(self, entity: str) -> list[str]:
        """Return the uids of an entity's live rows, in order."""
        table = {
            "keyword": "planning_keywords",
            "cluster": "planning_clusters",
            "idea": "planning_contentideas",
        }
        rows = self.database.execute(f"SELECT uid FROM {table[entity]} WHERE deleted_at IS NULL ORDER BY uid")
        return [uid for (uid,) in rows]


def _environ(method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path),
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ
