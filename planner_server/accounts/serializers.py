"""The REST shapes of people, accounts, sites and sectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from planner_server.accounts.models import SECTORS_A_SITE, Account, User
from planner_server.accounts.tokens import Pair
from planner_server.api.fields import MomentField, RowId, iso

SLUG_LENGTH = 255


class LoginBody(serializers.Serializer[Any]):
    """Body of auth/login/; `device` and `app` name the place for the list of devices."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(trim_whitespace=False, max_length=1024)
    device = serializers.CharField(required=False, default="", allow_blank=True, max_length=255)
    app = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)


class RefreshBody(serializers.Serializer[Any]):
    """Body of auth/refresh/."""

    refresh = serializers.CharField(max_length=4096)


class SiteSerializer(serializers.Serializer[Any]):
    """A site. `industry` is chosen by select_sectors."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True)
    name = serializers.CharField(max_length=255)
    slug = serializers.CharField(read_only=True)
    domain = serializers.CharField(required=False, allow_blank=True, max_length=255)
    industry = serializers.IntegerField(source="industry_id", read_only=True, allow_null=True)
    industry_name = serializers.CharField(
        source="industry.name", read_only=True, allow_null=True, default=None
    )
    industry_slug = serializers.CharField(
        source="industry.slug", read_only=True, allow_null=True, default=None
    )
    is_active = serializers.BooleanField(required=False)
    created_at = MomentField()
    updated_at = MomentField()


class PublicSiteSerializer(serializers.Serializer[Any]):
    """What everybody may know of an active site."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    slug = serializers.CharField(read_only=True)
    domain = serializers.CharField(read_only=True)
    industry = serializers.IntegerField(source="industry_id", read_only=True, allow_null=True)
    industry_name = serializers.CharField(
        source="industry.name", read_only=True, allow_null=True, default=None
    )
    industry_slug = serializers.CharField(
        source="industry.slug", read_only=True, allow_null=True, default=None
    )
    is_active = serializers.BooleanField(read_only=True)


class SectorSerializer(serializers.Serializer[Any]):
    """A sector of a site."""

    id = serializers.IntegerField(read_only=True)
    uid = serializers.CharField(read_only=True)
    site = serializers.IntegerField(source="site_id", read_only=True)
    industry_sector = serializers.IntegerField(source="industry_sector_id", read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True)
    slug = serializers.CharField(read_only=True)
    is_active = serializers.BooleanField(read_only=True)


class SelectSectorsBody(serializers.Serializer[Any]):
    """Body of select_sectors. Without `sector_slugs` the industry's sectors are taken, if there are few enough."""

    industry_slug = serializers.CharField(max_length=SLUG_LENGTH)
    sector_slugs = serializers.ListField(
        child=serializers.CharField(max_length=SLUG_LENGTH),
        required=False,
        min_length=1,
        max_length=SECTORS_A_SITE,
    )


class CreateSectorBody(serializers.Serializer[Any]):
    """Body of POST auth/sectors/: one more sector for a site. The names without `_id`, which rows have, are taken too."""

    site_id = RowId()
    industry_sector_id = RowId()

    def to_internal_value(self, data: Any) -> Any:
        """Take the names of a row for those of the body."""
        if isinstance(data, Mapping):
            both = {f"{name}_id": data[name] for name in ("site", "industry_sector") if name in data}
            data = {**both, **data}
        return super().to_internal_value(data)


def shown_account(account: Account) -> dict[str, Any]:
    """Return the account as it stands inside a sign-in answer."""
    return {"id": account.pk, "uid": account.uid, "name": account.name, "slug": account.slug}


def shown_user(user: User) -> dict[str, Any]:
    """Return a person as a sign-in answer has him."""
    return {
        "id": user.pk,
        "uid": user.uid,
        "email": user.email,
        "username": user.email.partition("@")[0],
        "name": user.name,
        "role": user.role,
        "account": shown_account(user.account),
    }


def shown_pair(pair: Pair) -> dict[str, Any]:
    """Return tokens with the times they run out."""
    return {
        "access": pair.access,
        "refresh": pair.refresh,
        "access_expires_at": iso(round(pair.access_expires_at.timestamp() * 1000)),
        "refresh_expires_at": iso(round(pair.refresh_expires_at.timestamp() * 1000)),
    }
