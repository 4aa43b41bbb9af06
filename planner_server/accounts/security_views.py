"""auth/: passwords, devices, and making an account of one's own."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server.accounts import passwords, services, team
from planner_server.accounts.models import Device
from planner_server.accounts.noted import Noted
from planner_server.accounts.permissions import SignedInPerson
from planner_server.accounts.registration import register
from planner_server.accounts.serializers import shown_pair, shown_user
from planner_server.accounts.team_serializers import (
    DeviceSerializer,
    PasswordChangeBody,
    RegisterBody,
    ResetAskBody,
    ResetBody,
)
from planner_server.accounts.tokens import sign_in
from planner_server.api.envelope import Answer
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped

_NOTED = (
    "If somebody signs in with this address, the owners and admins of the account see the wish now and can"
    " hand out a token for a new password. This platform sends no mail."
)


class RegisterView(Enveloped):
    """POST auth/register/: an account with its first owner. Closed unless whoever runs the platform opened it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "auth"
    takes_keys = False

    def post(self, request: Request) -> Response:
        """Make account and owner and sign him in; 201 as auth/login/ answers."""
        body = RegisterBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        owner = register(
            email=given["email"],
            password=given["password"],
            name=f"{given['first_name']} {given['last_name']}".strip(),
            account_name=given["account_name"],
            is_open=settings.PLANNER_REGISTRATION,
            plan_slug=settings.PLANNER_REGISTRATION_PLAN,
        )
        device, pair = sign_in(owner, device_name=given["device"], app=given["app"])
        answer = {"user": shown_user(owner), "device": device.uid, **shown_pair(pair)}
        return Answer(answer, message="Signed in", status=201)


class PasswordChangeView(Noted):
    """POST auth/change-password/ and auth/password/change/."""

    permission_classes = (IsAuthenticated, SignedInPerson)
    throttle_scope = "auth_strict"
    takes_keys = False

    def post(self, request: Request) -> Response:
        """Set a new password, with the present one; other devices are signed out."""
        body = PasswordChangeBody(data=request.data)
        body.is_valid(raise_exception=True)
        assert isinstance(request.auth, Device)
        others = passwords.password_change(
            user=self.user,
            device=request.auth,
            old=body.validated_data["old_password"],
            new=body.validated_data["new_password"],
        )
        return Answer(
            {"signed_out": others}, message="The password is changed. Other devices are signed out."
        )


class PasswordResetView(Enveloped):
    """POST auth/password/reset/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "auth_strict"
    takes_keys = False

    def post(self, request: Request) -> Response:
        """Note the wish. The answer is the same for an address nobody has."""
        body = ResetAskBody(data=request.data)
        body.is_valid(raise_exception=True)
        passwords.reset_ask(email=body.validated_data["email"])
        return Answer({}, message=_NOTED)


class PasswordResetConfirmView(Enveloped):
    """POST auth/password/reset/confirm/."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "auth_strict"
    takes_keys = False

    def post(self, request: Request) -> Response:
        """Set a new password with a token; every sign-in ends."""
        body = ResetBody(data=request.data)
        body.is_valid(raise_exception=True)
        passwords.password_reset(token=body.validated_data["token"], new=body.validated_data["new_password"])
        return Answer({}, message="The password is set. Sign in with it.")


class DeviceViewSet(Noted, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Device]):
    """auth/devices/: where the caller is signed in. A device is another's neither to see nor to end."""

    permission_classes = (IsAuthenticated, SignedInPerson)
    serializer_class = DeviceSerializer
    pagination_class = Pages
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Device]:
        """Return the devices that are signed in."""
        return Device.objects.filter(user=self.user, revoked_at__isnull=True).order_by("id")

    def get_serializer_context(self) -> dict[str, object]:
        """Say which of them asks."""
        return {**super().get_serializer_context(), "device": self.request.auth}

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:  # noqa: ARG002 - the framework passes them
        """Sign a device out; its tokens end with the next request, this device's own included."""
        services.device_revoke(device=self.get_object())
        return Response(status=204)

    @action(detail=False, methods=["post"])
    def sign_out_others(self, request: Request) -> Response:
        """Sign every other device out."""
        assert isinstance(request.auth, Device)
        return Answer({"signed_out": team.sign_out_everywhere(self.user, but=request.auth)})

    @action(detail=False, methods=["post"])
    def sign_out_all(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Sign every device out, this one included."""
        return Answer({"signed_out": team.sign_out_everywhere(self.user)})
