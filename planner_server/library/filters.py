"""Filters of the keywords library. A comma list of ids may be empty, and then nothing matches: a site without sectors sees no seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField
from django_filters import rest_framework as filters  # type: ignore[import-untyped]

from planner_server.accounts.models import User
from planner_server.api.filtering import WholeFilter, YesNoFilter
from planner_server.library.models import SeedKeyword

_ID_DIGITS = 18
_NO_LIST = "%(value)s is not a comma list of industry sector ids, as in 4,7."


class IdListField(CharField):
    """A comma list of ids; None where the parameter is absent, [] where it is empty."""

    empty_values = (None,)

    def to_python(self, value: Any) -> Any:
        """Return the ids. Raises ValidationError for what is no list of ids."""
        if value is None:
            return None
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) <= _ID_DIGITS for part in parts):
            # As a parameter: the framework formats messages once more, and the value may hold a percent sign.
            raise ValidationError(_NO_LIST, params={"value": repr(value)[:80]})
        return [int(part) for part in parts]


class IdListFilter(filters.Filter):  # type: ignore[misc]
    """Rows whose column is among the ids."""

    field_class = IdListField

    def filter(self, rows: QuerySet[Any], value: list[int] | None) -> QuerySet[Any]:
        """Return them."""
        return rows if value is None else rows.filter(**{f"{self.field_name}__in": value})


class SeedFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of keywords-library/."""

    former_names: ClassVar[Mapping[str, str]] = {}

    sector_ids = IdListFilter(field_name="sector_id")
    sector = WholeFilter(field_name="sector_id")
    industry = WholeFilter(field_name="industry_id")
    country = filters.CharFilter(field_name="country", method="by_country")
    intent = filters.CharFilter(field_name="intent", lookup_expr="icontains")
    volume_min = WholeFilter(field_name="volume", lookup_expr="gte")
    volume_max = WholeFilter(field_name="volume", lookup_expr="lte")
    difficulty_min = WholeFilter(field_name="difficulty", lookup_expr="gte")
    difficulty_max = WholeFilter(field_name="difficulty", lookup_expr="lte")
    is_active = YesNoFilter(method="active")

    class Meta:
        model = SeedKeyword
        fields: list[str] = []

    def by_country(self, rows: QuerySet[SeedKeyword], name: str, value: str) -> QuerySet[SeedKeyword]:
        """Keep seeds of a country; codes are kept in capitals."""
        return rows.filter(**{name: value.strip().upper()})

    def active(self, rows: QuerySet[SeedKeyword], name: str, value: bool) -> QuerySet[SeedKeyword]:
        """Let staff look at switched off seeds; for everybody else there are none."""
        user = getattr(self.request, "user", None)
        sees_all = isinstance(user, User) and user.role == User.Role.DEVELOPER
        return rows.filter(**{name: value}) if value or sees_all else rows.none()
