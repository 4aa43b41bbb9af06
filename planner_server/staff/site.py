"""The admin site: who gets in, and how often somebody may try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from planner_server.accounts.models import User
from planner_server.api import throttling
from planner_server.feed.gate import Actor

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:  # Django's own classes take no parameters at run time
    Admin, ModelForm = admin.ModelAdmin, forms.ModelForm

APP = "staff pages"


class StaffSite(AdminSite):
    """Django's admin for people with is_staff, of a live account."""

    site_header = "Planner Server, staff"
    site_title = "Planner Server, staff"
    index_title = "What the platform's staff looks after"
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the request is a staff member's."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and user.account.is_active

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the sign-in; guessing is counted like that of any client."""
        if request.method == "POST":
            reading = throttling.take("auth_strict", str(request.META.get("REMOTE_ADDR", "")))
            if reading is not None and reading.is_over:
                wait = {"Retry-After": str(reading.wait)}
                return HttpResponse(
                    "Too many tries. Wait a minute.", status=429, content_type="text/plain", headers=wait
                )
        page: HttpResponse = super().login(request, extra_context)
        return page


SITE = StaffSite(name="admin")


def staff_actor(request: HttpRequest, label: str) -> Actor:
    """Return the staff member as the feed and the audit trail remember him."""
    assert isinstance(request.user, User)
    return Actor("user", request.user.uid, app=APP, label=label)


class Page(Admin):
    """A page on which nothing is made or deleted unless it says so: rows of the platform are switched off, not deleted."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django passes it
        """Nothing is made here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django passes them
        """Nothing is deleted here."""
        return False


class ReadOnly(Page):
    """A page to look at."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django passes them
        """Nothing is changed here."""
        return False
