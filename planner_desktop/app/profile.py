"""The profile: one folder with the list of accounts, the settings, and a folder for each account's replica.

profile.json            the accounts, which one is in use, settings
accounts/<key>/         one per server, account and user
    replica.db          the local copy with everything not posted yet
    outbox.journal      a second copy of what is not posted yet
    backups/            whole copies of replica.db
    imports/            what each import read, row by row
    labels/             tags and notes beside the keywords
    triage.jsonl        keywords put off in a triage
    lock                held by the one process that may write
    columns.cache       made anew when missing
    tokens.json         sign-in tokens, where the system has no key store
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from planner_desktop.app.files import make_private, read_json, write_json
from sync.errors import Ambiguous, InvalidUsage, NotFound, ReplicaNewer, ReplicaTrouble, SignInNeeded

FORMAT = 1
FILE = "profile.json"
DEFAULT_SETTINGS: Mapping[str, Any] = {"theme": "system", "text_size": 100, "sync_minutes": 5}


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One account of one platform as one user. `account` and `user` are uids."""

    key: str
    server: str
    email: str
    account: str
    user: str
    account_name: str = ""
    user_name: str = ""
    role: str = ""

    @property
    def title(self) -> str:
        """Return how lists and messages call it."""
        return f"{self.email} on {self.server}"


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one account."""

    folder: Path

    @property
    def replica(self) -> Path:
        return self.folder / "replica.db"

    @property
    def columns(self) -> Path:
        return self.folder / "columns.cache"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def imports(self) -> Path:
        return self.folder / "imports"

    @property
    def views(self) -> Path:
        return self.folder / "views.json"

    @property
    def labels(self) -> Path:
        return self.folder / "labels"


class Profile:
    """A profile on disk. Every change is written before the method returns."""

    def __init__(self, folder: Path, state: Path | None = None) -> None:
        """`state` is where the system keeps what must not go back in time with the folder; by default the user's."""
        self.folder = folder
        self._state = state
        self._document = self._read()

    @classmethod
    def at(cls, data_dir: Path | None) -> Profile:
        """Return the profile in `data_dir`, by default in the user's data folder. Nothing is created yet.

        Raises InvalidUsage if the folder holds something else under the profile's name, ReplicaTrouble if its
        document is damaged, ReplicaNewer if a newer version wrote it.
        """
        return cls((data_dir or default_folder()).expanduser().absolute())

    @property
    def id(self) -> str:
        """Return the random name of this profile, empty until something was saved."""
        return str(self._document.get("id", ""))

    @property
    def state(self) -> Path:
        """Return the folder, outside this one, for what is kept about it."""
        if self._state is None:
            self._state = default_state_folder()
        return self._state

    @property
    def accounts(self) -> list[AccountEntry]:
        """Return the accounts in the order they were added."""
        return [_entry(item) for item in self._document["accounts"]]

    @property
    def current(self) -> AccountEntry | None:
        """Return the account in use."""
        return next((entry for entry in self.accounts if entry.key == self._document["current"]), None)

    def need_current(self) -> AccountEntry:
        """Return the account in use. Raises SignInNeeded if there is none."""
        entry = self.current
        if entry is None:
            raise SignInNeeded(
                "no_account",
                f"The profile in {self.folder} has no account yet.",
                "Sign in: planner login --server URL --email YOU@EXAMPLE.COM",
            )
        return entry

    def paths(self, entry: AccountEntry) -> Paths:
        """Return where the files of an account are; the folder exists afterwards."""
        make_private(self.folder)
        make_private(self.folder / "accounts")
        return Paths(make_private(self.folder / "accounts" / entry.key))

    def add(self, entry: AccountEntry) -> None:
        """Add or refresh an account and make it the one in use."""
        others = [asdict(other) for other in self.accounts if other.key != entry.key]
        self._save({**self._document, "accounts": [*others, asdict(entry)], "current": entry.key})

    def use(self, name: str) -> AccountEntry:
        """Make an account the one in use; `name` is its key (or the start of it), email or account name.

        Raises NotFound or Ambiguous naming the accounts there are.
        """
        entry = choose_account(self.accounts, name)
        self._save({**self._document, "current": entry.key})
        return entry

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings, defaults included."""
        return {**DEFAULT_SETTINGS, **self._document.get("settings", {})}

    def set(self, **changes: Any) -> None:
        """Change settings."""
        self._save({**self._document, "settings": {**self._document.get("settings", {}), **changes}})

    def _read(self) -> dict[str, Any]:
        path = self.folder / FILE
        try:
            found = read_json(path)
        except NotADirectoryError:
            raise InvalidUsage(
                "bad_data_dir", f"{self.folder} is not a folder.", "Name a folder with --data-dir."
            ) from None
        except ValueError:
            raise ReplicaTrouble(
                "bad_profile",
                f"{path} is damaged: it is not a JSON document.",
                "Move that file away and sign in again; replicas stay in the accounts folder and are found again.",
            ) from None
        if found is None:
            return {"format": FORMAT, "accounts": [], "current": ""}
        if not isinstance(found, dict) or not isinstance(found.get("format"), int):
            raise InvalidUsage(
                "bad_profile", f"{path} is not a planner profile.", "Name another folder with --data-dir."
            )
        if found["format"] > FORMAT:
            raise ReplicaNewer(
                "profile_newer",
                f"{path} was written by a newer version of Planner Desktop.",
                "Use that version, or another profile folder with --data-dir.",
            )
        return {"accounts": [], "current": "", **found}

    def _save(self, document: dict[str, Any]) -> None:
        make_private(self.folder)
        if not document.get("id"):
            document = {**document, "id": os.urandom(8).hex()}
        write_json(self.folder / FILE, document)
        self._document = document


def default_folder() -> Path:
    """Return the user's data folder for this application, as the operating system has it."""
    # Only a profile without --data-dir asks the operating system.
    import platformdirs  # noqa: PLC0415

    return Path(platformdirs.user_data_dir("planner-desktop", appauthor=False))


