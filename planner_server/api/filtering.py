"""Filters the API's lists share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django_filters import rest_framework as filters  # type: ignore[import-untyped]

from planner_server.api.fields import LARGEST_ID


class WholeFilter(filters.NumberFilter):  # type: ignore[misc]
    """A whole number from 0 to what a database takes."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Bound the number."""
        super().__init__(*args, min_value=0, **kwargs)

    def get_max_validator(self) -> MaxValueValidator:
        """Return the upper bound."""
        return MaxValueValidator(LARGEST_ID)
