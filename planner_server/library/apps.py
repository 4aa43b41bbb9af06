"""The library application."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """The keyword library."""

    name = "planner_server.library"
    label = "library"
