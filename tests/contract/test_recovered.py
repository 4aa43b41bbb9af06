"""Edits that come back from the journal, the real server in this process."""

import shutil

from tests.support.machine import Machine
from tests.support.server import Server


def test_an_edit_that_comes_back_from_the_journal_follows_the_older_ones_that_wait(
    server: Server, eve: Machine
) -> None:
    """P23, P66: an older copy of the database beside the present journal: the later value of a field is the one that stays."""
    keyword = server.keywords[0]
    eve.volume(keyword, 1)
    eve.replica.close()
    kept = eve.path.with_suffix(".kept")
    shutil.copyfile(eve.path, kept)
    eve.start()
    eve.volume(keyword, 2)
    eve.replica.close()
    shutil.copyfile(kept, eve.path)

    eve.start()
    assert eve.replica.recovered == 1
    assert eve.overrides()[keyword] == 2
    eve.sync()

    assert server.volume(keyword) == 2
    assert eve.overrides()[keyword] == 2
    assert eve.engine.verify_now() is True
