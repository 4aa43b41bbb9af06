"""`python -m planner_desktop.demo [--headless] [--data-dir DIR] [--shots DIR]`: the product at work, in one command."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from planner_desktop.app.files import make_private
from planner_desktop.app.opening import open_planner
from planner_desktop.app.profile import Profile, default_folder
from planner_desktop.demo.pictures import NoPictures, take
from planner_desktop.demo.platform import Platform, PlatformFailed
from planner_desktop.demo.story import Broken, Told, open_profile, tell_the_rest, tell_to_the_dispute
from sync.errors import PlannerError

KEYWORDS = 5_000
SEEDS = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration. Returns 0 only if every step held."""
    options = _options(arguments)
    # So that being told to end runs through every `finally` below, and ends the platform with it.
    signal.signal(signal.SIGTERM, _end)
    folder: Path = options.data_dir.expanduser().absolute()
    headless = options.headless or not has_display()
    try:
        make_private(folder)
        with Platform(folder / "platform") as platform:
            _prepare(platform, options.keywords, options.seeds)
            return _headless(platform, folder, options.shots) if headless else _window(platform, folder)
    except (Broken, PlatformFailed, NoPictures) as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
    except PlannerError as error:
        print(f"The demonstration failed: {error.message}\n{error.remedy}", file=sys.stderr)
    except OSError as error:
        print(
            f"The demonstration cannot use {error.filename or folder}: {error.strerror}. Name another --data-dir.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 1


def _prepare(platform: Platform, keywords: int, seeds: int) -> None:
    began = time.monotonic()
    made = platform.prepare(keywords=keywords, seeds=seeds)
    address = platform.start()
    print(
        f"Platform at {address}: {made['seeds']:,} seed keywords, {made['keywords']:,} keywords, {made['clusters']} clusters"
        f" ({time.monotonic() - began:.1f} s)",
        flush=True,
    )


def _headless(platform: Platform, folder: Path, shots: Path | None) -> int:
    owner, editor = platform.people()
    told = Told(lambda text: print(text, flush=True))
    with closing(open_profile(folder / "editor", platform.address, editor)) as ben:
        with closing(open_profile(folder / "owner", platform.address, owner)) as ada:
            dispute = tell_to_the_dispute(platform, ada, ben, told)
        # The window that is drawn writes too, and one process at a time may.
        pictures = make_private((shots or folder / "pictures").expanduser().absolute())
        taken = take(folder / "owner", pictures)
        told.step(f"{taken} pictures of the window are in {pictures}")
        with closing(open_planner(Profile.at(folder / "owner"))) as ada:
            tell_the_rest(ada, ben, dispute, told)
    print(f"Every step held: {told.steps} steps in {told.seconds:.1f} s.")
    return 0


def _window(platform: Platform, folder: Path) -> int:
    owner, _ = platform.people()
    open_profile(folder / "owner", platform.address, owner).close()
    print(f"Signed in as {owner.email}. The platform ends with the window.", flush=True)
    # Qt only now: without a display nothing of it is needed to tell the story.
    from planner_desktop.bootstrap import run_window  # noqa: PLC0415

    return run_window(Profile.at(folder / "owner"))


def has_display() -> bool:
    """Return whether a window can be seen here."""
    if os.environ.get("QT_QPA_PLATFORM") in {"offscreen", "minimal"}:
        return False
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _end(_number: int, _frame: object) -> None:
    raise SystemExit(143)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m planner_desktop.demo",
        description="Starts a platform on this computer, signs in, and opens the window on it.",
    )
    parser.add_argument(
        "--headless", action="store_true", help="tell a story without a window, and check every step of it"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=default_folder() / "demo",
        metavar="DIR",
        help="where it lives (default: %(default)s)",
    )
    parser.add_argument(
        "--shots", type=Path, default=None, metavar="DIR", help="where pictures go (default: DIR/pictures)"
    )
    parser.add_argument(
        "--keywords",
        type=int,
        default=KEYWORDS,
        metavar="N",
        help="how many there are (default: %(default)s)",
    )
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help="size of the library (default: %(default)s)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
