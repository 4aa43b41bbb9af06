"""Where everything is served. The sync extension can be left out: its absence is how a desktop sees a plain platform."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("planner_server.api.urls")),
    path("api/", include("planner_server.api.pages")),
    path("staff/", include("planner_server.staff.urls")),
]
if settings.PLANNER_SYNC_EXTENSION:
    urlpatterns.append(path("sync/v1/", include("planner_server.sync_api.urls")))
