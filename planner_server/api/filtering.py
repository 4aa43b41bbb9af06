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


class YesNoField(forms.Field):
    """true or false (or 1 or 0), whatever the case; any other word is refused."""

    WORDS = {"true": True, "1": True, "false": False, "0": False}

    def to_python(self, value: Any) -> bool | None:
        """Return what the word means, None for no word."""
        if value in self.empty_values:
            return None
        meant = self.WORDS.get(str(value).lower())
        if meant is None:
            raise forms.ValidationError("Give true or false.", code="invalid")
        return meant


class YesNoFilter(filters.BooleanFilter):  # type: ignore[misc]
    """A filter that says so when it does not understand, where the library's would not filter at all."""

    field_class = YesNoField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the word as it stands."""
        super().__init__(*args, widget=forms.TextInput, **kwargs)
