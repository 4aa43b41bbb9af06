"""auth/sites/ and auth/sectors/: the sites of an account and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.accounts import services, site_keys
from planner_server.accounts.acting import acting
from planner_server.accounts.models import Sector, Site, User
from planner_server.accounts.noted import note_request
from planner_server.accounts.permissions import SignedInPerson
from planner_server.accounts.serializers import (
    CreateSectorBody,
    PublicSiteSerializer,
    SectorSerializer,
    SelectSectorsBody,
    SiteSerializer,
)
from planner_server.accounts.team_views import TEAM
from planner_server.accounts.visibility import visible_sectors, visible_sites
from planner_server.api.envelope import Answer
from planner_server.api.pagination import Pages
from planner_server.api.views import READING, Enveloped
from planner_server.library.models import Industry, IndustrySector


class SiteViewSet(
    Enveloped,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Site],
):
    """auth/sites/."""

    serializer_class = SiteSerializer
    pagination_class = Pages
    lookup_value_regex = r"\d{1,18}"

    # ------------------------------------------------------------ who

    @property
    def _slug(self) -> str:
        return str(self.request.query_params.get("slug", "")).replace("\x00", "")

    @property
    def _is_public(self) -> bool:
        return self.action == "list" and bool(self._slug) and not isinstance(self.request.user, User)

    def get_permissions(self) -> list[Any]:
        """Let everybody look for an active site by its slug, and managers alone handle its key."""
        if self.action == "list" and self._slug:
            return [AllowAny()]
        if self.action == "api_key":
            return [one() for one in TEAM]
        return _for_people(self.request, super().get_permissions())

    def get_serializer_class(self) -> Any:
        """Return the shape: without a sign-in only what is public of a site."""
        return PublicSiteSerializer if self._is_public else SiteSerializer

    def get_queryset(self) -> QuerySet[Site]:
        """Return the sites the user sees; `slug` picks by name, for everybody among the active ones."""
        if self._is_public:
            active = Site.objects.filter(
                deleted_at=None, is_active=True, account__is_active=True, slug=self._slug
            )
            return active.select_related("industry").order_by("id")
        sites = visible_sites(self.user).select_related("industry", "account").order_by("id")
        return sites.filter(slug=self._slug) if self.action == "list" and self._slug else sites

    # ------------------------------------------------------------ one site

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Make a site of the caller's account. Who needs grants gets one for it."""
        body = SiteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        site = services.site_create(
            account=self.user.account,
            actor=acting(self.request),
            name=given["name"],
            domain=given.get("domain", ""),
            is_active=given.get("is_active", True),
        )
        if self.user.needs_grants:
            services.site_grant(user=self.user, site=site)
        return Response(SiteSerializer(site).data, status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change name, domain and whether it is active."""
        return self._changed(partial=False)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change some of them."""
        return self._changed(partial=True)

    def _changed(self, *, partial: bool) -> Response:
        site: Site = self.get_object()
        body = SiteSerializer(site, data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        values = {name: value for name, value in body.validated_data.items() if getattr(site, name) != value}
        if values:
            site = services.site_update(site=site, actor=acting(self.request), **values)
        return Response(SiteSerializer(site).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Move the site with everything planned on it to the trash, from where the staff brings it back; 204."""
        services.site_delete(site=self.get_object(), actor=acting(self.request))
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def set_active(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """Make the site active; the others stay as they are."""
        site: Site = self.get_object()
        if not site.is_active:
            site = services.site_update(site=site, actor=acting(self.request), is_active=True)
        return Answer(SiteSerializer(site).data)

    @action(detail=True, methods=["post", "delete"], takes_keys=False)
    def api_key(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """POST: make the site's key, which ends the former one; it is shown this once. DELETE: end it."""
        site: Site = self.get_object()
        note_request(request)
        if request.method == "DELETE":
            site_keys.key_delete(site=site)
            return Response(status=204)
        return Answer(
            {"api_key": site_keys.key_make(site=site)}, message="Keep it: it is not shown again.", status=201
        )

    # ------------------------------------------------------------ its sectors

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
            site=site, actor=acting(self.request), industry=industry, sectors=sectors
        )
        site.refresh_from_db()
        shown = {"id": site.pk, "uid": site.uid, "name": site.name, "industry": site.industry_id}
        return Answer({"site": shown, "sectors": SectorSerializer(chosen, many=True).data})


class SectorViewSet(
    Enveloped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sector]
):
    """auth/sectors/: sectors of the user's sites."""

    serializer_class = SectorSerializer
    pagination_class = Pages
    lookup_value_regex = r"\d{1,18}"

    def get_permissions(self) -> list[Any]:
        """Return what the method needs."""
        return _for_people(self.request, super().get_permissions())

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
        made = services.site_add_sector(site=site, actor=acting(self.request), sector=added)
        return Response(SectorSerializer(made).data, status=201)


def _for_people(request: Request | None, permissions: Sequence[Any]) -> list[Any]:
    """Return the permissions under which a site's key reads about its site; it changes nothing of it."""
    is_reading = request is None or request.method in READING
    return [*permissions] if is_reading else [*permissions, SignedInPerson()]


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
