"""system/: whether the platform is there, for everybody to ask."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from planner_server import clock
from planner_server.api.envelope import Answer
from planner_server.api.fields import iso
from planner_server.api.views import Enveloped
from planner_server.feed import sql


class PingSerializer(serializers.Serializer[Any]):
    """Answer of system/ping/."""

    pong = serializers.BooleanField()


class StatusSerializer(serializers.Serializer[Any]):
    """Answer of system/status/. `database` names the kind; that there is an answer says that it works."""

    status = serializers.CharField()
    version = serializers.CharField()
    time = serializers.DateTimeField()
    database = serializers.CharField()
    sync_extension = serializers.BooleanField()
    registration = serializers.BooleanField()


class PingView(Enveloped):
    """GET system/ping/: the web server answers."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return without asking the database."""
        return Answer({"pong": True})


class StatusView(Enveloped):
    """GET system/status/: the database answers, too; what the platform offers."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework passes it
        """Return the state; a database that does not answer is 503."""
        sql.rows("SELECT 1")
        return Answer(
            {
                "status": "ok",
                "version": _version(),
                "time": iso(clock.now_ms()),
                "database": connection.vendor,
                "sync_extension": settings.PLANNER_SYNC_EXTENSION,
                "registration": settings.PLANNER_REGISTRATION,
            }
        )


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return version("planner-desktop")
    except PackageNotFoundError:
        return "from a checkout"
