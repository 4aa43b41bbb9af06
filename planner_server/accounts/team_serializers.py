"""The REST shapes of people, roles, grants, plans and devices."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from planner_server.accounts.models import Account, Device, SiteAccess, User
from planner_server.accounts.team import GIVES
from planner_server.api.fields import MomentField, RowId

PASSWORD_LENGTH = 1024
ROLES = tuple(dict.fromkeys(role for roles in GIVES.values() for role in roles))


class Password(serializers.CharField):
    """A password as it was typed: blanks count."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound it; what makes a good one is asked later."""
        super().__init__(trim_whitespace=False, max_length=PASSWORD_LENGTH, write_only=True, **kwargs)


class PlanSerializer(serializers.Serializer[Any]):
    """A plan; a limit of null is none."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    slug = serializers.CharField(read_only=True)
    included_credits = serializers.IntegerField(read_only=True)
    max_sites = serializers.IntegerField(read_only=True, allow_null=True)
    max_users = serializers.IntegerField(read_only=True, allow_null=True)
    max_keywords = serializers.IntegerField(read_only=True, allow_null=True)
    max_sectors = serializers.IntegerField(read_only=True, allow_null=True)
    max_ahrefs_queries = serializers.IntegerField(read_only=True, allow_null=True)
    is_active = serializers.BooleanField(read_only=True)
    is_internal = serializers.BooleanField(read_only=True)


class SubscriptionSerializer(serializers.Serializer[Account]):
    """What an account has taken: its plan. There is one for each account with a plan; its id is the account's."""

    id = serializers.IntegerField(source="pk", read_only=True)
    account = serializers.IntegerField(source="pk", read_only=True)
    plan = PlanSerializer(read_only=True)
    status = serializers.SerializerMethodField()

    def get_status(self, account: Account) -> str:
        """Return `active`, or `suspended` where the account or its plan is switched off."""
        is_running = account.is_active and account.plan is not None and account.plan.is_active
        return "active" if is_running else "suspended"


class AccountSerializer(serializers.Serializer[Account]):
    """An account; limits are those in force, null is none. Writable: name and time zone."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=255)
    slug = serializers.CharField(read_only=True)
    plan = PlanSerializer(read_only=True, allow_null=True)
    account_timezone = serializers.CharField(max_length=64, required=False)
    is_active = serializers.BooleanField(read_only=True)
    max_sites = serializers.SerializerMethodField()
    max_users = serializers.SerializerMethodField()
    max_keywords = serializers.SerializerMethodField()
    max_sectors = serializers.SerializerMethodField()
    created_at = MomentField()

    def get_max_sites(self, account: Account) -> int | None:
        """Return how many sites the account may have."""
        return account.limit("max_sites")

    def get_max_users(self, account: Account) -> int | None:
        """Return how many active people it may have."""
        return account.limit("max_users")

    def get_max_keywords(self, account: Account) -> int | None:
        """Return how many live keywords it may have."""
        return account.limit("max_keywords")

    def get_max_sectors(self, account: Account) -> int:
        """Return how many active sectors a site of it may have."""
        return account.sectors_a_site

    def validate_account_timezone(self, value: str) -> str:
        """Take a name of the IANA list."""
        if value not in available_timezones():
            raise serializers.ValidationError(
                f"{value!r} is no time zone of the IANA list, as Europe/Berlin is."
            )
        return value


class UserSerializer(serializers.Serializer[User]):
    """A person. `password` is taken on creation only; without it the answer brings a token that sets one."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True)
    email = serializers.EmailField(max_length=254)
    username = serializers.SerializerMethodField()
    name = serializers.CharField(max_length=255, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=ROLES, required=False)
    is_active = serializers.BooleanField(required=False)
    password = Password(required=False)
    password_reset_asked_at = serializers.SerializerMethodField()
    created_at = MomentField()

    def get_username(self, user: User) -> str:
        """Return the first part of the address."""
        return user.email.partition("@")[0]

    def get_password_reset_asked_at(self, user: User) -> str | None:
        """Return when he said that he forgot his password, null while he has not."""
        return None if user.reset_asked_at is None else MomentField().to_representation(user.reset_asked_at)

    def to_representation(self, instance: User) -> Any:
        """Show whoever has a role that nobody gives (developer), too."""
        return {**super().to_representation(instance), "role": instance.role}


class SiteAccessSerializer(serializers.Serializer[SiteAccess]):
    """A site given to a person."""

    id = serializers.IntegerField(read_only=True)
    user_id = RowId()
    site_id = RowId()
    user_email = serializers.CharField(source="user.email", read_only=True)
    site_name = serializers.CharField(source="site.name", read_only=True)


class DeviceSerializer(serializers.Serializer[Device]):
    """A place where somebody is signed in."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    app = serializers.CharField(read_only=True)
    created_at = MomentField()
    last_seen_at = MomentField()
    is_current = serializers.SerializerMethodField()

    def get_is_current(self, device: Device) -> bool:
        """Return whether this request comes from it."""
        current = self.context.get("device")
        return isinstance(current, Device) and current.pk == device.pk


class PasswordChangeBody(serializers.Serializer[Any]):
    """Body of auth/change-password/. `old` and `new`, `current_password` and `confirm_password` are understood, too."""

    old_password = Password()
    new_password = Password()
    confirm_password = Password(required=False)

    ALIASES = {"old": "old_password", "current_password": "old_password", "new": "new_password"}

    def to_internal_value(self, data: Any) -> Any:
        """Take other names of the two."""
        if isinstance(data, dict):
            data = {**{self.ALIASES.get(name, name): value for name, value in data.items()}, **data}
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the repetition, where there is one."""
        if attrs.get("confirm_password", attrs["new_password"]) != attrs["new_password"]:
            raise serializers.ValidationError({"confirm_password": ["The two new passwords differ."]})
        return attrs


class ResetAskBody(serializers.Serializer[Any]):
    """Body of auth/password/reset/."""

    email = serializers.CharField(max_length=254)


class ResetBody(serializers.Serializer[Any]):
    """Body of auth/password/reset/confirm/. `password` is understood for `new_password`."""

    token = serializers.CharField(max_length=255)
    new_password = Password()

    def to_internal_value(self, data: Any) -> Any:
        """Take the other name of the password."""
        if isinstance(data, dict) and "password" in data:
            data = {"new_password": data["password"], **data}
        return super().to_internal_value(data)


class RegisterBody(serializers.Serializer[Any]):
    """Body of auth/register/. `username` is taken and not needed: people sign in with their address."""

    email = serializers.EmailField(max_length=254)
    password = Password()
    first_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    last_name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    username = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    account_name = serializers.CharField(max_length=255, required=False, default="", allow_blank=True)
    device = serializers.CharField(required=False, default="", allow_blank=True, max_length=255)
    app = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
