"""The WSGI application that waitress, gunicorn or a test serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planner_server.config.settings")

application = get_wsgi_application()
