"""The WSGI application that waitress, gunicorn or a test serves."""

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from planner_server.cli.environment import SETTINGS, refuse_unsafe_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)


def made() -> WSGIHandler:
    """Return the application. Raises Failure for a database that must not be opened: not every server comes through our commands."""
    handler = get_wsgi_application()
    refuse_unsafe_database()
    return handler


application = made()
