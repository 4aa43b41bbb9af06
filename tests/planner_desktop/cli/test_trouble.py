"""A replica that is locked, damaged, newer, another's, or on a full disk: one message, the right code, and nothing lost."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planner_desktop.cli import invocation
from planner_desktop.demo.platform import Platform
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

HOLDER = """
import sys
from pathlib import Path
from planner_desktop.app.opening import open_planner
from planner_desktop.app.profile import Profile
planner = open_planner(Profile.at(Path(sys.argv[1])))
planner.store.do(lambda replica: replica.replica_id)
print("holding", flush=True)
sys.stdin.read()
planner.close()
"""
EDIT = ("keywords", "set", "--where", "", "--volume", "4711")


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold the profile's lock in another process until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "holding\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def test_that_a_second_instance_reads_and_is_refused_writing_with_the_owner_named(
    editor: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocation, "LOCK_SECONDS", 0.2)
    with another_process(editor.folder) as holder:
        assert len(editor("keywords", "list").rows) == 160
        assert editor.ok("status")["waiting"] == 0
        done = editor(*EDIT)
        assert done.code == 78
        assert done.error["code"] == "locked"
        assert str(holder.pid) in done.error["message"]
        assert editor("sync").code == 78
    assert editor.ok(*EDIT)["changed"] == 160


def test_that_writing_waits_for_a_lock_that_is_given_back(editor: Cli) -> None:
    with another_process(editor.folder) as holder:
        assert holder.stdin is not None
        threading.Timer(1.0, holder.stdin.close).start()
        assert editor.ok(*EDIT)["changed"] == 160


def test_that_the_lock_of_a_killed_process_is_free(editor: Cli) -> None:
    with another_process(editor.folder) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        assert editor.ok(*EDIT)["changed"] == 160


def test_that_a_replica_of_another_account_is_refused_and_left_alone(editor: Cli, platform: Platform) -> None:
    editors = editor.replica
    owner, _ = platform.people()
    editor.sign_in(platform, owner)
    (folder,) = [path for path in editor.folder.glob("accounts/*") if path != editors.parent]
    shutil.copy(editors, folder / "replica.db")
    for command in (("keywords", "list"), EDIT, ("sync",)):
        done = editor(*command)
        assert done.code == 4, command
        assert done.error["code"] == "owner_mismatch"
    assert (folder / "replica.db").exists()


def test_that_a_replica_of_a_newer_version_is_refused_and_left_alone(editor: Cli) -> None:
    with sqlite3.connect(editor.replica) as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    for command in (("keywords", "list"), EDIT):
        done = editor(*command)
        assert done.code == 78, command
        assert "newer" in done.error["message"]
        assert "pdate" in done.error["remedy"]
    with sqlite3.connect(editor.replica) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (9999,)
    database.close()


def test_that_a_replica_of_an_older_version_is_brought_up_to_date_by_whoever_reads_first(editor: Cli) -> None:
    with sqlite3.connect(editor.replica) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()
    done = editor("keywords", "list")
    assert (done.code, len(done.rows) > 0) == (0, True)
    with sqlite3.connect(editor.replica) as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] > 1
    database.close()


@pytest.mark.parametrize("damage", [b"not a database at all", b"\xff" * 100], ids=["header", "bytes"])
def test_that_a_damaged_replica_is_moved_aside_by_the_next_write_and_never_deleted(
    editor: Cli, damage: bytes
) -> None:
    path = editor.replica
    raw = path.read_bytes()
    broken = damage + raw[len(damage) :]
    path.write_bytes(broken)
    read = editor("keywords", "list")
    assert read.code == 78
    assert str(path) in read.error["message"]
    assert path.read_bytes() == broken
    written = editor("sync")
    assert written.code == 78
    (moved,) = [one for one in path.parent.iterdir() if one.is_file() and one.read_bytes() == broken]
    assert moved.name in written.error["message"] + written.error["remedy"]


def test_that_a_sync_after_damage_fetches_everything_anew(owner: Cli) -> None:
    owner.replica.write_bytes(b"no database")
    assert owner("sync").code == 78
    assert owner.ok("sync")["pulled"] > 160
    assert len(owner("keywords", "list").rows) == 160


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the limit of file sizes is POSIX's")
def test_that_a_full_disk_is_named_and_loses_nothing(editor: Cli) -> None:
    editor.ok("keywords", "set", "--where", "", "--enable")
    before = editor("keywords", "list").rows
    limited = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from planner_desktop.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", limited, "--json", "--data-dir", str(editor.folder), *EDIT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78, done
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "disk_full"
    assert "space" in error["remedy"]
    assert editor("keywords", "list").rows == before
    assert editor.ok(*EDIT)["changed"] == 160


def test_that_a_data_dir_nobody_may_write_is_wrong_usage(
    cli: Cli, tmp_path: Path, platform: Platform
) -> None:
    (tmp_path / "file").write_text("in the way")
    cli.folder = tmp_path / "file" / "profile"
    person, _ = platform.people()
    arguments = ("login", "--server", platform.address, "--email", person.email, "--password-stdin")
    assert cli(*arguments, typed=f"{person.password}\n").code == 2


def test_that_a_stopped_platform_ends_with_5_and_keeps_what_waits(owner: Cli, platform: Platform) -> None:
    platform.stop()
    try:
        assert owner.ok(*EDIT)["changed"] == 160
        done = owner("sync")
        assert done.code == 5
        assert done.error["code"] == "unreachable"
        assert owner("sync", "--dry-run").code == 5
        assert owner.ok("status")["waiting"] == 160
    finally:
        platform.start()
    assert owner.ok("sync")["pushed"] == 160
    assert owner.ok("undo")["changed"] == 160
    owner.ok("sync")


def test_that_watching_frees_the_lock_between_rounds_and_ends_with_an_interrupt(
    owner: Cli, repository: Path
) -> None:
    command = ["sync", "--watch", "--every", "30s", "--data-dir", str(owner.folder)]
    watching = subprocess.Popen(
        [sys.executable, "-m", "planner_desktop.cli.main", *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
    )
    assert watching.stdout is not None
    try:
        assert watching.stdout.readline().startswith("Pushed 0")
        assert eventually(lambda: owner(*EDIT).code == 0)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 130
    finally:
        watching.kill()
        watching.wait()
        watching.stdout.close()
    owner.ok("undo")


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False
