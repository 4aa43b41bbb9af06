"""The accounts application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Tenancy."""

    name = "planner_server.accounts"
    label = "accounts"
