"""The planning application."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Keywords, clusters, ideas."""

    name = "planner_server.planning"
    label = "planning"
