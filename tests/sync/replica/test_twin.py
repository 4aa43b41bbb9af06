"""The twin: a file that is a copy, or an old state put back, is known by its nonce and goes on under a new name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from planner_core.commands import SetOverride
from sync.errors import DiskFull
from sync.replica import Replica, hooks
from sync.replica.twin import Twin
from tests.sync.replica.images import DATABASE, LOG, image, unsettled
from tests.sync.replica.world import Killed, World, keyword


class Home:
    """A replica with its state folder."""

    def __init__(self, world: World, state: Path) -> None:
        self.world = world
        self.state = state

    def open(self, reach: Callable[[str], None] | None = None, folder: Path | None = None) -> Replica:
        """Open as the program does."""
        path = (folder or self.world.folder) / DATABASE
        self.world.replica = Replica.open(
            path,
            clock=self.world.clock,
            ids=self.world.ids,
            reach=reach or self.world.reach,
            twin=Twin(self.state, path),
        )
        return self.world.replica

    def names(self) -> tuple[str, str]:
        """Return what the replica and its file are called."""
        return self.world.replica.replica_id, self.world.replica._store.meta("file_id")


@pytest.fixture
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A replica that was opened with its twin twice."""
    world.close()
    made = Home(world, tmp_path_factory.mktemp("state"))
    made.open().close()
    made.open()
    return made


def test_a_file_that_stayed_where_it_was_keeps_its_name(home: Home) -> None:
    names, commit = home.names(), home.world.replica._store.meta("commit")
    for _ in range(3):
        home.world.close()
        home.open()
        assert home.names() == names
        assert home.world.replica._store.meta("commit") == commit, "the columns kept beside it stay good"


def test_an_old_copy_of_the_same_file_gets_a_new_name(home: Home) -> None:
    """P9: not even one opening later is the old state taken for the file that was used last."""
    names = home.names()
    home.world.close()
    old = home.world.path.read_bytes()
    home.open().close()
    home.world.path.write_bytes(old)
    home.open()
    assert home.names()[0] != names[0]
    assert home.names()[1] != names[1], "what is kept beside the file belongs to another one"


def test_a_copied_folder_goes_on_under_a_name_of_its_own(home: Home, tmp_path: Path) -> None:
    """P9: a second PC, or a second folder on the same one; the original keeps its name and its unsent work."""
    home.world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    wanted = unsettled(home.world)
    names = home.names()
    home.world.close()
    copy = tmp_path / "copy"
    shutil.copytree(home.world.folder, copy, ignore=shutil.ignore_patterns("copy"))
    home.open(folder=copy)
    assert home.names()[0] != names[0]
    assert unsettled(home.world) == wanted, "the same work under the same op ids: the platform takes it once"
    assert [one.seq for one in home.world.send()] == [1]
    home.world.close()
    home.open()
    assert home.names() == names
    assert unsettled(home.world) == wanted


def test_a_folder_that_was_replaced_by_its_copy_is_a_copy(home: Home, tmp_path: Path) -> None:
    """P9: same path, other folder: the profile knows a folder by its inode, too."""
    names = home.names()
    home.world.close()
    folder = tmp_path / "home"
    shutil.copytree(home.world.folder, folder, ignore=shutil.ignore_patterns("home", "aside"))
    home.open(folder=folder)
    own = home.names()[0]
    assert own != names[0]
    home.world.close()
    folder.rename(tmp_path / "aside")
    shutil.copytree(tmp_path / "aside", folder)
    home.open(folder=folder)
    assert home.names()[0] != own


def test_a_log_that_lost_the_opening_is_noticed(home: Home, tmp_path: Path) -> None:
    """C23: the nonce of this opening is gone with the tail of the log: so may be numbers that were used."""
    names = home.names()
    home.world.close()
    before = home.world.path.read_bytes()
    home.open()
    files = image(home.world)
    assert LOG in files
    home.world.replica._store.connection.close()
    home.world.replica._lock.release()
    home.world.path.write_bytes(before)
    home.world.path.with_name(LOG).write_bytes(b"")
    home.open()
    assert home.names()[0] != names[0]


def test_a_kill_between_the_two_nonces_costs_no_name(home: Home) -> None:
    """C26: the profile has the fresh nonce, the file the former one; and again at the next opening."""
    names = home.names()
    home.world.close()
    for _ in range(3):
        home.world.kill_at = hooks.BETWEEN_NONCES
        with pytest.raises(Killed):
            home.open()
    home.open()
    assert home.names() == names
    home.world.close()
    home.open()
    assert home.names() == names


def test_an_emptied_state_folder_is_taken_for_another_computer(home: Home) -> None:
    names = home.names()
    home.world.close()
    shutil.rmtree(home.state)
    home.open()
    assert home.names()[0] != names[0]


def test_a_state_folder_that_cannot_be_written_stands_in_nobodys_way(world: World, tmp_path: Path) -> None:
    """P56: the nonce is kept next time; a pause that would not hold is refused."""
    world.close()
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    home = Home(world, blocked)
    home.open()
    assert home.world.replica.run([SetOverride("volume", [keyword(1)], 5)]).changed == 1
    with pytest.raises(DiskFull) as caught:
        Twin(blocked, world.path).pause("for a test")
    assert str(blocked) in caught.value.message


def test_a_pause_holds_until_it_is_ended_and_does_not_lie_in_the_folder(home: Home) -> None:
    assert Twin(home.state, home.world.path).paused is None
    Twin(home.state, home.world.path).pause("restored from a backup")
    assert Twin(home.state, home.world.path).paused == "restored from a backup"
    assert {path.name for path in home.world.folder.iterdir()}.isdisjoint(
        path.name for path in home.state.iterdir()
    )
    home.world.close()
    home.open()
    assert Twin(home.state, home.world.path).paused == "restored from a backup"
    for _ in range(2):
        Twin(home.state, home.world.path).resume()
    assert Twin(home.state, home.world.path).paused is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"{}"])
def test_a_damaged_pause_is_a_pause(home: Home, content: bytes) -> None:
    twin = Twin(home.state, home.world.path)
    twin.pause("x")
    twin._pause.write_bytes(content)
    assert twin.paused


def test_nonces_never_leave_the_computer(home: Home) -> None:
    """P9: what hello and pushes are made of does not hold the nonce."""
    nonce = home.world.replica._store.meta("nonce")
    assert nonce
    home.world.replica.run([SetOverride("volume", [keyword(1)], 5)])
    said = repr([home.world.replica.replica_id, home.world.replica.scopes(), home.world.send()])
    assert nonce not in said
