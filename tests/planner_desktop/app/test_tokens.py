"""Sign-in tokens: a real key store where there is one, else a private file; never readable by others."""

import os
import stat
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import pytest

from planner_desktop.app.tokens import FileTokens, KeyringTokens, open_tokens

TOKENS = {"access": "a.b.c", "refresh": "d.e.f"}


class Vault(keyring.backend.KeyringBackend):
    """A key store in memory that counts as a real one."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring is not typed
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    made = Vault()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return made


def test_that_without_a_key_store_tokens_lie_in_a_private_file_and_a_notice_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    store, notice = open_tokens(tmp_path, "profile/account")
    store.save(TOKENS)
    assert store.load() == TOKENS
    assert str(tmp_path) in notice
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
    store.clear()
    assert store.load() == {}
    store.clear()


def test_that_a_key_store_is_used_without_notice_and_without_a_file(tmp_path: Path, vault: Vault) -> None:
    store, notice = open_tokens(tmp_path, "profile/account")
    store.save(TOKENS)
    assert notice == ""
    assert isinstance(store, KeyringTokens)
    assert list(tmp_path.iterdir()) == []
    assert open_tokens(tmp_path, "profile/account")[0].load() == TOKENS
    store.clear()
    store.clear()
    assert vault.kept == {}


def test_that_two_profiles_of_one_person_do_not_share_tokens(tmp_path: Path, vault: Vault) -> None:
    open_tokens(tmp_path, "one/account")[0].save(TOKENS)
    assert open_tokens(tmp_path, "two/account")[0].load() == {}


def test_that_a_key_store_that_refuses_is_replaced_by_the_file(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise keyring.errors.KeyringLocked

    monkeypatch.setattr(vault, "get_password", refuse)
    store, notice = open_tokens(tmp_path, "profile/account")
    assert isinstance(store, FileTokens)
    assert notice


def test_that_a_damaged_file_counts_as_signed_out(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("{")
    assert FileTokens(tmp_path / "tokens.json").load() == {}


def test_that_a_token_file_cut_anywhere_is_a_sign_in_that_is_gone(tmp_path: Path) -> None:
    """C20: never half a sign-in: both tokens or none, whatever a loss of power left of the file."""
    path = tmp_path / "tokens.json"
    store = FileTokens(path)
    store.save(TOKENS)
    raw = path.read_bytes()
    for cut in range(len(raw)):
        path.write_bytes(raw[:cut])
        assert store.load() in ({}, TOKENS)
    path.write_bytes(b"\xff" + raw)
    assert store.load() == {}
    store.save(TOKENS)
    assert store.load() == TOKENS


class Killed(BaseException):
    """A simulated end of the process."""


def test_that_a_kill_while_tokens_are_renewed_leaves_the_former_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C20: the new pair is written aside and takes the old one's place in one step, or not at all."""
    store = FileTokens(tmp_path / "tokens.json")
    store.save(TOKENS)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    for step in ("os.fsync", "json.dump"):
        with monkeypatch.context() as patch:
            patch.setattr(f"planner_desktop.app.files.{step}", killed)
            with pytest.raises(Killed):
                store.save({"access": "new", "refresh": "new"})
        assert store.load() == TOKENS


def test_that_what_a_killed_process_left_of_a_token_file_is_swept_away(tmp_path: Path) -> None:
    """C20: half a token file is no sign-in, and does not lie there for ever."""
    left, young = tmp_path / ".tokens.json.abc", tmp_path / ".tokens.json.def"
    left.write_text('{"access": "a')
    young.write_text("somebody is writing")
    os.utime(left, (0, 0))
    FileTokens(tmp_path / "tokens.json").save(TOKENS)
    assert not left.exists()
    assert young.exists()
