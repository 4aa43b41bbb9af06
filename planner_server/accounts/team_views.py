"""auth/: the people of an account, their roles and grants, its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.accounts import services, team
from planner_server.accounts.models import Account, Plan, SiteAccess, User
from planner_server.accounts.noted import Noted
from planner_server.accounts.passwords import require_good, reset_token
from planner_server.accounts.permissions import ManagesTeam, PlanInForce, SignedInPerson
from planner_server.accounts.serializers import shown_user
from planner_server.accounts.team_serializers import (
    AccountSerializer,
    PlanSerializer,
    SiteAccessSerializer,
    SubscriptionSerializer,
    UserSerializer,
)
from planner_server.api.envelope import Answer
from planner_server.api.keys import HEADER
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped

TEAM = (IsAuthenticated, SignedInPerson, PlanInForce, ManagesTeam)
ID = r"\d{1,18}"
_WRITING = frozenset({"PUT", "PATCH"})


class _AccountWrites(Noted):
    """Reading is everybody's of the account, writing its managers'."""

    def get_permissions(self) -> list[Any]:
        """Return what the method needs. An account whose plan is not in force can still see why."""
        # Whoever describes the API has a view without a request.
        request: Request | None = self.request
        if request is not None and request.method in _WRITING:
            return [one() for one in TEAM]
        return [IsAuthenticated(), SignedInPerson()]

    def _changed(self, account: Account, *, partial: bool) -> Account:
        body = AccountSerializer(account, data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return services.account_update(account=account, **body.validated_data)


class AccountView(_AccountWrites):
    """auth/account/: the caller's own account."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return the account with the person who asks."""
        return Answer(self._shown(self.user.account))

    def put(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Change name and time zone."""
        return Answer(self._shown(self._changed(self.user.account, partial=False)))

    def patch(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Change name or time zone."""
        return Answer(self._shown(self._changed(self.user.account, partial=True)))

    def _shown(self, account: Account) -> dict[str, Any]:
        return {**AccountSerializer(account).data, "user": shown_user(self.user)}


class AccountViewSet(
    _AccountWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Account]
):
    """auth/accounts/: the accounts a user sees, which is his own. New ones come by auth/register/ or from the staff."""

    serializer_class = AccountSerializer
    pagination_class = Pages
    lookup_value_regex = ID

    def get_queryset(self) -> QuerySet[Account]:
        """Return the accounts in order of their ids."""
        return team.accounts_of(self.user).order_by("id")

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change name and time zone."""
        return Response(AccountSerializer(self._changed(self.get_object(), partial=False)).data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change name or time zone."""
        return Response(AccountSerializer(self._changed(self.get_object(), partial=True)).data)


