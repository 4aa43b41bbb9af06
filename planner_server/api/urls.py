"""The addresses under /api/v1/."""

from __future__ import annotations

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from planner_server.accounts.views import (
    AccountView,
    LoginView,
    LogoutView,
    RefreshView,
    SectorViewSet,
    SiteViewSet,
)
from planner_server.api.views import Unknown
from planner_server.library.views import IndustryViewSet, KeywordsLibraryViewSet
from planner_server.planning.views import ClusterViewSet, ContentIdeasViewSet, KeywordViewSet

router = SimpleRouter()
router.register("auth/sites", SiteViewSet, basename="site")
router.register("auth/sectors", SectorViewSet, basename="sector")
router.register("auth/industries", IndustryViewSet, basename="industry")
router.register("keywords-library", KeywordsLibraryViewSet, basename="seed")
router.register("planner/keywords", KeywordViewSet, basename="keyword")
router.register("planner/clusters", ClusterViewSet, basename="cluster")
router.register("planner/ideas", ContentIdeasViewSet, basename="idea")

urlpatterns = [
    path("auth/login/", LoginView.as_view(), name="login"),
    path("auth/refresh/", RefreshView.as_view(), name="refresh"),
    path("auth/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("auth/logout/", LogoutView.as_view(), name="logout"),
    path("auth/account/", AccountView.as_view(), name="account"),
    path("", include(router.urls)),
    re_path("", Unknown.as_view()),
]
