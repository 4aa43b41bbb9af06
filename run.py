#!/usr/bin/env python3
"""Sets this checkout up and runs it. Needs Python 3.11 or newer with its venv module, nothing else.

    python3 run.py setup              make .venv and install everything, also what tests need
    python3 run.py demo [ARGS]        set up and run the demonstration (--headless: without a window)
    python3 run.py desktop [ARGS]     set up and open the application
    python3 run.py test [ARGS]        set up and run the tests, on PostgreSQL and on SQLite;
                                      with ARGS for pytest: only those, on SQLite (--postgres: on PostgreSQL)
    python3 run.py check              lint, formatting, types, and who may import whom
    python3 run.py exec -- COMMAND    run COMMAND inside the environment

Everything but the output of COMMAND goes to standard error. The second time nothing is installed again.
pip's own configuration (index, proxy, certificates) is honoured. Exit code 78: something on this computer is
missing that run.py may not install itself; the message names the remedy.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
REQUIREMENTS = {"runtime": ("runtime",), "dev": ("runtime", "dev")}

UNAVAILABLE = 69  # EX_UNAVAILABLE: a download or an installation failed
MISSING = 78  # EX_CONFIG: this computer lacks something
NOT_FOUND = 127  # what a shell says of an unknown command
INTERRUPTED = 130

# Shared library -> Debian package. Qt names one missing library at a time, or aborts; so ask before importing it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libbrotlidec.so.1": "libbrotli1",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
# Debian 13 and Ubuntu 24.04 renamed it when time_t grew.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}


def say(text: str) -> None:
    print(f"planner: {text}", file=sys.stderr, flush=True)


def stop(text: str, code: int) -> NoReturn:
    say(text)
    raise SystemExit(code)


# ---------------------------------------------------------------- the environment


def ensure(level: str) -> None:
    """Make .venv hold everything of `level` ("runtime" or "dev"); at once when it already does."""
    if is_ready(level):
        return
    with locked():
        if not is_ready(level):
            set_up(level)


def is_ready(level: str) -> bool:
    stamp = stamp_of(level)
    try:
        return PYTHON.exists() and stamp.read_text() == fingerprint(level)
    except OSError:
        return False


def stamp_of(level: str) -> Path:
    return VENV / f"ready-{level}"


def fingerprint(level: str) -> str:
    """Changes when what is asked for changes, when the checkout moves and when Python under .venv changes."""
    digest = hashlib.sha256(f"{ROOT}\n{PYTHON.resolve()}\n".encode())
    files = [ROOT / "requirements" / f"{name}.txt" for name in REQUIREMENTS[level]]
    for file in (*files, ROOT / "pyproject.toml", VENV / "pyvenv.cfg"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time for this checkout.

    The lock goes with the open file, which pip inherits: when run.py is killed and its pip goes on, the next one
    waits for that pip too.
    """
    with (ROOT / ".venv.lock").open("a+b") as handle:
        os.set_inheritable(handle.fileno(), True)  # noqa: FBT003 - positional only
        if not lock(handle.fileno(), wait=False):
            say("another run.py is setting up this checkout; waiting for it")
            lock(handle.fileno(), wait=True)
        yield


def lock(descriptor: int, *, wait: bool) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - does not exist on Windows

            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Windows gives up after ten seconds: ask again.
        return lock(descriptor, wait=True) if wait else False
    return True


def set_up(level: str) -> None:
    # Stays behind when a set-up is killed: what pip left then cannot be trusted.
    unfinished = VENV / "unfinished"
    if unfinished.exists() or not is_usable():
        make_venv()
    for old in VENV.glob("ready-*"):
        old.unlink()
    unfinished.touch()
    try:
        install(level)
    except SystemExit:
        unfinished.unlink()  # pip failed in an orderly way and has undone what it began
        raise
    for name in REQUIREMENTS if level == "dev" else (level,):
        temporary = stamp_of(name).with_suffix(".new")
        temporary.write_text(fingerprint(name))
        temporary.replace(stamp_of(name))
    unfinished.unlink()
    say("ready")