class PlanViewSet(Enveloped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Plan]):
    """auth/plans/: the plans on offer, for everybody to read."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = PlanSerializer
    pagination_class = Pages
    lookup_value_regex = ID

    def get_queryset(self) -> QuerySet[Plan]:
        """Return plans in force that are not internal."""
        return Plan.objects.filter(is_active=True, is_internal=False).order_by("id")


class SubscriptionViewSet(
    Enveloped, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Account]
):
    """auth/subscriptions/: which plan the account has. Read only: the staff gives plans."""

    permission_classes = (IsAuthenticated, SignedInPerson)
    serializer_class = SubscriptionSerializer
    pagination_class = Pages
    lookup_value_regex = ID

    def get_queryset(self) -> QuerySet[Account]:
        """Return the accounts that have a plan."""
        return team.accounts_of(self.user).filter(plan__isnull=False).order_by("id")


class UserViewSet(
    Noted,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[User],
):
    """auth/users/: the people of the account, for its owners and admins."""

    permission_classes = TEAM
    serializer_class = UserSerializer
    pagination_class = Pages
    lookup_value_regex = ID

    def get_queryset(self) -> QuerySet[User]:
        """Return the people, switched off ones included; the bot is nobody's business."""
        return team.team(self.user).order_by("id")

    def keeps_answer(self, request: Request) -> bool:
        """A new person without a password is answered with a token, which must not be kept."""
        if self.action != "create" or HEADER not in request.headers:
            return super().keeps_answer(request)
        # Asked for first: the key's digest needs it, and it is gone once the framework has read the stream.
        _ = request._request.body  # noqa: SLF001 - the framework has no other way to it
        sent = request.data
        return isinstance(sent, Mapping) and sent.get("password") is not None

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Make a person of the caller's account; 201. Without `password` the answer brings `password_token`, once."""
        body = UserSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        password = given.get("password")
        if password is not None:
            require_good(password, field="password")
        made = team.member_create(
            by=self.user,
            email=given["email"],
            name=given.get("name", ""),
            role=given.get("role", User.Role.EDITOR),
            password=password,
        )
        shown = dict(UserSerializer(made).data)
        if password is None:
            shown["password_token"] = reset_token(by=self.user, user=made)
        return Response(shown, status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change name, role and whether he may sign in; address and password are his own."""
        return self._changed(partial=False)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change some of them."""
        return self._changed(partial=True)

    def _changed(self, *, partial: bool) -> Response:
        user = self.get_object()
        body = UserSerializer(user, data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        if given.get("email", user.email).casefold() != user.email:
            raise ValidationError(
                {"email": ["An address is not changed. Make another person and switch this one off."]}
            )
        if "password" in given:
            raise ValidationError(
                {"password": ["Nobody sets another's password. Hand him a token: reset_password/."]}
            )
        changed = team.member_update(
            by=self.user,
            user=user,
            name=given.get("name"),
            role=given.get("role"),
            is_active=given.get("is_active"),
        )
        return Response(UserSerializer(changed).data)

    @action(detail=True, methods=["post"], takes_keys=False)
    def reset_password(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """Return a token with which the person sets a new password, once."""
        user = self.get_object()
        token = reset_token(by=self.user, user=user)
        return Answer(
            {"password_token": token}, message="Hand it to the person: auth/password/reset/confirm/"
        )

    @action(detail=True, methods=["post"])
    def sign_out(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - the framework passes them
        """End every sign-in of the person at once."""
        user = self.get_object()
        if user.pk != self.user.pk:
            team.require_looks_after(self.user, user)
        return Answer({"signed_out": team.sign_out_everywhere(user)})


class GroupsView(Enveloped):
    """auth/groups/: the roles, and what each may do."""

    permission_classes = (IsAuthenticated, SignedInPerson)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return the roles as one list."""
        gives = team.GIVES.get(self.user.role, ())
        return Response([_shown_role(role, gives) for role in User.Role if role != User.Role.SYSTEM_BOT])


def _shown_role(role: User.Role, gives: tuple[str, ...]) -> dict[str, Any]:
    one = User(role=role)
    return {
        "name": role.value,
        "may_write": one.may_write,
        "needs_site_access": one.needs_grants,
        "manages_team": one.manages_team,
        "you_may_give": role in gives,
    }


class SiteAccessViewSet(
    Noted,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[SiteAccess],
):
    """auth/site-access/: which site is given to which person. A grant is made and taken back; there is nothing to change about it."""

    permission_classes = TEAM
    serializer_class = SiteAccessSerializer
    pagination_class = Pages
    lookup_value_regex = ID

    def get_queryset(self) -> QuerySet[SiteAccess]:
        """Return the grants; `user_id` and `site_id` pick."""
        grants = team.grants_of(self.user).order_by("id")
        for name in ("user_id", "site_id"):
            text = self.request.query_params.get(name)
            if text is None:
                continue
            if not (text.isascii() and text.isdigit() and len(text) <= 18):
                raise ValidationError({name: [f"{text!r} is not an id."]})
            grants = grants.filter(**{name: int(text)})
        return grants

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Give a site to a person; 201, also where he has it already."""
        body = SiteAccessSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        person = team.team(self.user).filter(pk=body.validated_data["user_id"]).first()
        if person is None:
            raise ValidationError({"user_id": ["There is no such person. See auth/users/."]})
        site = team.grantable_sites(self.user, person).filter(pk=body.validated_data["site_id"]).first()
        if site is None:
            raise ValidationError({"site_id": ["The account has no such site. See auth/sites/."]})
        services.site_grant(user=person, site=site)
        return Response(
            SiteAccessSerializer(self.get_queryset().get(user=person, site=site)).data, status=201
        )

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Take the site back; what the person has not sent yet is refused to him from now on."""
        grant: SiteAccess = self.get_object()
        services.site_revoke(user=grant.user, site=grant.site)
        return Response(status=204)
