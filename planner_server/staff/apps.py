"""The staff application: it has templates and no tables."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Pages of the staff."""

    name = "planner_server.staff"
    label = "staff"
