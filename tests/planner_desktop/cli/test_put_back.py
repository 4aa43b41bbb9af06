"""What the command line says of a platform that was put back to an older state, and of work that only one copy holds."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from planner_desktop.cli.syncing import _restored
from planner_desktop.demo.platform import Platform
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

SITE = "northlight-office"


@contextmanager
def later_put_back(platform: Platform) -> Iterator[None]:
    """What the platform does inside is forgotten afterwards: it is stopped, an older copy takes the place of its files, and it goes on."""
    aside = platform.folder / "aside"
    platform.stop()
    aside.mkdir()
    for path in platform.folder.glob("planner.db*"):
        shutil.copy2(path, aside / path.name)
    platform.start()
    try:
        yield
    finally:
        platform.stop()
        for path in platform.folder.glob("planner.db*"):
            path.unlink()
        for path in aside.iterdir():
            shutil.copy2(path, platform.folder / path.name)
        shutil.rmtree(aside)
        platform.start()


def test_that_a_platform_put_back_is_told_once_with_what_became_of_the_work(
    owner: Cli, platform: Platform
) -> None:
    """P8, P64: by the sync that noticed, then by the status until it was seen."""
    with later_put_back(platform):
        changed = owner.ok("keywords", "set", "--where", "", "--site", SITE, "--volume", "31")["changed"]
        assert owner.ok("sync")["pushed"] == changed
    assert owner.ok("sync", "--dry-run")["put_back"] == ["Northlight Office"]
    assert "Northlight Office: not counted." in owner("sync", "--dry-run", as_json=False).err
    report = owner.ok("sync")
    (found,) = [one for one in report["restored"] if one["sent_again"]]
    assert (found["site"], found["sent_again"], found["waiting"]) == ("Northlight Office", changed, 0)
    assert (found["review"], found["missing"]) == (0, 0)
    assert found["noticed"].endswith("Z")
    assert owner.ok("sync")["restored"] == [], "noticed before"
    assert found in owner.ok("status")["restored"]
    told = owner("status", as_json=False).out
    assert "Northlight Office: the platform was put back to an older state" in told
    assert f"{changed} changes it had forgotten were sent again" in told
    assert owner.ok("status", "--seen")["restored"] == []
    assert "put back" not in owner("status", as_json=False).out
    owner.ok("keywords", "set", "--where", "", "--site", SITE, "--volume", "reset")
    owner.ok("sync")


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ((0, 0, 0, 0), "Nothing of yours was missing."),
        ((1, 0, 0, 0), "1 change it had forgotten was sent again."),
        ((21, 21, 0, 0), "21 changes it had forgotten will be sent again."),
        (
            (21, 4, 3, 0),
            "21 changes it had forgotten were sent again; 4 of them still wait; 3 wait in Review: planner review list.",
        ),
        ((0, 0, 1, 40), "1 waits in Review (of 40 rows that the platform has no more): planner review list."),
    ],
)
def test_that_only_what_happened_is_said(figures: tuple[int, int, int, int], says: str) -> None:
    again, waiting, asks, missing = figures
    found: dict[str, Any] = {"site": "Alpha", "site_id": "", "noticed": "2026-11-22T20:00:00Z"}
    found |= {"sent_again": again, "waiting": waiting, "review": asks, "missing": missing}
    assert _restored(found) == (
        "Alpha: the platform was put back to an older state (noticed 2026-11-22T20:00:00Z)."
        f" {says} Seen it? planner status --seen"
    )


def test_that_work_which_only_the_second_copy_has_is_counted(editor: Cli) -> None:
    """P57: the database is gone, or empty; nothing says "nothing waits"."""
    changed = editor.ok("keywords", "set", "--where", "", "--site", SITE, "--volume", "31")["changed"]
    replica = editor.replica
    raw = replica.read_bytes()
    for emptied in (False, True):
        replica.unlink()
        if emptied:
            replica.touch()
        found = editor.ok("status")
        assert (found["state"], found["returning"]) == ("returning", changed)
        told = editor("status", as_json=False).out
        assert f"{changed} changes are in outbox.journal alone" in told
        assert "planner sync" in told
        replica.write_bytes(raw)
    assert (editor.ok("status")["state"], editor.ok("status")["returning"]) == ("waiting", 0)


def test_that_a_second_copy_which_cannot_be_written_is_told(
    editor: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56: the edit is done and safe; that its second copy is not is said until it is."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    where = ("keywords", "set", "--site", SITE, "--where", "")
    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal._write", full)
        changed = editor.ok(*where, "--volume", "31")["changed"]
        found = editor.ok("status")
        assert (found["state"], found["waiting"], found["uncopied"]) == ("waiting", changed, changed)
        assert f"{changed} changes have no second copy" in editor("status", as_json=False).out
    editor.ok(*where, "--difficulty", "3")
    assert editor.ok("status")["uncopied"] == 0
    assert "second copy" not in editor("status", as_json=False).out
