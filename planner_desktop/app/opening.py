"""Opens accounts: from a profile to a `Planner`, and from a password to an account.

This module decides when the heavy libraries come in. httpx and pydantic (150 ms) are imported with the first request to a
platform, NumPy with the first query, so that a window paints and `planner status` answers before them.
"""
# ruff: noqa: PLC0415 - that is the point of this module

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.text import fold
from planner_desktop import VERSION
from planner_desktop.app.administration import Administration
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import AccountEntry, Paths, Profile, account_key
from planner_desktop.app.safety import Safety
from planner_desktop.app.store import Store
from planner_desktop.app.syncing import Sync
from planner_desktop.app.tokens import TokenStore, open_tokens
from planner_desktop.app.writer import InlineExecutor, Writer
from sync.clock import Clock, SystemClock
from sync.errors import (
    InvalidUsage,
    NotFound,
    OwnerMismatch,
    PlatformFault,
    ReplicaCorrupt,
    ReplicaLocked,
    ReplicaOlder,
    SignInNeeded,
)
from sync.ids import MonotonicIds
from sync.replica import OwnerRow, SectorRow, SiteRow

if TYPE_CHECKING:
    from planner_desktop.app.imports import Imports
    from planner_desktop.columns import KeywordColumns, Scope
    from sync.engine import Engine
    from sync.replica import Reader, Replica
    from sync.replica.beside import Beside
    from sync.transport import Rest, Session, Tokens

Notice = Callable[[str], None]
LOCK_PAUSE = 0.1
LOCK_SECONDS = 5.0
REFUSED = "refused"
"""Kept beside the tokens: the refresh token whose renewal the platform refused."""


def _silent(_text: str) -> None:
    pass


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

    safety = Safety(paths.replica, paths.backups, lambda: profile.state, clock=clock, ids=ids)

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


def open_replica(
    paths: Paths,
    entry: AccountEntry,
    *,
    clock: Clock,
    ids: MonotonicIds,
    lock_seconds: float,
    safety: Safety | None = None,
) -> Replica:
    """Open the replica of an account for writing and make sure that it is this account's, and with `safety` that it is no copy.

    Raises ReplicaLocked naming the owner after `lock_seconds`, OwnerMismatch, ReplicaNewer, ReplicaCorrupt, DiskFull.
    """
    from sync.replica import Replica

    twin, before_risk = (safety.twin, safety.before_risk) if safety is not None else (None, None)
    replica = _when_free(
        lambda: Replica.open(paths.replica, clock=clock, ids=ids, twin=twin, before_risk=before_risk),
        lock_seconds,
    )
    try:
        replica.claim(_owner(entry))
    except BaseException:
        replica.close()
        raise
    return replica


def _when_free(open_it: Callable[[], Replica], seconds: float) -> Replica:
    until = time.monotonic() + seconds
    while True:
        try:
            return open_it()
        except ReplicaLocked:
            if time.monotonic() >= until:
                raise
        time.sleep(LOCK_PAUSE)


def _up_to_date_reader(paths: Paths, entry: AccountEntry) -> Reader:
    from sync.replica import Reader

    try:
        return Reader.open(paths.replica)
    except ReplicaOlder:
        # After an update of the program: whoever comes first opens it for writing, which brings it up to date.
        clock = SystemClock()
        open_replica(paths, entry, clock=clock, ids=MonotonicIds(clock), lock_seconds=LOCK_SECONDS).close()
        return Reader.open(paths.replica)


def open_reader(paths: Paths, entry: AccountEntry) -> Reader:
    """Open the replica of an account for reading, beside whoever writes it.

    Raises NotFound before the first write, OwnerMismatch, ReplicaNewer, ReplicaCorrupt (the file stays where it is).
    """
    try:
        reader = _up_to_date_reader(paths, entry)
        owner = reader.owner()
    except NotFound as error:
        raise NotFound(
            "never_synced", "Nothing of this account is on this computer yet.", "Fetch it: planner sync"
        ) from error
    except ReplicaCorrupt as error:
        raise ReplicaCorrupt(
            error.code,
            f"{paths.replica} is damaged: {error.message}",
            "Synchronise (planner sync): the damaged file is moved aside and kept, and everything is fetched anew.",
        ) from error
    try:
        reader.check_owner()
    except OwnerMismatch:
        reader.close()
        raise
    if owner is not None and (owner.server, owner.account, owner.user) != (
        entry.server,
        entry.account,
        entry.user,
    ):
        reader.close()
        raise OwnerMismatch(
            "owner_mismatch",
            f"{paths.replica} holds the work of {owner.email or owner.user} on {owner.server}, not of {entry.title}.",
            "Put the file back where it was, or sign in as its owner: planner login. Nothing was changed.",
        )
    return reader


def look_beside(paths: Paths, entry: AccountEntry) -> Beside:
    """Compare both copies of an account's unsettled work, without opening either for writing.

    Raises what `open_reader` raises but NotFound.
    """
    from sync.replica.beside import look

    owner = (entry.server, entry.account, entry.user)
    found = look(paths.replica, owner)
    if found.uncopied:
        # Whoever writes at this moment has committed and is about to copy.
        time.sleep(LOCK_PAUSE)
        found = look(paths.replica, owner)
    return found


def words_for(rows: Sequence[SiteRow] | Sequence[SectorRow]) -> dict[str, list[int]]:
    """Return what sites or sectors go by in the query line beside their names: id and slug, folded."""
    words: dict[str, list[int]] = {}
    for row in rows:
        for word in {fold(row.id), fold(row.slug)} - {""}:
            words.setdefault(word, []).append(row.key)
    return words


