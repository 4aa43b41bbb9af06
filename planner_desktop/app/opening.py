"""Opens accounts: from a profile to a `Planner`, and out of one.

What is put together here decides when the heavy libraries come in: httpx and pydantic with the first request to a platform, NumPy
with the first query, so that a window paints and `planner status` answers before them.
"""
# ruff: noqa: PLC0415 - that is the point of this module

from __future__ import annotations

import random
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_desktop import VERSION
from planner_desktop.app.administration import Administration
from planner_desktop.app.labelcopies import LabelCopies
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import AccountEntry, Profile
from planner_desktop.app.replicas import LOCK_SECONDS, look_beside, open_reader, open_replica
from planner_desktop.app.safety import Safety
from planner_desktop.app.sidecar import SideCar
from planner_desktop.app.signing import is_signed_in, open_session, tokens_of
from planner_desktop.app.store import Store
from planner_desktop.app.syncing import Sync
from planner_desktop.app.wording import counted
from planner_desktop.app.writer import InlineExecutor, Writer
from sync.clock import Clock, SystemClock
from sync.errors import InvalidUsage, SignInNeeded
from sync.ids import MonotonicIds

if TYPE_CHECKING:
    from planner_desktop.app.imports import Imports
    from sync.engine import Engine
    from sync.replica import Replica
    from sync.transport import Rest, Session


def open_planner(
    profile: Profile,
    *,
    entry: AccountEntry | None = None,
    executor: Executor | None = None,
    lock_seconds: float = LOCK_SECONDS,
) -> Planner:
    """Open an account of a profile (by default the one in use). Nothing on disk is touched before it is needed.

    `executor` carries writes (by default the calling thread); a write waits `lock_seconds` for another owner of the lock.
    Raises SignInNeeded if the profile has no account.
    """
    account = entry or profile.need_current()
    paths = profile.paths(account)
    clock = SystemClock()
    ids = MonotonicIds(clock)

    labels = LabelCopies(paths.labels, paths.backups)
    safety = Safety(paths.replica, paths.backups, lambda: profile.state, clock=clock, ids=ids, labels=labels)

    def open_writer() -> Replica:
        return open_replica(paths, account, clock=clock, ids=ids, lock_seconds=lock_seconds, safety=safety)

    store = Store(
        writer=Writer(open_writer, executor or InlineExecutor()),
        open_reader=lambda: open_reader(paths, account),
        engine=SideCar(paths),
        ids=ids,
    )
    sync = Sync(
        store,
        open_session=lambda: open_session(profile, account),
        make_engine=lambda store, session: make_engine(store, session, clock, safety),
        is_signed_in=lambda: is_signed_in(profile, account),
        beside=lambda: look_beside(paths, account),
        paused=lambda: safety.paused,
    )
    administration = Administration(lambda: documented_api(sync.session), sync.now)

    def open_imports() -> Imports:
        from planner_desktop.app.imports import Imports

        return Imports(store, paths.imports)

    return Planner(
        entry=account,
        store=store,
        sync=sync,
        administration=administration,
        safety=safety,
        labels=paths.labels,
        imports=open_imports,
    )


def make_engine(store: Store, session: Session, clock: Clock, safety: Safety) -> Engine:
    """Return an engine that writes through the store's writer, announces what it changed, and honours the pause."""
    from sync.ahead import FetchedAhead
    from sync.engine import Engine
    from sync.transport import GatedFeed

    writer = store.writer
    safety.daily()
    return Engine(
        writer.do(lambda replica: replica),
        GatedFeed(session, asking=safety.may_ask, sending=safety.may_send),
        clock=clock,
        random=random.random,
        executor=writer.carry,
        publish=writer.announce,
        app=f"planner-desktop/{VERSION}",
        before_risk=safety.before_risk,
        ahead=FetchedAhead,
    )


def documented_api(session: Session) -> Rest:
    """Return the platform's documented API over a session."""
    from sync.transport import Rest

    return Rest(session)


def sign_out(
    profile: Profile, *, keep: bool = False, sync: bool = False, export: Path | None = None
) -> tuple[AccountEntry, int]:
    """Sign out of the account in use; return it and how many rows of changes stay unsettled here. The replica stays.

    Unsettled work needs a choice: `sync` sends it first, `export` writes it to a file, `keep` just leaves it on this computer.
    Raises InvalidUsage without one, or if something is left after `sync`; then nothing was signed out.
    """
    entry = profile.need_current()
    if sync and _unsettled(profile, entry):
        with closing(open_planner(profile, entry=entry)) as planner:
            planner.sync.now()
    waiting = _unsettled(profile, entry)
    if waiting and export is not None:
        with closing(open_planner(profile, entry=entry)) as planner:
            planner.safety.export(lambda: open_reader(profile.paths(entry), entry), export, describe(entry))
    elif waiting and not keep:
        choice = "keep them on this computer (--keep), or write them to a file, too (--export FILE.csv or FILE.json)."
        raise InvalidUsage(
            "changes_wait",
            f"{counted(waiting, 'change', 'changes')} of {entry.title} {'was' if waiting == 1 else 'were'} not taken by the platform{', nor by the sync just now' if sync else ' yet'}.",
            f"Why, say planner status and planner review list. Choose: {choice}"
            if sync
            else f"Choose: send them (planner sign-out --sync), {choice}",
        )
    tokens = tokens_of(profile, entry)
    try:
        session = open_session(profile, entry)
    except SignInNeeded:
        return entry, waiting
    try:
        session.logout()
    finally:
        session.close()
        tokens.clear()
    return entry, waiting


def describe(entry: AccountEntry) -> dict[str, Any]:
    """Return whose work an export holds."""
    return {
        "server": entry.server,
        "account": entry.account_name or entry.account,
        "account_id": entry.account,
        "email": entry.email,
        "user_id": entry.user,
    }


def _unsettled(profile: Profile, entry: AccountEntry) -> int:
    """Return how many rows of changes the platform has not taken: what waits, was parked or refused."""
    paths = profile.paths(entry)
    if not paths.replica.exists():
        return 0
    with closing(open_reader(paths, entry)) as reader:
        return sum(one.rows for one in reader.unsettled())
