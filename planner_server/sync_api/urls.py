"""Addresses of the sync extension."""

from django.urls import URLPattern, URLResolver, path

from planner_server.sync_api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("hello", views.HelloView.as_view()),
    path("scopes/<str:scope>/push", views.PushView.as_view()),
    path("scopes/<str:scope>/pull", views.PullView.as_view()),
    path("scopes/<str:scope>/snapshot", views.SnapshotView.as_view()),
    path("scopes/<str:scope>/digest", views.DigestView.as_view()),
    path("scopes/<str:scope>/ops/known", views.KnownView.as_view()),
    path("<path:rest>", views.nowhere),
]
