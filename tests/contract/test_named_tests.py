"""docs/sync.md names the test that keeps each promise: a test that is renamed or dropped shows here."""

import re
from pathlib import Path


def test_every_test_the_description_of_sync_names_exists(repository: Path) -> None:
    text = (repository / "docs" / "sync.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    sources = [path.read_text() for path in (repository / "tests").rglob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"def (test_\w+)\(", source)}
    assert len(named) > 100
    assert not named - there
