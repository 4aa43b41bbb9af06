"""docs/sync.md names the test that keeps each promise: a test that is renamed, dropped or about something else shows here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PITFALLS = range(1, 99)


@pytest.fixture(scope="module")
def text(repository: Path) -> str:
    return (repository / "docs" / "sync.md").read_text()


@pytest.fixture(scope="module")
def tests(repository: Path) -> dict[str, str]:
    """Each test function's name, and its source."""
    return {
        name: source
        for path in (repository / "tests").rglob("test_*.py")
        for name, source in _functions(path)
    }


def _functions(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_source_segment(source, node) or ""


def rows(text: str) -> dict[int, str]:
    """The row of each pitfall."""
    return {
        int(found[1]): line
        for line in text.splitlines()
        if (found := re.match(r"\| P(\d+) \|", line)) is not None
    }


def test_every_test_the_description_of_sync_names_exists(text: str, tests: dict[str, str]) -> None:
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 100
    assert not named - set(tests)


@pytest.mark.parametrize("name", ["docs/proof.md", "docs/benchmarks.md", "docs/sync.md", "ARCHITECTURE.md"])
def test_every_test_module_and_page_that_is_named_exists(
    name: str, repository: Path, tests: dict[str, str]
) -> None:
    page = repository / name
    text = page.read_text()
    modules = {path.stem for path in (repository / "tests").rglob("test_*.py")}
    assert not set(re.findall(r"\btest_\w+", text)) - set(tests) - modules
    paths = re.findall(r"`((?:tests|sync|planner_\w+|benchmarks|docs|resources)/[\w/.-]+)`", text)
    assert paths
    assert [path for path in paths if not (repository / path).exists()] == []
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_pitfall_has_a_test_that_carries_its_number_or_a_reason(
    text: str, tests: dict[str, str]
) -> None:
    found = rows(text)
    assert sorted(found) == list(PITFALLS)
    for number, line in found.items():
        named = re.findall(r"`(test_\w+)`", line)
        reason = line.split("|")[3].split("`")[0].strip()
        assert named or reason, f"P{number}"
        for name in named:
            assert re.search(rf"\bP{number}\b", tests[name]), f"{name} does not carry P{number}"