def default_state_folder() -> Path:
    """Return the user's folder for the state of this application, as the operating system has it."""
    import platformdirs  # noqa: PLC0415 - first needed when a replica is opened for writing

    return Path(platformdirs.user_state_dir("planner-desktop", appauthor=False))


def account_key(server: str, account: str, user: str) -> str:
    """Return the folder name for one user of one account of one platform."""
    return hashlib.sha256(f"{server}\n{account}\n{user}".encode()).hexdigest()[:16]


def choose_account(accounts: list[AccountEntry], name: str) -> AccountEntry:
    """Return the one account that `name` means."""
    wanted = name.strip().casefold()
    exact = [entry for entry in accounts if wanted == entry.key]
    named = [entry for entry in accounts if wanted in {entry.email.casefold(), entry.account_name.casefold()}]
    begun = [entry for entry in accounts if wanted and entry.key.startswith(wanted)]
    found = exact or named or begun
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{entry.key} ({entry.title})" for entry in (found or accounts)) or "none"
    if found:
        raise Ambiguous(
            "ambiguous_account",
            f"{name!r} means several accounts: {listed}.",
            "Give the key of the one you mean.",
        )
    raise NotFound(
        "unknown_account",
        f"There is no account {name!r} in this profile. There are: {listed}.",
        "Give one of them.",
    )


def renamed(entry: AccountEntry, *, account_name: str, user_name: str, role: str) -> AccountEntry:
    """Return the entry with what the platform says now of its names and role."""
    return replace(entry, account_name=account_name, user_name=user_name, role=role)


def _entry(item: Mapping[str, Any]) -> AccountEntry:
    known = {one.name for one in fields(AccountEntry)}
    return AccountEntry(**{name: str(value) for name, value in item.items() if name in known})