def install(level: str) -> None:
    files = [ROOT / "requirements" / f"{name}.txt" for name in REQUIREMENTS[level]]
    lines = [line for file in files for line in file.read_text().splitlines()]
    count = len({line.split("==")[0] for line in lines if line[:1].isalnum()})
    say(f"installing up to {count} pinned packages into .venv; the first time this downloads about 170 MB")
    pip("--require-hashes", "--only-binary=:all:", *(f"--requirement={file}" for file in files))
    say("installing this checkout into .venv")
    pip("--no-deps", "--no-index", "--no-build-isolation", "--editable", str(ROOT))


def is_usable() -> bool:
    """Whether .venv was finished, was made for this folder, and still has its Python and pip."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    made_by = [
        value.strip() for key, _, value in (line.partition("=") for line in lines) if key == "command "
    ]
    if made_by and not made_by[0].endswith(str(VENV)):
        return False  # moved or copied: its scripts still name the old folder
    probe = "import pip._internal.cli.main, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        stop(
            f"Python {version} here has no venv module. On Debian or Ubuntu: "
            f"{sudo()}apt-get install -y python{version}-venv; then run this again.",
            MISSING,
        )
    say(
        "repairing .venv (unfinished, moved or broken)"
        if VENV.exists()
        else f"making .venv (Python {version})"
    )
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    if not create_venv():
        stop(f"making {VENV} failed; see above. Is the disk full, or the folder not yours?", UNAVAILABLE)


def create_venv() -> bool:
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    return subprocess.run(command, stdout=sys.stderr, close_fds=False, check=False).returncode == 0


def pip(*arguments: str) -> None:
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment.pop("PYTHONHOME", None)
    done = subprocess.run(
        [PYTHON, "-m", "pip", "install", *quiet, *arguments],
        env=environment,
        stdout=sys.stderr,
        close_fds=False,
        check=False,
    )
    if done.returncode:
        stop(
            "installing failed; pip's reason is above. Without a direct connection set pip's own proxy or index "
            "(HTTPS_PROXY, or `pip config`), then run this again.",
            UNAVAILABLE,
        )


# ---------------------------------------------------------------- Qt's libraries


def ensure_qt(libraries: dict[str, str]) -> None:
    """On Linux: have Qt's shared libraries, installing them when this is root on Debian, else naming them."""
    if not sys.platform.startswith("linux") or not (missing := absent(libraries)):
        return
    if not is_debian():
        stop(f"Qt needs {', '.join(missing)}: install them with this system's package manager.", MISSING)
    packages = packages_for(missing)
    if not is_root():
        stop(
            f"Qt needs libraries that are missing here: {sudo()}apt-get install -y {' '.join(packages)}",
            MISSING,
        )
    say(f"installing Qt's libraries: {' '.join(packages)}")
    if not apt_install(packages) or (missing := absent(libraries)):
        stop(
            f"Qt needs {', '.join(missing)}, and apt-get install {' '.join(packages)} did not help.", MISSING
        )


def absent(libraries: dict[str, str]) -> dict[str, str]:
    return {name: package for name, package in libraries.items() if not loads(name)}


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def packages_for(missing: dict[str, str]) -> list[str]:
    return sorted({current_name(package) for package in missing.values()})


def current_name(package: str) -> str:
    newer = RENAMED.get(package)
    if (
        newer
        and subprocess.run(["apt-cache", "show", newer], capture_output=True, check=False).returncode == 0
    ):
        return newer
    return package


def apt_install(packages: Sequence[str]) -> bool:
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    # A fresh system knows no packages yet, an old one knows versions that are gone: then update and try again.
    return apt(install) or (apt(["apt-get", "update", "-q"]) and apt(install))


