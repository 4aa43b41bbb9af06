"""The REST API as an application: what it remembers of requests."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Answers kept for repeated requests, and counts of requests where several processes share them."""

    name = "planner_server.api"
    label = "api"
