"""The audit application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit trail."""

    name = "planner_server.audit"
    label = "audit"
