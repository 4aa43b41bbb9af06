"""Runs a module as a program that ends with its parent: `python -m tests.support.guarded MODULE ARGUMENTS...`.

Standard input is a pipe that nobody writes to; the system closes it when the parent ends, in whatever way.
"""

import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    # Not through sys.stdin: its lock, held by a thread that waits, would abort the interpreter at exit.
    while os.read(0, 1):
        pass
    os._exit(70)


def main() -> None:
    """Watch the parent and become the program."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