class SideCar:
    """The columns of one account, kept beside its replica from one start to the next."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.columns

    def open(self, reader: Reader) -> KeywordColumns:
        """Return the columns, from the side-car file where that is up to date."""
        from planner_desktop.columns import KeywordColumns

        columns = KeywordColumns.open(self._path, reader)
        columns.recognise("site", words_for(reader.sites()))
        columns.recognise("sector", words_for(reader.sectors()))
        return columns

    def keep(self, columns: KeywordColumns) -> None:
        """Write the side-car file unless it is up to date; a disk that does not take it costs the next start half a second."""
        from planner_desktop.columns.sidecar import read

        if read(self._path, columns.stamp) is None:
            columns.save(self._path)

    def scope(self, site: int | None, sector: int | None) -> Scope:
        """Return the rows of a site or sector."""
        from planner_desktop.columns import Scope

        return Scope(None if site is None else (site,), None if sector is None else (sector,))


def make_engine(store: Store, session: Session, clock: Clock, safety: Safety) -> Engine:
    """Return an engine that writes through the store's writer, announces what it changed, and honours the pause."""
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
    )


def documented_api(session: Session) -> Rest:
    """Return the platform's documented API over a session."""
    from sync.transport import Rest

    return Rest(session)


def open_session(profile: Profile, entry: AccountEntry) -> Session:
    """Return a connection to the account's platform. Raises SignInNeeded without tokens."""
    store = _tokens(profile, entry)
    tokens = _loaded(store)
    if tokens is None:
        raise SignInNeeded(
            "signed_out",
            f"You are signed out of {entry.title}.",
            f"Sign in: planner login --server {entry.server} --email {entry.email}",
        )
    from sync.transport import Session

    return Session(
        entry.server,
        tokens=tokens,
        keep=_keeper(store),
        reload=lambda: _loaded(store),
        ended=lambda refused: _note_end(store, refused),
    )


def is_signed_in(profile: Profile, entry: AccountEntry) -> bool:
    """Return whether there are tokens for the account that the platform has not refused yet; it is not asked."""
    kept = _tokens(profile, entry).load()
    return bool(kept.get("refresh")) and kept.get(REFUSED) != kept["refresh"]


def sign_in(
    profile: Profile, server: str, email: str, password: str, *, notice: Notice = _silent
) -> AccountEntry:
    """Sign in, remember the account and make it the one in use; its replica file exists afterwards.

    Raises InvalidUsage, SignInNeeded for a wrong password, Unreachable, WrongUrl, OwnerMismatch; nothing is remembered then.
    """
    if not password:
        raise InvalidUsage(
            "no_password", "The password is empty.", "Type it, or pipe it in with --password-stdin."
        )
    from sync.transport import Rest, Session

    session = Session(server)
    try:
        signed = session.login(email.strip(), password)
        entry = _entry(session.server, email.strip(), signed.user, Rest(session))
    finally:
        session.close()
    # The account is remembered first: its tokens are kept under the profile's own name.
    profile.add(entry)
    _keeper(_tokens(profile, entry, notice))(signed.tokens)
    return entry


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
        raise InvalidUsage(
            "changes_wait",
            f"{waiting} changes of {entry.title} were not taken by the platform yet.",
            "Choose: send them (planner sign-out --sync), keep them on this computer (--keep),"
            " or write them to a file, too (--export FILE.csv or FILE.json).",
        )
    tokens = _tokens(profile, entry)
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


def _tokens(profile: Profile, entry: AccountEntry, notice: Notice = _silent) -> TokenStore:
    store, text = open_tokens(profile.paths(entry).folder, f"{profile.id}/{entry.key}")
    if text:
        notice(text)
    return store


def _loaded(store: TokenStore) -> Tokens | None:
    from sync.transport import Tokens

    found = store.load()
    if "access" not in found or "refresh" not in found:
        return None
    return Tokens(found["access"], found["refresh"])


def _keeper(store: TokenStore) -> Callable[[Tokens | None], None]:
    def keep(tokens: Tokens | None) -> None:
        if tokens is None:
            store.clear()
        else:
            store.save({"access": tokens.access, "refresh": tokens.refresh})

    return keep


def _note_end(store: TokenStore, refused: Tokens) -> None:
    """Keep that the platform refused to renew these tokens. They stay: newer ones of a sign-in take the note away with them."""
    kept = store.load()
    # Another process of this profile may have signed in meanwhile.
    if kept.get("refresh") == refused.refresh:
        store.save({**kept, REFUSED: refused.refresh})


def _owner(entry: AccountEntry) -> OwnerRow:
    return OwnerRow(entry.server, entry.account, entry.user, entry.email, entry.account_name, entry.role)


def _entry(server: str, email: str, user: Mapping[str, Any], rest: Rest) -> AccountEntry:
    """Return the account that signed in. A platform without uids names accounts and users by their integer ids."""
    told = user.get("account")
    account = told if isinstance(told, Mapping) and told.get("id") else asdict(rest.account())
    account_id = str(account.get("uid") or account.get("id") or "")
    user_id = str(user.get("uid") or user.get("id") or "")
    if not account_id or not user_id:
        raise PlatformFault(
            "bad_reply", f"{server} did not say who signed in.", "Tell whoever runs the platform."
        )
    return AccountEntry(
        key=account_key(server, account_id, user_id),
        server=server,
        email=str(user.get("email") or email),
        account=account_id,
        user=user_id,
        account_name=str(account.get("name") or ""),
        user_name=str(user.get("name") or user.get("username") or ""),
        role=str(user.get("role") or ""),
    )
