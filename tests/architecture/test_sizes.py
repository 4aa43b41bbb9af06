"""Modules, classes and functions stay small enough to be read in one go."""

import ast
from pathlib import Path

import pytest

from tests.architecture import rules

LONGEST_MODULE = 450
LONGEST_CLASS = 300
LONGEST_FUNCTION = 80
USUAL_FUNCTION = 40  # 95 of 100 are no longer

Measured = list[tuple[int, str]]


@pytest.fixture(scope="module")
def modules(repository: Path) -> list[Path]:
    """Everything written by hand: migrations are written down by Django."""
    folders = (*rules.PRODUCT, "benchmarks", "tests")
    found = [path for folder in folders for path in (repository / folder).rglob("*.py")]
    return [path for path in [*found, repository / "run.py"] if "migrations" not in path.parts]


def lengths(modules: list[Path], *kinds: type[ast.stmt]) -> Measured:
    """Lines and place of each class or function, the longest first."""
    found = []
    for path in modules:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, kinds):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                found.append((lines, f"{path}:{node.lineno}"))
    return sorted(found, reverse=True)


def test_no_module_is_too_long(modules: list[Path]) -> None:
    # run.py runs before anything is installed: it has to be one file.
    measured = [(len(path.read_text().splitlines()), str(path)) for path in modules if path.name != "run.py"]
    assert not [one for one in measured if one[0] > LONGEST_MODULE]


def test_no_class_is_too_long(modules: list[Path]) -> None:
    assert not [one for one in lengths(modules, ast.ClassDef) if one[0] > LONGEST_CLASS]


def test_functions_are_short(modules: list[Path]) -> None:
    measured = lengths(modules, ast.FunctionDef, ast.AsyncFunctionDef)
    assert not [one for one in measured if one[0] > LONGEST_FUNCTION]
    assert measured[len(measured) // 20][0] <= USUAL_FUNCTION
