"""Use cases of the desktop, without Qt: profiles and accounts, and everything a person can ask of a planner.

`Profile` is the folder on disk, `Planner` what a window or a command line holds of one signed-in account.
Heavy libraries stay out until they are needed: see `opening`.
"""
