"""auth/: signing in and out, the account, its sites and their sectors."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.accounts import services
from planner_server.accounts.models import Device, Sector, Site, User
from planner_server.accounts.serializers import (
    AccountSerializer,
    CreateSectorBody,
    LoginBody,
    RefreshBody,
    SectorSerializer,
    SelectSectorsBody,
    SiteSerializer,
    shown_pair,
    shown_user,
)
from planner_server.accounts.tokens import SignInNeeded, may_sign_in, rotate, sign_in
from planner_server.accounts.visibility import visible_sectors, visible_sites
from planner_server.api.envelope import Answer
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped
from planner_server.feed.gate import Actor
from planner_server.library.models import Industry, IndustrySector

WRONG = "E-mail or password is wrong."


class LoginView(Enveloped):
    """POST auth/login/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        """Return user and tokens. The answer does not tell an unknown address from a wrong password."""
        body = LoginBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        user = authenticate(request._request, username=given["email"], password=given["password"])  # noqa: SLF001 - Django wants its own
        if not isinstance(user, User) or not may_sign_in(user):
            raise AuthenticationFailed(WRONG)
        device, pair = sign_in(user, device_name=given["device"], app=given["app"])
        return Answer(
            {"user": shown_user(user), "device": device.uid, **shown_pair(pair)}, message="Signed in"
        )


class RefreshView(Enveloped):
    """POST auth/refresh/ and auth/token/refresh/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        """Return a new pair; the refresh token sent is spent."""
        body = RefreshBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            pair = rotate(body.validated_data["refresh"])
        except SignInNeeded as error:
            raise AuthenticationFailed(
                "The refresh token is spent, expired or revoked. Sign in again."
            ) from error
        return Answer(shown_pair(pair))


class LogoutView(Enveloped):
    """POST auth/logout/."""

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """End this device's tokens, the access token of this very request included."""
        assert isinstance(request.auth, Device)
        services.device_revoke(device=request.auth)
        return Answer({}, message="Signed out")


class AccountView(Enveloped):
    """GET auth/account/."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return the account with the person who asks."""
        shown = dict(AccountSerializer(self.user.account).data)
        return Answer({**shown, "user": shown_user(self.user)})


class SiteViewSet(
    Enveloped,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    viewsets.GenericViewSet[Site],
):
    """auth/sites/."""

    serializer_class = SiteSerializer
    pagination_class = Pages
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Site]:
        """Return the sites the user sees; `slug` picks one of them."""
        sites = visible_sites(self.user).select_related("industry", "account").order_by("id")
        slug = self.request.query_params.get("slug", "").replace("\x00", "")
        return sites.filter(slug=slug) if slug else sites

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Make a site of the caller's account. Who needs grants gets one for it."""
        body = SiteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        site = services.site_create(
            account=self.user.account, actor=_actor(self.user), name=given["name"], domain=given["domain"]
        )
        if self.user.needs_grants:
            services.site_grant(user=self.user, site=site)
        return Response(SiteSerializer(site).data, status=201)

    @action(detail=True, methods=["get"])
    def sectors(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """Return the site's active sectors, as one list."""
        active = self.get_object().sectors.filter(deleted_at=None, is_active=True).order_by("id")
        return Response(SectorSerializer(active, many=True).data)

    @action(detail=True, methods=["post"])
    def select_sectors(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """Set the site's industry and make exactly these sectors its active ones."""
        site = self.get_object()
        body = SelectSectorsBody(data=request.data)
        body.is_valid(raise_exception=True)
        industry = Industry.objects.filter(slug=body.validated_data["industry_slug"], is_active=True).first()
        if industry is None:
            raise ValidationError(
                {"industry_slug": ["The library has no such industry. See auth/industries/."]}
            )
        sectors = _industry_sectors(industry, body.validated_data.get("sector_slugs"))
        chosen = services.site_select_sectors(
            site=site, actor=_actor(self.user), industry=industry, sectors=sectors
        )
        site.refresh_from_db()
        shown = {"id": site.pk, "uid": site.uid, "name": site.name, "industry": site.industry_id}
        return Answer({"site": shown, "sectors": SectorSerializer(chosen, many=True).data})


class SectorViewSet(
    Enveloped, mixins.ListModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Sector]
):
    """auth/sectors/: sectors of the user's sites."""

    serializer_class = SectorSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Sector]:
        """Return the sectors the user sees, switched off ones included; `site` picks one site."""
        sectors = visible_sectors(self.user).order_by("id")
        site = self.request.query_params.get("site") or self.request.query_params.get("site_id")
        if site is None:
            return sectors
        if not (site.isascii() and site.isdigit() and len(site) <= 18):
            raise ValidationError({"site": [f"{site!r} is not a site's id."]})
        return sectors.filter(site_id=int(site))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Add one sector of the site's industry to the site's active ones."""
        body = CreateSectorBody(data=request.data)
        body.is_valid(raise_exception=True)
        site = (
            visible_sites(self.user)
            .select_related("account", "industry")
            .filter(pk=body.validated_data["site_id"])
            .first()
        )
        if site is None:
            raise Http404
        added = IndustrySector.objects.filter(
            pk=body.validated_data["industry_sector_id"], is_active=True
        ).first()
        if added is None:
            raise ValidationError(
                {"industry_sector_id": ["The library has no such sector. See auth/industries/."]}
            )
        active = [
            one.industry_sector
            for one in site.sectors.filter(deleted_at=None, is_active=True)
            .select_related("industry_sector")
            .order_by("id")
            if one.industry_sector is not None
        ]
        chosen = services.site_select_sectors(
            site=site,
            actor=_actor(self.user),
            industry=site.industry or added.industry,
            sectors=[*active, added],
        )
        made = next(one for one in chosen if one.industry_sector_id == added.pk)
        return Response(SectorSerializer(made).data, status=201)


def _industry_sectors(industry: Industry, slugs: list[str] | None) -> list[IndustrySector]:
    known = {one.slug: one for one in industry.sectors.filter(is_active=True).order_by("id")}
    if slugs is None:
        return list(known.values())
    missing = [slug for slug in slugs if slug not in known]
    if missing:
        listed = ", ".join(sorted(known)) or "none"
        raise ValidationError(
            {"sector_slugs": [f"{industry.name} has no sector {', '.join(missing)}. It has {listed}."]}
        )
    return [known[slug] for slug in slugs]


def _actor(user: User) -> Actor:
    return Actor("user", user.uid)
