"""Staff pages of plans, accounts, people, devices and sites."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from planner_server import clock
from planner_server.accounts import services, team
from planner_server.accounts.models import Account, Device, Plan, Site, User
from planner_server.accounts.passwords import reset_token
from planner_server.refusals import Refusal
from planner_server.staff.site import SITE, ModelForm, Page, ReadOnly, staff_actor
from planner_server.staff.times import shown

_LIMITS = ("max_sites", "max_users", "max_keywords", "max_sectors")


@admin.register(Plan, site=SITE)
class PlanAdmin(Page):
    """Plans and their limits; an empty limit is none. A plan that accounts have is taken out of force, not deleted."""

    list_display = (
        "name",
        "slug",
        "included_credits",
        *_LIMITS,
        "max_ahrefs_queries",
        "is_active",
        "is_internal",
    )
    list_filter = ("is_active", "is_internal")
    prepopulated_fields = {"slug": ("name",)}

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django passes it
        """Plans are made here."""
        return True

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:  # noqa: ARG002 - Django's
        """Store the plan with the time it was made."""
        if not change:
            obj.created_at = clock.now_ms()
        obj.save()


class _AccountForm(ModelForm):
    def clean_account_timezone(self) -> str:
        """Take a name of the IANA list."""
        name: str = self.cleaned_data["account_timezone"]
        if name not in available_timezones():
            raise forms.ValidationError("No time zone of the IANA list, as Europe/Berlin is.")
        return name


@admin.register(Account, site=SITE)
class AccountAdmin(Page):
    """Accounts. A limit of the account's own goes before its plan's. New ones: `planner-server create-account`, or registration."""

    form = _AccountForm
    list_display = ("name", "slug", "plan", *_LIMITS, "is_active", "made")
    list_filter = ("is_active", "plan")
    list_select_related = ("plan",)
    search_fields = ("name", "slug", "users__email")
    fields = ("name", "slug", "plan", *_LIMITS, "account_timezone", "is_active")
    readonly_fields = ("slug",)

    @admin.display(description="made")
    def made(self, account: Account) -> str:
        """Return when the account was made."""
        return shown(account.created_at)


class _UserForm(ModelForm):
    """Rules of the team hold for the staff, too: a refusal is shown beside the field."""

    made: User

    def _post_clean(self) -> None:
        # The last step of checking: the page saves nothing by itself, and what a service refuses is shown on it.
        super()._post_clean()  # type: ignore[misc]  # the stubs lack it
        if self.errors:
            return
        given = self.cleaned_data
        try:
            if self.instance.pk is None:
                self.made = services.user_create(
                    account=given["account"],
                    email=given["email"],
                    password=None,
                    name=given["name"],
                    role=given["role"],
                )
            else:
                self.made = team.member_update(
                    by=None,
                    user=User.objects.get(pk=self.instance.pk),
                    name=given["name"],
                    role=given["role"],
                    is_active=given["is_active"],
                )
        except Refusal as refusal:
            self.add_error(None, str(refusal))


@admin.register(User, site=SITE)
class UserAdmin(Page):
    """People of all accounts."""

    form = _UserForm
    list_display = ("email", "name", "role", "account", "is_active", "is_staff", "asked")
    list_filter = ("role", "is_active", "is_staff")
    list_select_related = ("account",)
    search_fields = ("email", "name")
    autocomplete_fields = ("account",)
    actions = ("hand_out_token", "sign_out")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django passes it
        """People are made here."""
        return True

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """Return the fields: address and account are set once."""
        return ("email", "account", "name", "role") + (("is_active", "is_staff") if obj else ())

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """Return what is not changed any more."""
        return ("email", "account") if obj else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Take over what the services made of it; a new person gets a token to set a password with."""
        if not change:
            obj.pk, obj.uid = form.made.pk, form.made.uid
            obj.created_at = form.made.created_at
            self._hand_out(request, form.made)
            return
        is_staff = form.cleaned_data["is_staff"]
        if obj.pk == getattr(request.user, "pk", None) and not is_staff:
            messages.error(request, "Nobody takes the staff pages from himself. Ask a colleague.")
            return
        User.objects.filter(pk=obj.pk).update(is_staff=is_staff)

    @admin.display(description="forgot password")
    def asked(self, user: User) -> str:
        """Return when he said that he forgot his password."""
        return shown(user.reset_asked_at)

    @admin.action(description="Make a token for a new password")
    def hand_out_token(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Show tokens to hand out."""
        for user in people.select_related("account"):
            self._hand_out(request, user)

    @admin.action(description="Sign out on all devices")
    def sign_out(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """End every sign-in."""
        ended = sum(team.sign_out_everywhere(user) for user in people)
        messages.success(request, f"{ended} devices are signed out.")

    def _hand_out(self, request: HttpRequest, user: User) -> None:
        try:
            token = reset_token(by=None, user=user)
        except Refusal as refusal:
            messages.error(request, f"{user.email}: {refusal}")
            return
        messages.warning(request, f"{user.email} sets a password with this token, once: {token}")


@admin.register(Device, site=SITE)
class DeviceAdmin(ReadOnly):
    """Where people are signed in."""

    list_display = ("user", "name", "app", "seen", "ended")
    list_select_related = ("user",)
    search_fields = ("user__email", "name", "uid")
    ordering = ("-pk",)

    @admin.display(description="last seen")
    def seen(self, device: Device) -> str:
        """Return when it last took new tokens."""
        return shown(device.last_seen_at)

    @admin.display(description="signed out")
    def ended(self, device: Device) -> str:
        """Return when it was signed out."""
        return shown(device.revoked_at)


class _SiteForm(ModelForm):
    class Meta:
        model = Site
        fields = ("name", "domain", "is_active")


@admin.register(Site, site=SITE)
class SiteAdmin(Page):
    """Sites of all accounts, those in the trash included. Every change is a version of the account's feed."""

    form = _SiteForm
    list_display = ("name", "slug", "account", "industry", "domain", "is_active", "in_trash")
    list_filter = ("is_active", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("account", "industry")
    search_fields = ("name", "slug", "domain", "account__name")
    actions = ("restore", "move_to_trash")

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:  # noqa: ARG002 - Django's
        """Change the site through its account's gate."""
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        if values:
            actor = staff_actor(request, f"Staff: change site {obj.name}")
            services.site_update(site=Site.objects.get(pk=obj.pk), actor=actor, **values)

    @admin.display(description="in the trash since")
    def in_trash(self, site: Site) -> str:
        """Return when it was deleted."""
        return shown(site.deleted_at)

    @admin.action(description="Bring back from the trash")
    def restore(self, request: HttpRequest, sites: QuerySet[Site]) -> None:
        """Bring sites back with the sectors that went with them."""
        for site in sites.filter(deleted_at__isnull=False).select_related("account"):
            try:
                services.site_restore(
                    site=site, actor=staff_actor(request, f"Staff: bring back site {site.name}")
                )
            except Refusal as refusal:
                messages.error(request, f"{site.name}: {refusal}")
            else:
                messages.success(request, f"{site.name} is back.")

    @admin.action(description="Move to the trash")
    def move_to_trash(self, request: HttpRequest, sites: QuerySet[Site]) -> None:
        """Move sites to the trash with all that is planned there."""
        for site in sites.filter(deleted_at__isnull=True).select_related("account"):
            services.site_delete(
                site=site, actor=staff_actor(request, f"Staff: move site {site.name} to the trash")
            )
            messages.success(request, f"{site.name} is in the trash.")
