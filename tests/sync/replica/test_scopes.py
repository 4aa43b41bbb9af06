"""Scopes are read again exactly when something was written: a round asks for them after each of its steps."""

import sqlite3

import pytest

from tests.sync.replica.world import SITE, World


def name_of_the_site(world: World) -> str:
    return next(row.name for row in world.replica.scopes() if row.id == SITE)


def test_unchanged_scopes_are_not_read_again(world: World) -> None:
    first, second = world.replica.scopes(), world.replica.scopes()
    assert first == second
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_what_a_caller_does_to_the_list_stays_his_own(world: World) -> None:
    kept = len(world.replica.scopes())
    world.replica.scopes().clear()
    assert len(world.replica.scopes()) == kept


def test_a_change_is_seen(world: World) -> None:
    world.replica.scopes()
    world.replica._store.run("UPDATE scope_state SET name = 'Renamed' WHERE id = ?", SITE)
    assert name_of_the_site(world) == "Renamed"


def test_a_change_by_another_connection_is_seen(world: World) -> None:
    world.replica.scopes()
    other = sqlite3.connect(world.replica.path)
    with other:
        other.execute("UPDATE scope_state SET name = 'By hand' WHERE id = ?", (SITE,))
    other.close()
    assert name_of_the_site(world) == "By hand"


def test_what_was_rolled_back_is_not_shown(world: World) -> None:
    before = name_of_the_site(world)

    def renamed() -> None:
        with world.replica._store.write():
            world.replica._store.run("UPDATE scope_state SET name = 'Never' WHERE id = ?", SITE)
            assert name_of_the_site(world) == "Never"
            raise KeyError

    with pytest.raises(KeyError):
        renamed()
    assert name_of_the_site(world) == before
