"""What is committed speaks of the product only: no registry, no folder of somebody's computer, no local state."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

# Written apart, or this file would find itself.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("deb.debian", "org"),
        ("archive.ubuntu", "com"),
        ("crates", "io"),
    )
)
INDEX_OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host")
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.~-])/(work|root|home/(?!you\b|user\b)\w+|Users/\w+)/[\w.]")
NEVER_COMMITTED = re.compile(
    r"(^|/)(\.venv|__pycache__|\.hypothesis|\.mypy_cache|\.env|uv\.lock)(/|$)|\.(pyc|sqlite3|log)$"
)


# What .gitignore names, for a folder that git does not know.
LOCAL = re.compile(
    r"^\.(?!ci$|git(ignore|attributes)$)|^(__pycache__|build|dist|demo-output|screenshots)$|"
    r"\.(egg-info|pyc|sqlite3.*|log)$"
)


@pytest.fixture(scope="module")
def committed(repository: Path) -> list[Path]:
    """What git tracks; in an unpacked archive, or without git, what it would."""
    if shutil.which("git"):
        command = ["git", "-c", f"safe.directory={repository}", "ls-files", "-z"]
        listing = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
        if listing.returncode == 0:
            paths = [repository / name for name in listing.stdout.split("\0") if name]
            return [path for path in paths if path.is_file()]
    return list(_not_ignored(repository))


def _not_ignored(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if LOCAL.search(path.name) and path.parent.name != "tests":
            continue
        if path.is_dir():
            yield from _not_ignored(path)
        else:
            yield path


def test_without_git_the_same_files_are_read(committed: list[Path], repository: Path) -> None:
    assert set(committed) <= set(_not_ignored(repository))


def test_no_committed_file_names_a_package_registry(committed: list[Path]) -> None:
    found = [(path, host) for path in committed for host in REGISTRIES if host.encode() in path.read_bytes()]
    assert not found


def test_no_committed_file_chooses_an_index(committed: list[Path]) -> None:
    # The one place that may say so is this test.
    found = [
        path
        for path in committed
        if path != Path(__file__) and INDEX_OPTION.search(_text(path).replace("--no-", ""))
    ]
    assert not found


def test_no_committed_file_names_a_folder_of_somebodys_computer(committed: list[Path]) -> None:
    found = [(path, match[0]) for path in committed if (match := SOMEBODYS_FOLDER.search(_text(path)))]
    assert not found


def test_local_state_is_not_committed(committed: list[Path], repository: Path) -> None:
    names = [path.relative_to(repository).as_posix() for path in committed]
    assert not [name for name in names if NEVER_COMMITTED.search(name)]


@pytest.mark.parametrize("text", ["/{}/main", "see /{}/x", "'/{}/x'"])
@pytest.mark.parametrize("folder", ["work", "root", "home/anna", "Users/anna"])
def test_a_folder_of_somebody_is_recognised(text: str, folder: str) -> None:
    assert SOMEBODYS_FOLDER.search(text.format(folder))


@pytest.mark.parametrize("text", ["/home/you/planner", "~/.local/share", "docs/work/x", "a/root/b"])
def test_an_example_folder_is_let_through(text: str) -> None:
    assert not SOMEBODYS_FOLDER.search(text)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
