"""The demonstration without a display: a story of which every step holds, pictures, and a platform that ends with it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.qt]


def run(folder: Path, repository: Path) -> subprocess.CompletedProcess[str]:
    command = [
        "--headless",
        "--data-dir",
        str(folder),
        "--shots",
        str(folder / "shots"),
        "--keywords",
        "400",
        "--seeds",
        "2000",
    ]
    return subprocess.run(
        [sys.executable, "-m", "planner_desktop.demo", *command],
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )


def is_served(address: str) -> bool:
    probe = f"import socket; socket.create_connection(('127.0.0.1', {address.rpartition(':')[2]}), 1)"
    return subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).returncode == 0


@pytest.mark.timeout(300)
def test_that_every_step_of_the_story_holds_twice_and_pictures_are_taken(
    tmp_path: Path, repository: Path
) -> None:
    addresses, told = [], ""
    for _ in range(2):
        done = run(tmp_path / "demo", repository)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Every step held" in done.stdout
        assert "100 keywords" in done.stdout
        address = re.search(r"http://127\.0\.0\.1:\d+", done.stdout)
        assert address is not None
        assert not is_served(address.group())
        addresses.append(address.group())
        told = done.stdout
    assert addresses[0] == addresses[1], "a profile knows its platform by the address"
    assert "fetched 0 rows" in told
    pictures = list((tmp_path / "demo" / "shots").glob("*.png"))
    assert pictures
    assert all(path.stat().st_size > 10_000 for path in pictures)


def test_that_a_step_that_does_not_hold_ends_with_1_and_says_which(tmp_path: Path, repository: Path) -> None:
    command = ["--headless", "--data-dir", str(tmp_path), "--keywords", "16", "--seeds", "160"]
    done = subprocess.run(
        [sys.executable, "-m", "planner_desktop.demo", *command],
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )
    assert done.returncode == 1
    assert "only 16 keywords" in done.stderr


def test_that_a_data_folder_that_cannot_be_one_is_named(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "file").write_text("")
    command = ["--headless", "--data-dir", str(tmp_path / "file" / "demo")]
    done = subprocess.run(
        [sys.executable, "-m", "planner_desktop.demo", *command],
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr
