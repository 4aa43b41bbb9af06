"""What every test may ask for, and what CI insists on."""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.environment import under_ci

ROOT = Path(__file__).resolve().parent.parent
NEVER_SKIPPED_UNDER_CI = ("qt", "postgres")

# No deadline: two cores shared by several workers make single examples arbitrarily slow.
settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
settings.register_profile(
    "nightly", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if under_ci() else "dev"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real lists beside the checkout (PLANNER_SHARED_DATA names another); skips without it."""
    folder = Path(os.environ.get("PLANNER_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real lists (../shared/data, or PLANNER_SHARED_DATA) are not on this computer")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    markers = [name for name in NEVER_SKIPPED_UNDER_CI if item.get_closest_marker(name)]
    if report.skipped and markers and under_ci() and not hasattr(report, "wasxfail"):
        _refuse_skip(report, f"a test marked {' and '.join(markers)}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # Which markers the tests of a skipped module carry cannot be known: none may be skipped as a whole.
    if report.skipped and under_ci():
        _refuse_skip(report, "a whole module")
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport, what: str) -> None:
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{what} must not be skipped under CI. {why}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which known bugs, put back into the code, the suite noticed (tests/simulation/test_bugs.py)."""
    known: dict[str, bool] = {}
    for report in (one for category in terminalreporter.stats.values() for one in category):
        told = dict(getattr(report, "user_properties", ()))
        if "bug" in told:
            known[str(told["bug"])] = "caught" in told
    if not known:
        return
    terminalreporter.section("known bugs, put back into the code")
    for name, is_caught in sorted(known.items(), key=lambda one: _numbered(one[0])):
        terminalreporter.write_line(f"{'caught' if is_caught else 'MISSED'}  {name}")
    caught = sum(known.values())
    terminalreporter.write_line(f"{caught} caught, {len(known) - caught} missed")


def _numbered(text: str) -> list[tuple[int, str]]:
    """Return what sorts P9 before P10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]
