"""Fields and values of rows in words, as Review and the grid say them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens import words

_FIELDS: Mapping[str, str] = {
    "volume_override": "Volume",
    "difficulty_override": "Difficulty",
    "cluster": "Cluster",
    "status": "Status",
    "disabled": "Disabled",
    "name": "Name",
    "description": "Description",
    "title": "Title",
    "deleted": "Row",
    "content_type": "Type",
    "content_structure": "Structure",
    "estimated_word_count": "Words",
    "locked": "Locked",
}


def tr(text: str) -> str:
    """Translate a text."""
    return QCoreApplication.translate("Review", text)


def field_word(field: str) -> str:
    """Return what a field is called."""
    return tr(_FIELDS.get(field, field.replace("_", " ").capitalize()))


def value_word(field: str, text: str | None) -> str:
    """Return a value as people write it; an override that is not there means the library's figure."""
    if text is None:
        return tr("as in the library") if field.endswith("_override") else tr("none")
    if field.endswith("_override") or field == "estimated_word_count":
        return words.number(int(text)) if text.lstrip("-").isdigit() else text
    if field == "status":
        return tr(text.capitalize())
    return text
