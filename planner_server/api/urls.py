"""The addresses under /api/v1/."""

from __future__ import annotations

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from planner_server.accounts.security_views import (
    DeviceViewSet,
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetView,
    RegisterView,
)
from planner_server.accounts.site_views import SectorViewSet, SiteViewSet
from planner_server.accounts.team_views import (
    AccountView,
    AccountViewSet,
    GroupsView,
    PlanViewSet,
    SiteAccessViewSet,
    SubscriptionViewSet,
    UserViewSet,
)
from planner_server.accounts.views import LoginView, LogoutView, RefreshView
from planner_server.api.system import PingView, StatusView
from planner_server.api.views import Unknown
from planner_server.library.views import IndustryViewSet, KeywordsLibraryViewSet
from planner_server.planning.views import ClusterViewSet, ContentIdeasViewSet, KeywordViewSet
from planner_server.writer.views import TaskViewSet

router = SimpleRouter()
router.register("auth/sites", SiteViewSet, basename="site")
router.register("auth/sectors", SectorViewSet, basename="sector")
router.register("auth/accounts", AccountViewSet, basename="accounts")
router.register("auth/users", UserViewSet, basename="user")
router.register("auth/site-access", SiteAccessViewSet, basename="site-access")
router.register("auth/plans", PlanViewSet, basename="plan")
router.register("auth/subscriptions", SubscriptionViewSet, basename="subscription")
router.register("auth/devices", DeviceViewSet, basename="device")
router.register("auth/industries", IndustryViewSet, basename="industry")
router.register("keywords-library", KeywordsLibraryViewSet, basename="seed")
router.register("auth/keywords-library", KeywordsLibraryViewSet, basename="auth-seed")
router.register("planner/keywords", KeywordViewSet, basename="keyword")
router.register("planner/clusters", ClusterViewSet, basename="cluster")
router.register("planner/ideas", ContentIdeasViewSet, basename="idea")
router.register("writer/tasks", TaskViewSet, basename="task")

urlpatterns = [
    path("auth/login/", LoginView.as_view(), name="login"),
    path("auth/refresh/", RefreshView.as_view(), name="refresh"),
    path("auth/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("auth/logout/", LogoutView.as_view(), name="logout"),
    path("auth/account/", AccountView.as_view(), name="account"),
    path("auth/register/", RegisterView.as_view(), name="register"),
    path("auth/groups/", GroupsView.as_view(), name="groups"),
    path("auth/change-password/", PasswordChangeView.as_view(), name="change-password"),
    path("auth/password/change/", PasswordChangeView.as_view(), name="password-change"),
    path("auth/password/reset/", PasswordResetView.as_view(), name="password-reset"),
    path("auth/password/reset/confirm/", PasswordResetConfirmView.as_view(), name="password-reset-confirm"),
    path("system/ping/", PingView.as_view(), name="ping"),
    path("system/status/", StatusView.as_view(), name="status"),
    path("", include(router.urls)),
    re_path("", Unknown.as_view()),
]
