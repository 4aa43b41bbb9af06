"""What handlers take and answer beyond their view's own serializer, for those that do not say it themselves (api/described.py)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planner_server.accounts.serializers import (
    CreateSectorBody,
    LoginBody,
    RefreshBody,
    SectorSerializer,
    SelectSectorsBody,
    SiteSerializer,
)
from planner_server.accounts.team_serializers import (
    AccountSerializer,
    PasswordChangeBody,
    RegisterBody,
    ResetAskBody,
    ResetBody,
)
from planner_server.api.described import Description
from planner_server.api.openapi.shapes import TEXT
from planner_server.api.system import PingSerializer, StatusSerializer

Shape = serializers.Serializer[Any]


class TokensShape(Shape):
    """Tokens with the times they run out."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    access_expires_at = serializers.DateTimeField()
    refresh_expires_at = serializers.DateTimeField()


class AccountNameShape(Shape):
    """An account inside a sign-in answer."""

    id = serializers.IntegerField()
    uid = serializers.CharField()
    name = serializers.CharField()
    slug = serializers.CharField()


class PersonShape(Shape):
    """The person who signed in."""

    id = serializers.IntegerField()
    uid = serializers.CharField()
    email = serializers.CharField()
    username = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    role = serializers.CharField()
    account = AccountNameShape()


class SignInShape(TokensShape):
    """Answer of auth/login/ and auth/register/."""

    user = PersonShape()
    device = serializers.CharField()


class SignedOutShape(Shape):
    """How many devices were signed out."""

    signed_out = serializers.IntegerField()


class NothingShape(Shape):
    """An empty object."""


class OwnAccountShape(AccountSerializer):
    """The account with the person who asks."""

    user = PersonShape(read_only=True)


class RoleShape(Shape):
    """A role and what it may do."""

    name = serializers.CharField()
    may_write = serializers.BooleanField()
    needs_site_access = serializers.BooleanField()
    manages_team = serializers.BooleanField()
    you_may_give = serializers.BooleanField()


class SitePickedShape(Shape):
    """The site inside the answer of select_sectors."""

    id = serializers.IntegerField()
    uid = serializers.CharField()
    name = serializers.CharField()
    industry = serializers.IntegerField()


class SectorsPickedShape(Shape):
    """Answer of select_sectors."""

    site = SitePickedShape()
    sectors = SectorSerializer(many=True)


class SectorStatsShape(Shape):
    """What the library has in one industry sector."""

    sector = serializers.IntegerField()
    sector_name = serializers.CharField()
    sector_slug = serializers.CharField()
    industry = serializers.IntegerField()
    industry_name = serializers.CharField()
    keywords_count = serializers.IntegerField()
    volume = serializers.IntegerField()
    difficulty = serializers.IntegerField(allow_null=True)


class PasswordTokenShape(Shape):
    """A token that sets a password."""

    password_token = serializers.CharField()


class SiteKeyShape(Shape):
    """A site's key, shown this once."""

    api_key = serializers.CharField()


_SIGNED_OUT = Description(answer=SignedOutShape)

DESCRIPTIONS: dict[tuple[str, str], Description] = {
    ("LoginView", "post"): Description(body=LoginBody, answer=SignInShape),
    ("RegisterView", "post"): Description(body=RegisterBody, answer=SignInShape, status=201),
    ("RefreshView", "post"): Description(body=RefreshBody, answer=TokensShape),
    ("LogoutView", "post"): Description(answer=NothingShape),
    ("PasswordChangeView", "post"): Description(body=PasswordChangeBody, answer=SignedOutShape),
    ("PasswordResetView", "post"): Description(body=ResetAskBody, answer=NothingShape),
    ("PasswordResetConfirmView", "post"): Description(body=ResetBody, answer=NothingShape),
    ("AccountView", "get"): Description(answer=OwnAccountShape),
    ("AccountView", "put"): Description(body=AccountSerializer, answer=OwnAccountShape),
    ("AccountView", "patch"): Description(body=AccountSerializer, answer=OwnAccountShape),
    ("GroupsView", "get"): Description(answer=RoleShape, many=True),
    ("PingView", "get"): Description(answer=PingSerializer),
    ("StatusView", "get"): Description(answer=StatusSerializer),
    ("DeviceViewSet", "sign_out_others"): _SIGNED_OUT,
    ("DeviceViewSet", "sign_out_all"): _SIGNED_OUT,
    ("UserViewSet", "sign_out"): _SIGNED_OUT,
    ("UserViewSet", "reset_password"): Description(answer=PasswordTokenShape),
    ("SiteViewSet", "list"): Description(queries={"slug": TEXT}),
    ("SiteViewSet", "set_active"): Description(answer=SiteSerializer),
    ("SiteViewSet", "sectors"): Description(answer=SectorSerializer, many=True),
    ("SiteViewSet", "select_sectors"): Description(body=SelectSectorsBody, answer=SectorsPickedShape),
    ("SiteViewSet", "api_key"): Description(answer=SiteKeyShape, status=201),
    ("SectorViewSet", "list"): Description(
        queries={"site": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}}
    ),
    ("SectorViewSet", "create"): Description(body=CreateSectorBody, answer=SectorSerializer),
    ("KeywordsLibraryViewSet", "sector_stats"): Description(answer=SectorStatsShape, many=True),
}
"""(view's class, method or action) -> its shapes. A subclass takes what its base has."""
