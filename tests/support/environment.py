"""The surroundings of a test run, as a pytest plugin.

Django reads its settings and Qt its platform when they are first imported, which is before any conftest:
so this plugin is named in `addopts` and acts first. It

- names Django's settings, unless only tests are asked for that do not meet the server,
- keeps a run away from the profile, the database and the key store of whoever starts it,
- hands interrupts on to the programs it starts, also where a shell that put the run into the background has them ignored,
- makes Qt draw offscreen unless QT_QPA_PLATFORM says otherwise,
- with `--postgres` (or PLANNER_TEST_DATABASE=postgres) starts a private PostgreSQL cluster for the run and
  hands its address to the server's settings in PLANNER_DATABASE_URL.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support import postgres

NO_POSTGRES = pytest.StashKey[str]()

_FOLDERS = {
    "PLANNER_DATA_DIR": "server",
    "XDG_DATA_HOME": "data",
    "XDG_CONFIG_HOME": "config",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "runtime",
}
_WITHOUT_SERVER = ("architecture", "packaging", "planner_core", "planner_desktop", "screenshots", "sync")


def under_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("planner").addoption(
        "--postgres",
        action="store_true",
        default=os.environ.get("PLANNER_TEST_DATABASE") == "postgres",
        help="run the server's tests on a private PostgreSQL cluster instead of SQLite",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    _isolate(early_config)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Programs inherit what is ignored, and a server that cannot be interrupted never ends.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if _may_meet_the_server(early_config):
        os.environ["DJANGO_SETTINGS_MODULE"] = "planner_server.config.settings"
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if not is_worker:
        os.environ.pop("PLANNER_DATABASE_URL", None)
    if early_config.known_args_namespace.postgres:
        _use_postgres(early_config, is_worker=is_worker)
    return (yield)


def _may_meet_the_server(config: pytest.Config) -> bool:
    """False when only folders are asked for whose tests do not know Django, which then need not start."""
    tests = config.rootpath / "tests"
    asked = [Path(word.split("::")[0]).resolve() for word in config.known_args_namespace.file_or_dir]
    apart = [tests / name for name in _WITHOUT_SERVER]
    return not asked or not all(any(path.is_relative_to(folder) for folder in apart) for path in asked)


def _isolate(config: pytest.Config) -> None:
    root = Path(tempfile.mkdtemp(prefix="planner-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(root, ignore_errors=True))
    for variable, name in _FOLDERS.items():
        folder = root / name
        folder.mkdir(mode=0o700)
        os.environ[variable] = str(folder)
    # A test asks more in a second than a person in a minute; the tests of throttling switch it on.
    os.environ["PLANNER_THROTTLE"] = "off"
    # The backend that reports "no key store": a test that wants one installs its own.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def _use_postgres(config: pytest.Config, *, is_worker: bool) -> None:
    try:
        binaries = postgres.find_binaries()
    except postgres.PostgresMissing as missing:
        if under_ci():
            raise pytest.UsageError(
                f"{missing} Under CI the server's tests must run on PostgreSQL."
            ) from None
        config.stash[NO_POSTGRES] = str(missing)
        return
    if is_worker:
        return  # The cluster belongs to the controller, whose environment a worker of xdist inherits.
    cluster = postgres.Cluster(binaries)
    config.add_cleanup(cluster.stop)
    cluster.start()
    os.environ["PLANNER_DATABASE_URL"] = cluster.url


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if reason := config.stash.get(NO_POSTGRES, None):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))
    elif not config.getoption("--postgres"):
        _leave_out_postgres_only(config, items)


def _leave_out_postgres_only(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite such a test is not a skipped one, it is another run's: deselect it."""
    other_run = [item for item in items if item.get_closest_marker("postgres")]
    if other_run:
        items[:] = [item for item in items if item not in other_run]
        config.hook.pytest_deselected(items=other_run)
