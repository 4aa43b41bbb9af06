"""The command line `planner`: the same application without a window. Shapes and exit codes are a contract."""
