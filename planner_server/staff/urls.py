"""The addresses under /staff/."""

from django.urls import URLPattern, URLResolver

# Imported for what they register with the site.
from planner_server.staff import accounts, audit, library
from planner_server.staff.site import SITE

PAGES = (accounts, audit, library)

app_name = "admin"
urlpatterns: list[URLPattern | URLResolver] = SITE.urls[0]
