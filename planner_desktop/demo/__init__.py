"""The demonstration: a real platform on this computer, a signed-in profile, and a story that is told and checked.

Start it with `python -m planner_desktop.demo`.
"""
