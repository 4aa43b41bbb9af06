"""A real platform for tests of the desktop, as a child process."""

from collections.abc import Iterator

import pytest

from planner_desktop.demo.platform import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The demo's platform with a small library, for all tests of a run."""
    with Platform(tmp_path_factory.mktemp("platform")) as made:
        made.prepare(keywords=160, seeds=1_600)
        made.start()
        yield made
