"""The callers of the REST tests: accounts are reached the same way."""

from tests.planner_server.api.conftest import editor, nobody, owner, quick_passwords, rival, team, viewer

__all__ = ["editor", "nobody", "owner", "quick_passwords", "rival", "team", "viewer"]
