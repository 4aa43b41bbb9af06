"""Several accounts in one profile: each has a replica of its own, and nobody's work is shown to or sent by another."""

from contextlib import closing
from pathlib import Path

import pytest

from planner_desktop.app.opening import open_planner, sign_out
from planner_desktop.app.profile import AccountEntry, Profile, account_key
from planner_desktop.app.replicas import open_reader
from planner_desktop.app.signing import is_signed_in
from planner_desktop.app.tokens import FileTokens
from sync.errors import InvalidUsage, OwnerMismatch, SignInNeeded
from sync.replica import OwnerRow
from tests.sync.replica.world import SECTOR, SITE, World


def _entry(server: str, account: str, user: str) -> AccountEntry:
    uids = (account * 32, user * 32)
    return AccountEntry(account_key(server, *uids), server, f"{user}@example.com", *uids)


ADA = _entry("https://a.example", "1", "2")
BOB = _entry("https://a.example", "1", "3")
ADA_ELSEWHERE = _entry("https://b.example", "1", "2")
EVERYBODY = (ADA, BOB, ADA_ELSEWHERE)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A profile with three accounts, each with rows of the same site and an edit that waits."""
    made = Profile(tmp_path / "profile", tmp_path / "state")
    for number, entry in enumerate(EVERYBODY):
        made.add(entry)
        world = World(made.paths(entry).folder).fill(owner=_owner(entry))
        world.close()
        with closing(open_planner(made, entry=entry)) as planner:
            planner.clusters.create(f"Of {number}", site=SITE, sector=SECTOR)
    return made


def _owner(entry: AccountEntry) -> OwnerRow:
    return OwnerRow(entry.server, entry.account, entry.user, entry.email)


def _labels(profile: Profile, entry: AccountEntry) -> list[str]:
    with closing(open_planner(profile, entry=entry)) as planner:
        return [str(row["label"]) for row in planner.review.pending()]


def test_that_switching_between_accounts_keeps_everybodys_work_apart(profile: Profile) -> None:
    """P50, P49: one file for each platform, account and user; A, B, A with waiting work in all of them."""
    assert len({profile.paths(entry).replica for entry in EVERYBODY}) == 3
    for entry in (*EVERYBODY, *EVERYBODY):
        profile.use(entry.key)
        (label,) = _labels(profile, entry)
        assert label.endswith(f"“Of {EVERYBODY.index(entry)}”")


def test_that_a_file_in_another_accounts_place_is_not_opened(profile: Profile) -> None:
    """P50: told by the owner inside the file, for reading and for writing; nothing of it is changed."""
    ada, bob = profile.paths(ADA), profile.paths(BOB)
    raw = ada.replica.read_bytes()
    bob.replica.write_bytes(raw)
    with pytest.raises(OwnerMismatch):
        open_reader(bob, BOB)
    with closing(open_planner(profile, entry=BOB)) as planner, pytest.raises(OwnerMismatch):
        planner.store.do(lambda replica: replica.counts())
    assert _labels(profile, ADA)


def test_that_signing_out_is_refused_while_work_waits_and_no_choice_was_made(
    profile: Profile, tmp_path: Path
) -> None:
    """P24: and the file of an export is there before anybody is signed out."""
    profile.use(ADA.key)
    tokens = FileTokens(profile.paths(ADA).folder / "tokens.json")
    tokens.save({"access": "a", "refresh": "r"})
    with pytest.raises(InvalidUsage) as caught:
        sign_out(profile)
    assert "--export" in caught.value.remedy
    assert is_signed_in(profile, ADA)
    with pytest.raises(OSError, match="absent"):
        sign_out(profile, export=tmp_path / "absent" / "work.csv")
    assert is_signed_in(profile, ADA)
    tokens.clear()
    entry, waiting = sign_out(profile, export=tmp_path / "work.csv")
    assert (entry, waiting) == (ADA, 1)
    assert "Of 0" in (tmp_path / "work.csv").read_text(encoding="utf-8-sig")


def test_that_half_a_sign_in_needs_a_sign_in_and_nothing_else(profile: Profile) -> None:
    """C20: what waits still waits, editing goes on, and only synchronising asks for the password."""
    path = profile.paths(ADA).folder / "tokens.json"
    FileTokens(path).save({"access": "a", "refresh": "r"})
    path.write_bytes(path.read_bytes()[:-9])
    assert not is_signed_in(profile, ADA)
    with closing(open_planner(profile, entry=ADA)) as planner:
        assert planner.sync.status()["state"] == "sign_in"
        with pytest.raises(SignInNeeded):
            planner.sync.now()
        planner.clusters.create("Made while signed out", site=SITE, sector=SECTOR)
        assert planner.sync.status()["waiting"] == 2
