"""run.py, without a network: when it works again, what it repairs, what it says is missing."""

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real environment with pip, made once: making one takes seconds."""
    folder = tmp_path_factory.mktemp("template") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


def copy_venv(template: Path, folder: Path) -> bool:
    """Put a copy of the template where `venv` would have made one."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(template, folder, symlinks=True)
    config = folder / "pyvenv.cfg"
    config.write_text(config.read_text().replace(str(template), str(folder)))
    return True


@pytest.fixture
def run(repository: Path, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as a module, looking after an empty checkout of its own."""
    spec = importlib.util.spec_from_file_location("run_under_test", repository / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/runtime.txt", "requirements/dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("a==1 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(module, "create_venv", lambda: copy_venv(template, tmp_path / ".venv"))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "SCRIPTS", tmp_path / ".venv" / "bin")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return module


@pytest.fixture
def pip_calls(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip was asked for, instead of asking it."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(run, "pip", lambda *arguments: calls.append(arguments))
    return calls


def test_the_second_time_installs_nothing(run: ModuleType, pip_calls: list[tuple[str, ...]]) -> None:
    run.ensure("runtime")
    first = len(pip_calls)
    run.ensure("runtime")
    assert (first, len(pip_calls)) == (2, 2)


def test_packages_are_installed_by_hash_and_the_checkout_without_a_download(
    run: ModuleType, pip_calls: list[tuple[str, ...]]
) -> None:
    run.ensure("dev")
    packages, checkout = pip_calls
    assert "--require-hashes" in packages
    assert [word for word in packages if word.startswith("--requirement=")] == [
        f"--requirement={run.ROOT / 'requirements' / name}" for name in ("runtime.txt", "dev.txt")
    ]
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(checkout)


def test_what_tests_need_includes_what_runs(run: ModuleType, pip_calls: list[tuple[str, ...]]) -> None:
    run.ensure("dev")
    assert run.is_ready("runtime")


def test_tools_for_tests_are_not_there_after_a_plain_run(
    run: ModuleType, pip_calls: list[tuple[str, ...]]
) -> None:
    run.ensure("runtime")
    assert not run.is_ready("dev")


@pytest.mark.parametrize("name", ["requirements/runtime.txt", "pyproject.toml"])
def test_a_changed_requirement_installs_again(
    run: ModuleType, pip_calls: list[tuple[str, ...]], name: str
) -> None:
    run.ensure("runtime")
    (run.ROOT / name).write_text("b==2 \\\n    --hash=sha256:1\n")
    run.ensure("runtime")
    assert len(pip_calls) == 4


def test_an_interrupted_installation_is_not_taken_for_ready(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.ensure("runtime")
    assert not run.is_ready("runtime")


def test_an_interrupted_installation_is_started_over(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: str) -> None:
        (run.VENV / "half a package").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.ensure("runtime")
    monkeypatch.setattr(run, "pip", lambda *arguments: None)
    run.ensure("runtime")
    assert run.is_ready("runtime")
    assert not (run.VENV / "half a package").exists()


def test_what_is_installed_survives_a_failed_download(
    run: ModuleType, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run.ensure("runtime")
    (run.VENV / "a package").touch()
    (run.ROOT / "pyproject.toml").write_text("changed")
    monkeypatch.setattr(run, "pip", lambda *arguments: run.stop("no network", run.UNAVAILABLE))
    for _ in range(2):
        with pytest.raises(SystemExit):
            run.ensure("runtime")
    assert (run.VENV / "a package").exists()


def test_a_failed_upgrade_is_not_taken_for_ready(
    run: ModuleType, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run.ensure("runtime")
    original = (run.ROOT / "pyproject.toml").read_text()
    (run.ROOT / "pyproject.toml").write_text("changed")
    monkeypatch.setattr(run, "pip", lambda *arguments: run.stop("no network", run.UNAVAILABLE))
    with pytest.raises(SystemExit):
        run.ensure("runtime")
    (run.ROOT / "pyproject.toml").write_text(original)
    assert not run.is_ready("runtime")


@pytest.mark.parametrize("damage", ["empty", "a file", "no python", "no pip", "moved"])
def test_a_broken_environment_is_made_anew(
    run: ModuleType, pip_calls: list[tuple[str, ...]], damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _damage(run, damage)
    run.ensure("runtime")
    assert "repairing .venv" in capfd.readouterr().err
    assert run.is_usable()
    assert run.is_ready("runtime")


def _damage(run: ModuleType, how: str) -> None:
    if how == "a file":
        run.VENV.write_text("")
        return
    run.VENV.mkdir()
    if how == "empty":
        return
    run.create_venv()
    if how == "no python":
        run.PYTHON.unlink()
    elif how == "no pip":
        for folder in run.VENV.glob("lib/python*/site-packages/pip"):
            folder.rename(folder.with_name("gone"))
    else:
        config = run.VENV / "pyvenv.cfg"
        config.write_text(config.read_text().replace(str(run.VENV), "/elsewhere/.venv"))


def test_without_the_venv_module_the_message_names_the_package(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    with pytest.raises(SystemExit) as stopped:
        run.ensure("runtime")
    assert stopped.value.code == 78
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install -y python{version}-venv" in capfd.readouterr().err


def test_an_older_python_is_told_which_one_to_take(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    with pytest.raises(SystemExit) as stopped:
        run.check_python()
    assert stopped.value.code == 78
    assert "Python 3.9.2" in (said := capfd.readouterr().err)
    assert "python3.12 run.py" in said


def test_two_at_once_install_once(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []
    first_is_inside, second_waits = threading.Event(), threading.Event()

    def slowly(*arguments: str) -> None:
        calls.append(arguments)
        first_is_inside.set()
        assert second_waits.wait(30)

    monkeypatch.setattr(run, "pip", slowly)
    monkeypatch.setattr(run, "say", lambda text: second_waits.set() if "waiting" in text else None)
    both = [threading.Thread(target=run.ensure, args=("runtime",)) for _ in range(2)]
    both[0].start()
    assert first_is_inside.wait(30)
    both[1].start()
    for thread in both:
        thread.join(60)
    assert len(calls) == 2
    assert run.is_ready("runtime")


@pytest.mark.skipif(os.name == "nt", reason="on Windows the lock ends with run.py")
def test_a_pip_that_outlives_a_killed_run_keeps_the_lock(run: ModuleType) -> None:
    with run.locked():
        # What pip() starts, and how.
        orphan = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with (run.ROOT / ".venv.lock").open("a+b") as handle:
            assert not run.lock(handle.fileno(), wait=False)
            orphan.kill()
            orphan.wait()
            assert run.lock(handle.fileno(), wait=False)
    finally:
        orphan.kill()
        orphan.wait()


# ---------------------------------------------------------------- Qt's libraries


@pytest.fixture
def linux_without_two_libraries(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    gone = {"libEGL.so.1", "libGL.so.1"}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(run, "loads", lambda library: library not in gone)
    monkeypatch.setattr(run, "is_debian", lambda: True)
    return run


def test_missing_libraries_are_named_in_one_line_for_apt(
    linux_without_two_libraries: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = linux_without_two_libraries
    monkeypatch.setattr(run, "is_root", lambda: False)
    with pytest.raises(SystemExit) as stopped:
        run.ensure_qt(run.QT_LIBRARIES)
    assert stopped.value.code == 78
    assert "sudo apt-get install -y libegl1 libgl1\n" in capfd.readouterr().err


def test_root_on_debian_installs_the_missing_libraries(
    linux_without_two_libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = linux_without_two_libraries
    commands: list[list[str]] = []

    def apt(command: list[str]) -> bool:
        commands.append(command)
        # The first try fails as on a system that has never updated its lists.
        if command[1] == "install" and len(commands) == 3:
            monkeypatch.setattr(run, "loads", lambda library: True)
        return len(commands) > 1

    monkeypatch.setattr(run, "is_root", lambda: True)
    monkeypatch.setattr(run, "apt", apt)
    run.ensure_qt(run.QT_LIBRARIES)
    assert [command[1] for command in commands] == ["install", "update", "install"]
    assert commands[-1][-2:] == ["libegl1", "libgl1"]


def test_an_installation_that_does_not_help_is_said(
    linux_without_two_libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = linux_without_two_libraries
    monkeypatch.setattr(run, "is_root", lambda: True)
    monkeypatch.setattr(run, "apt", lambda command: True)
    with pytest.raises(SystemExit) as stopped:
        run.ensure_qt(run.QT_LIBRARIES)
    assert stopped.value.code == 78


@pytest.mark.parametrize(
    ("displays", "gone", "asked", "not_asked"),
    [
        ((), (), "libGL.so.1", "libxcb-cursor.so.0"),
        (("DISPLAY",), ("libxcb-cursor.so.0",), "libxcb-cursor.so.0", "libwayland-client.so.0"),
        (("WAYLAND_DISPLAY",), (), "libwayland-client.so.0", "libxcb-cursor.so.0"),
        (
            ("DISPLAY", "WAYLAND_DISPLAY"),
            ("libxcb-cursor.so.0",),
            "libwayland-egl.so.1",
            "libxcb-cursor.so.0",
        ),
        (
            ("DISPLAY", "WAYLAND_DISPLAY"),
            ("libwayland-egl.so.1",),
            "libxcb-cursor.so.0",
            "libwayland-egl.so.1",
        ),
    ],
)
def test_libraries_are_asked_for_one_display_that_is_there(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    displays: tuple[str, ...],
    gone: tuple[str, ...],
    asked: str,
    not_asked: str,
) -> None:
    monkeypatch.setattr(run, "loads", lambda library: library not in gone)
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    for variable in displays:
        monkeypatch.setenv(variable, ":0")
    assert asked in run.display_libraries()
    assert not_asked not in run.display_libraries()


# ---------------------------------------------------------------- commands


@pytest.fixture
def finished(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as if everything were installed, with the programs it would become noted."""
    monkeypatch.setattr(run, "ensure", lambda level: None)
    monkeypatch.setattr(run, "ensure_qt", lambda libraries: None)
    return run


def test_exec_says_nothing_of_its_own_on_standard_output(
    finished: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def become(command: list[str], variables: dict[str, str]) -> int:
        return subprocess.run(command, env=variables, check=False).returncode

    monkeypatch.setattr(finished, "become", become)
    assert finished.main(["exec", "--", sys.executable, "-c", "print('only this'); raise SystemExit(7)"]) == 7
    assert capfd.readouterr().out == "only this\n"


def test_exec_of_an_unknown_command_ends_with_127(finished: ModuleType) -> None:
    with pytest.raises(SystemExit) as stopped:
        finished.main(["exec", "--", "no-such-command-anywhere"])
    assert stopped.value.code == 127


@pytest.mark.parametrize("words", [[], ["nonsense"], ["exec"], ["setup", "x"], ["check", "x"]])
def test_a_wrong_call_ends_with_2(finished: ModuleType, words: list[str]) -> None:
    try:
        code = finished.main(words)
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2


@pytest.fixture
def started(finished: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The pytest command lines that `test` starts; the first of them fails."""
    commands: list[list[str]] = []

    def start(command: list[str], variables: dict[str, str]) -> int:
        commands.append(command[3:])
        return 1 if len(commands) == 1 else 0

    monkeypatch.setattr(finished, "run", start)
    return commands


def test_test_runs_the_server_on_postgresql_and_then_everything(
    finished: ModuleType, started: list[list[str]]
) -> None:
    assert finished.main(["test"]) == 1  # what failed on PostgreSQL is not lost
    assert started == [
        ["-n", "2", "--dist", "worksteal", "--postgres", "tests/planner_server"],
        ["-n", "2", "--dist", "worksteal"],
    ]


def test_test_with_arguments_runs_only_those(finished: ModuleType, started: list[list[str]]) -> None:
    assert finished.main(["test", "tests/packaging", "-n0"]) == 1
    assert started == [["tests/packaging", "-n0"]]


def test_tests_draw_offscreen_unless_told_otherwise(
    finished: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    platforms: list[str] = []
    monkeypatch.setattr(
        finished, "run", lambda command, variables: platforms.append(variables["QT_QPA_PLATFORM"])
    )
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    finished.main(["test", "x"])
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    finished.main(["test", "x"])
    assert platforms == ["offscreen", "xcb"]
