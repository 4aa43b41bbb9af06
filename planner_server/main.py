"""The entry point of `planner-server`."""

from planner_server.cli.app import main

if __name__ == "__main__":
    main()