def apt(command: Sequence[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0


def is_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def sudo() -> str:
    return "" if is_root() else "sudo "


def display_libraries() -> dict[str, str]:
    """What Qt needs for the display there is; where there are two, one that works is enough."""
    displays = {"DISPLAY": X11_LIBRARIES, "WAYLAND_DISPLAY": WAYLAND_LIBRARIES}
    usable = [libraries for variable, libraries in displays.items() if os.environ.get(variable)]
    best = min(usable, key=lambda libraries: len(absent(libraries)), default={})
    return QT_LIBRARIES | best


def has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# ---------------------------------------------------------------- commands


def inside() -> dict[str, str]:
    """The environment variables of a program that runs in .venv."""
    variables = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    variables["PATH"] = os.pathsep.join([str(SCRIPTS), variables.get("PATH", os.defpath)])
    variables.pop("PYTHONHOME", None)
    return variables


def become(command: Sequence[str], variables: dict[str, str]) -> int:
    """Replace this process, so that signals and exit code are the program's own (Windows: wait for it)."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], list(command), variables)  # noqa: S606 - the point of it
    return subprocess.run(command, env=variables, check=False).returncode


def setup(arguments: Sequence[str]) -> int:
    if arguments:
        stop("setup takes no arguments", 2)
    if is_ready("dev"):
        say("ready, nothing to do")
    ensure("dev")
    return 0


def demo(arguments: Sequence[str]) -> int:
    variables = inside()
    if "--headless" in arguments or not has_display():
        variables.setdefault("QT_QPA_PLATFORM", "offscreen")
        ensure_qt(QT_LIBRARIES)
    else:
        ensure_qt(display_libraries())
    ensure("runtime")
    return become([str(PYTHON), "-m", "planner_desktop.demo", *arguments], variables)


def desktop(arguments: Sequence[str]) -> int:
    if not has_display() and "QT_QPA_PLATFORM" not in os.environ:
        stop(
            "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). "
            "Without a window: python3 run.py exec -- planner --help",
            MISSING,
        )
    ensure_qt(display_libraries())
    ensure("runtime")
    return become([str(PYTHON), "-m", "planner_desktop.bootstrap", *arguments], inside())


def test(arguments: Sequence[str]) -> int:
    ensure_qt(QT_LIBRARIES)
    ensure("dev")
    if arguments:
        return pytest(*arguments)
    say("the server's tests on PostgreSQL")
    on_postgres = pytest("--postgres", "tests/planner_server")
    say("all tests on SQLite")
    return pytest() or on_postgres


def pytest(*arguments: str) -> int:
    variables = {"QT_QPA_PLATFORM": "offscreen", **inside()}
    alone = any(word.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for word in arguments)
    workers = () if alone else ("-n", "2", "--dist", "worksteal")
    return run([PYTHON, "-m", "pytest", *workers, *arguments], variables)


def check(arguments: Sequence[str]) -> int:
    if arguments:
        stop("check takes no arguments", 2)
    ensure("dev")
    steps: dict[str, list[str | Path]] = {
        "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
        "formatting": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
        "arrows (who may import whom)": [PYTHON, "-m", "tests.architecture.arrows"],
        "types": [PYTHON, "-m", "mypy"],
    }
    # The types of the server's models come from its settings, which keep a key in their data folder.
    variables = inside() | {"PLANNER_DATA_DIR": str(ROOT / ".mypy_cache" / "server")}
    failed = []
    for name, command in steps.items():
        say(f"checking {name}")
        if run(command, variables):
            failed.append(name)
    say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


def run(command: Sequence[str | Path], variables: dict[str, str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


def execute(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        stop("exec needs a command: python3 run.py exec -- COMMAND", 2)
    ensure("runtime")
    variables = inside()
    program = shutil.which(arguments[0], path=variables["PATH"])
    if program is None:
        stop(
            f"{arguments[0]}: command not found (tools for tests come with: python3 run.py setup)", NOT_FOUND
        )
    return become([program, *arguments[1:]], variables)


COMMANDS = {"setup": setup, "demo": demo, "desktop": desktop, "test": test, "check": check, "exec": execute}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(__doc__.strip())
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        stop(f"unknown command {arguments[0]!r}; known: {', '.join(COMMANDS)}", 2)
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


def check_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
        found = ".".join(map(str, sys.version_info[:3]))
        newer = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
        remedy = f"{newer[0]} run.py" if newer else "install Python 3.11 or newer (with its venv module)"
        stop(f"this is Python {found}, Planner needs 3.11 or newer: {remedy}", MISSING)


if __name__ == "__main__":
    check_python()
    sys.exit(main(sys.argv[1:]))
