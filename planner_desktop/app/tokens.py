"""Where sign-in tokens are kept: in the system's key store where there is a real one, else in a file of the owner's only.

A token is tied to the profile as well as to the account: two profiles of one person on one computer are two devices, and a
refresh token that one of them had rotated away would sign the other out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from planner_desktop.app.files import read_json, write_json

SERVICE = "planner-desktop"
REAL_PRIORITY = 1.0
"""keyring gives its recommended backends a priority of 1 and above; plain text files and "no backend" are below."""

Tokens = Mapping[str, str]
"""What the platform gave at sign-in: `access`, `refresh`."""


class TokenStore(Protocol):
    """Keeps the tokens of one account of one profile."""

    def load(self) -> dict[str, str]:
        """Return the tokens; empty when signed out."""

    def save(self, tokens: Tokens) -> None:
        """Replace the tokens. Raises OSError when they cannot be kept."""

    def clear(self) -> None:
        """Forget the tokens."""


class FileTokens:
    """Tokens in a file with mode 0600 in the account's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, str]:
        try:
            return _texts(read_json(self._path))
        except ValueError:
            return {}  # A damaged file is a sign-in that is gone; the next one writes it anew.

    def save(self, tokens: Tokens) -> None:
        write_json(self._path, dict(tokens))

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


class KeyringTokens:
    """Tokens in the key store of the system. `backend` is a keyring backend."""

    def __init__(self, backend: Any, name: str) -> None:
        self._backend = backend
        self._name = name

    def load(self) -> dict[str, str]:
        text = self._backend.get_password(SERVICE, self._name)
        try:
            return _texts(json.loads(text)) if text else {}
        except ValueError:
            return {}

    def save(self, tokens: Tokens) -> None:
        self._backend.set_password(SERVICE, self._name, json.dumps(dict(tokens)))

    def clear(self) -> None:
        if self._backend.get_password(SERVICE, self._name) is not None:
            self._backend.delete_password(SERVICE, self._name)


def open_tokens(folder: Path, name: str) -> tuple[TokenStore, str]:
    """Return the store for one account and a notice for its user, empty when the system's key store is used.

    `folder` is the account's folder, `name` tells accounts and profiles apart in the key store.
    """
    path = folder / "tokens.json"
    backend = None if path.exists() else _real_backend()
    if backend is None:
        notice = (
            f"This system has no key store to use; sign-in tokens are kept in {path}, readable by you only."
        )
        return FileTokens(path), notice
    return KeyringTokens(backend, name), ""


def _real_backend() -> Any | None:
    """Return a key store that works without asking anything now, or None."""
    if _headless():
        return None
    # keyring looks for its backends through entry points: 60 ms that only a command with the network should pay.
    import keyring  # noqa: PLC0415
    import keyring.errors  # noqa: PLC0415

    try:
        backend = keyring.get_keyring()
        if backend.priority < REAL_PRIORITY:
            return None
        backend.get_password(SERVICE, "probe")
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return None
    return backend


def _headless() -> bool:
    """Return whether this is a Linux session without a message bus, where no key store can answer."""
    return (
        os.name == "posix"
        and os.uname().sysname == "Linux"
        and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    )


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): text for name, text in value.items() if isinstance(text, str)}
