"""Planner Desktop: a local-first planner for SEO editors, with a window and with a command line.

Importing this package costs nothing; `planner_desktop.bootstrap` and `planner_desktop.cli` put the parts together.
"""

VERSION = "0.1.0"
