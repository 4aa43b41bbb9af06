"""The stock peer's server: a model, its serializer, a viewset. Imported by benchmarks._stock once Django has its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction
from rest_framework import pagination, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from benchmarks._stock import BATCH, COLUMNS, PAGE


class Keyword(models.Model):
    """A keyword with its library figures in the same row: the kindest layout for a serializer."""

    uid = models.CharField(max_length=32, unique=True)
    sector = models.CharField(max_length=32)
    cluster = models.CharField(max_length=32, null=True)  # noqa: DJ001 - unknown is not empty
    status = models.CharField(max_length=16)
    disabled = models.BooleanField()
    volume_override = models.IntegerField(null=True)
    difficulty_override = models.SmallIntegerField(null=True)
    created_at = models.BigIntegerField()
    keyword = models.CharField(max_length=255)
    volume = models.IntegerField(null=True)
    difficulty = models.SmallIntegerField(null=True)
    intent = models.CharField(max_length=64, null=True)  # noqa: DJ001
    country = models.CharField(max_length=8, null=True)  # noqa: DJ001

    class Meta:
        app_label = "stock"

    def __str__(self) -> str:
        return self.keyword


def _rows() -> models.QuerySet[Keyword]:
    return models.QuerySet(Keyword)


class _Many(serializers.ListSerializer[Any]):
    def update(self, instance: Any, validated_data: Any) -> Any:
        rows = {row.pk: row for row in instance}
        with transaction.atomic():
            for given, asked in zip(validated_data, list(self.initial_data), strict=True):
                row = rows[int(asked["id"])]
                for name, value in given.items():
                    setattr(row, name, value)
            _rows().bulk_update(rows.values(), ["volume_override"], batch_size=BATCH)
        return list(rows.values())


class KeywordSerializer(serializers.ModelSerializer[Keyword]):
    """Every column."""

    class Meta:
        model = Keyword
        fields = ("id", *COLUMNS)
        list_serializer_class = _Many


class _Pages(pagination.CursorPagination):
    page_size = PAGE
    ordering = "id"


class KeywordViewSet(viewsets.ModelViewSet[Keyword]):
    """keywords/, and keywords/many/ for a list of changes."""

    queryset = _rows()
    serializer_class = KeywordSerializer
    pagination_class = _Pages

    @action(detail=False, methods=["patch"])
    def many(self, request: Request) -> Response:
        """Change many rows."""
        asked: Any = request.data
        rows = list(_rows().filter(pk__in=[one["id"] for one in asked]))
        serializer = KeywordSerializer(rows, data=asked, many=True, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response({"changed": len(rows)})


def fill(rows: Sequence[Sequence[Any]]) -> None:
    """Make the table and put the rows in."""
    with connection.schema_editor() as editor:
        editor.create_model(Keyword)
    _rows().bulk_create((Keyword(**dict(zip(COLUMNS, row, strict=True))) for row in rows), batch_size=2_000)


_router = DefaultRouter()
_router.register("keywords", KeywordViewSet)
urlpatterns = _router.urls
