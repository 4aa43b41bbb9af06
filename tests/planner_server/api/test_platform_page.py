"""docs/platform.md says where everything of the description stands: what it names is there, and what is served stands on it."""

import ast
import re
from pathlib import Path

import pytest

from tests.planner_server.api.test_walk import served

NAMES = (
    "Keywords",
    "SeedKeyword",
    "Clusters",
    "ContentIdeas",
    "KeywordViewSet",
    "ClusterViewSet",
    "ContentIdeasViewSet",
    "SiteSectorModelViewSet",
    "KeywordSerializer",
    "ClusterSerializer",
    "ContentIdeasSerializer",
    "ClusteringService",
    "IdeasService",
    "bulk_delete",
    "bulk_update",
    "bulk_add_from_seed",
    "seed_keyword_id",
    "site_id",
    "sector_id",
    "keyword_objects",
    "keyword_cluster",
)
"""What the description calls by name."""
ELSEWHERE = ("ClusteringService", "IdeasService")


@pytest.fixture(scope="module")
def text(repository: Path) -> str:
    return (repository / "docs" / "platform.md").read_text()


def test_every_name_of_the_description_stands_on_the_page_and_in_the_code(
    text: str, repository: Path
) -> None:
    code = "\n".join(path.read_text() for path in sorted((repository / "planner_server").rglob("*.py")))
    assert [name for name in NAMES if f"`{name}`" not in text] == []
    assert [name for name in NAMES if name not in ELSEWHERE and not re.search(rf"\b{name}\b", code)] == []


def test_every_file_and_test_the_page_names_exists(text: str, repository: Path) -> None:
    paths = set(re.findall(r"`((?:planner_\w+|docs)/[\w/.]+)`", text))
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not (repository / path).exists()] == []
    tests = {
        node.name
        for path in (repository / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 50
    assert sorted(named - tests) == []


def test_every_row_names_a_file_and_a_test(text: str) -> None:
    rows = [line for line in text.splitlines() if line.startswith("| ") and "test_" in line]
    bare = [row for row in rows if not re.search(r"`(planner_\w+|docs)/|not yet|no endpoint", row)]
    assert len(rows) > 40
    assert bare == []


def test_every_endpoint_on_the_page_is_served_and_every_one_served_is_on_the_page(text: str) -> None:
    named = set(re.findall(r"`((?:auth|planner|writer|system|keywords-library)/[\w/{}-]*)`", text)) - {
        "planner/"
    }
    assert sorted(named ^ set(served())) == []
