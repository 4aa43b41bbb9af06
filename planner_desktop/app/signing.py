"""Who is signed in: from a password to an account, and from an account to a connection with its tokens.

httpx and pydantic (150 ms) are imported with the first request to a platform.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from planner_desktop.app.profile import AccountEntry, Profile, account_key
from planner_desktop.app.tokens import TokenStore, open_tokens
from sync.errors import InvalidUsage, PlatformFault, SignInNeeded

if TYPE_CHECKING:
    from sync.transport import Rest, Session, Tokens

Notice = Callable[[str], None]
REFUSED = "refused"
"""Kept beside the tokens: the refresh token whose renewal the platform refused."""


def _silent(_text: str) -> None:
    pass


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
    _keeper(tokens_of(profile, entry, notice))(signed.tokens)
    return entry


def open_session(profile: Profile, entry: AccountEntry) -> Session:
    """Return a connection to the account's platform. Raises SignInNeeded without tokens."""
    store = tokens_of(profile, entry)
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
    kept = tokens_of(profile, entry).load()
    return bool(kept.get("refresh")) and kept.get(REFUSED) != kept["refresh"]


def tokens_of(profile: Profile, entry: AccountEntry, notice: Notice = _silent) -> TokenStore:
    """Return where the tokens of an account are kept; `notice` is told where that is not the system's own place for secrets."""
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
