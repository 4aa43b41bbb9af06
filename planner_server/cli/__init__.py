"""The `planner-server` command line: one module a command, composed in planner_server.main."""
