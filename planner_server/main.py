"""The entry point of `planner-server`."""

from planner_server.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
