"""The profile on disk: accounts, settings, permissions, and files that are damaged or from the future."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from planner_desktop.app.profile import AccountEntry, Profile, account_key, default_folder
from sync.errors import Ambiguous, InvalidUsage, NotFound, ReplicaNewer, ReplicaTrouble, SignInNeeded


def entry(number: int, email: str = "eva@example.com", server: str = "https://one.example") -> AccountEntry:
    account, user = f"{number:032x}", f"{number + 1:032x}"
    return AccountEntry(account_key(server, account, user), server, email, account, user, f"Account {number}")


def test_that_accounts_and_settings_are_there_after_a_restart(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "p")
    profile.add(entry(1))
    profile.add(entry(2, "owner@example.com"))
    profile.set(theme="dark")
    again = Profile.at(tmp_path / "p")
    assert again.accounts == [entry(1), entry(2, "owner@example.com")]
    assert again.current == entry(2, "owner@example.com")
    assert again.settings["theme"] == "dark"
    assert again.settings["text_size"] == 100
    assert again.id == profile.id != ""


def test_that_signing_in_again_refreshes_the_account_instead_of_adding_one(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    profile.add(entry(1))
    profile.add(replace(entry(1), role="owner"))
    assert [one.role for one in Profile.at(tmp_path).accounts] == ["owner"]


def test_that_one_user_of_one_account_has_one_folder_whatever_he_is_called(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    assert profile.paths(entry(1)).folder == profile.paths(entry(1, "new-address@example.com")).folder
    assert profile.paths(entry(1)).folder != profile.paths(entry(2)).folder
    assert profile.paths(entry(1)).folder != profile.paths(entry(1, server="https://two.example")).folder


def test_that_only_the_owner_can_read_the_profile(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "p")
    profile.add(entry(1))
    assert stat.S_IMODE((tmp_path / "p").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "p" / "profile.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(profile.paths(entry(1)).folder.stat().st_mode) == 0o700


def test_that_looking_at_a_profile_makes_no_folder(tmp_path: Path) -> None:
    assert Profile.at(tmp_path / "p").accounts == []
    assert not (tmp_path / "p").exists()


def test_that_an_account_is_chosen_by_key_email_or_name(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    profile.add(entry(1))
    profile.add(entry(5, "owner@example.com"))
    assert profile.use("EVA@example.com") == entry(1)
    assert profile.use("account 5").email == "owner@example.com"
    assert profile.use(entry(1).key[:8]) == entry(1)
    assert Profile.at(tmp_path).current == entry(1)


def test_that_an_ambiguous_account_names_the_candidates(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    profile.add(entry(1))
    profile.add(entry(1, server="https://two.example"))
    with pytest.raises(Ambiguous, match=r"one\.example.*two\.example"):
        profile.use("eva@example.com")
    with pytest.raises(NotFound, match=r"one\.example.*two\.example"):
        profile.use("nobody@example.com")


def test_that_a_profile_without_an_account_asks_for_a_sign_in(tmp_path: Path) -> None:
    with pytest.raises(SignInNeeded) as caught:
        Profile.at(tmp_path).need_current()
    assert "planner login" in caught.value.remedy


def test_that_a_damaged_profile_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text("{ not json")
    with pytest.raises(ReplicaTrouble, match=r"profile\.json is damaged"):
        Profile.at(tmp_path)
    assert (tmp_path / "profile.json").read_text() == "{ not json"


def test_that_a_newer_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps({"format": 99, "accounts": []}))
    with pytest.raises(ReplicaNewer):
        Profile.at(tmp_path)


def test_that_a_file_in_place_of_the_folder_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidUsage, match="is not a folder"):
        Profile.at(tmp_path / "file")


def test_that_the_default_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder().name == "planner-desktop"
