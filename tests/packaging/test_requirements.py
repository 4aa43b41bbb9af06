"""The lock: exact, hashed, complete, and silent about where packages come from."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCKS = ("runtime", "dev")


def pins(repository: Path, name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its hashes."""
    text = (repository / "requirements" / f"{name}.txt").read_text()
    for entry in text.replace("\\\n", " ").splitlines():
        stripped = entry.split("#")[0].strip() if entry.lstrip().startswith("#") else entry.strip()
        if stripped:
            wanted, *hashes = re.split(r"\s+--hash=", stripped)
            yield Requirement(wanted), hashes


def wanted(repository: Path, name: str) -> list[Requirement]:
    lines = (repository / "requirements" / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def project(repository: Path) -> dict[str, list[Requirement]]:
    """The ranges of pyproject.toml by extra; "" holds what is always needed, "build" the build backend."""
    table = tomllib.loads((repository / "pyproject.toml").read_text())
    groups = {"": table["project"]["dependencies"], "build": table["build-system"]["requires"]}
    groups |= table["project"]["optional-dependencies"]
    return {extra: [Requirement(text) for text in texts] for extra, texts in groups.items()}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_to_one_version_with_hashes(repository: Path, name: str) -> None:
    found = list(pins(repository, name))
    assert len(found) > 20
    for requirement, hashes in found:
        assert [item.operator for item in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_option(repository: Path, name: str) -> None:
    text = (repository / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("\\\n", " "), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_its_source_asks_for(repository: Path, name: str) -> None:
    locked = {requirement.name: requirement for requirement, _ in pins(repository, name)}
    for requirement in wanted(repository, name):
        version = next(iter(locked[canonicalize_name(requirement.name)].specifier)).version
        assert Version(version) in requirement.specifier, requirement


def test_both_locks_agree_where_they_overlap(repository: Path) -> None:
    runtime = {str(one.name): str(one.specifier) for one, _ in pins(repository, "runtime")}
    for requirement, _ in pins(repository, "dev"):
        assert runtime.get(requirement.name, str(requirement.specifier)) == str(requirement.specifier)


def test_pyproject_and_the_source_of_the_lock_ask_for_the_same(repository: Path) -> None:
    in_source = {canonicalize_name(one.name): one for one in wanted(repository, "runtime")}
    in_project = {canonicalize_name(one.name): one for group in project(repository).values() for one in group}
    assert in_source.keys() == in_project.keys()
    for name, requirement in in_project.items():
        if name != "setuptools":  # its lower bound is enough for whoever builds without the lock
            assert (requirement.specifier, requirement.extras) == (
                in_source[name].specifier,
                in_source[name].extras,
            )


def test_pyside_stays_below_the_release_that_ends_the_process(repository: Path) -> None:
    [pyside] = project(repository)["desktop"]
    assert pyside.name == "pyside6-essentials"
    assert Version("6.12.0") not in pyside.specifier


def test_the_notices_name_every_package_a_user_gets(repository: Path) -> None:
    notices = (repository / "THIRD-PARTY-NOTICES.md").read_text()
    named = set(re.findall(r"^\| ([a-z0-9.-]+) \|", notices, re.MULTILINE))
    assert named == {requirement.name for requirement, _ in pins(repository, "runtime")}
