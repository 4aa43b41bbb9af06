"""Who may use a route, beyond being signed in. Which rows somebody sees is in `visibility`."""

from __future__ import annotations

from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from planner_server.accounts.models import Device, Plan, User


class PlanNotInForce(PermissionDenied):
    """402 under /api/v1/; the sync extension, which has no such status, calls it forbidden."""

    status_code = status.HTTP_402_PAYMENT_REQUIRED
    default_detail = "The account's plan is not in force. Ask whoever runs the platform."
    default_code = own_code = "plan_inactive"


class PlanInForce(BasePermission):
    """The account of whoever asks has no plan, or one that is in force."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - the framework passes it
        """Whether the request may go on. Raises PlanNotInForce otherwise."""
        user = request.user
        if not isinstance(user, User) or user.account.plan_id is None:
            return True
        if not Plan.objects.filter(pk=user.account.plan_id, is_active=True).exists():
            raise PlanNotInForce
        return True


class ManagesTeam(BasePermission):
    """Owners, admins and developers, for reading too: who is in the account is nobody else's business."""

    message = "Only owners and admins of the account look after people, grants and settings."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - the framework passes it
        """Whether the request may go on."""
        return isinstance(request.user, User) and request.user.manages_team


class SignedInPerson(BasePermission):
    """Somebody with a device of his own: a site's key does not manage accounts, people or devices."""

    message = "A site's API key does not reach this. Sign in."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - the framework passes it
        """Whether the request may go on."""
        return isinstance(request.user, User) and isinstance(request.auth, Device)
