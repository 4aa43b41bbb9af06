"""Keyword lists of any tool, from a file, a folder or the clipboard to one plan that is shown and then carried out.

Reads only: what becomes of the rows in a sector is the application's to decide. No window, no database.
"""

from planner_desktop.importing.layout import Column
from planner_desktop.importing.numbers import Range
from planner_desktop.importing.plan import (
    Choices,
    Chunk,
    FilePlan,
    ImportPlan,
    LeftOut,
    Note,
    PlanRow,
)
from planner_desktop.importing.reading import expand, plan_import
from planner_desktop.importing.source import Origin
from planner_desktop.importing.tools import PLANNER, TOOLS
from planner_desktop.importing.trouble import Cancelled, UnreadableFile
from planner_desktop.importing.watch import Progress, Watch

__all__ = [
    "PLANNER",
    "TOOLS",
    "Cancelled",
    "Choices",
    "Chunk",
    "Column",
    "FilePlan",
    "ImportPlan",
    "LeftOut",
    "Note",
    "Origin",
    "PlanRow",
    "Progress",
    "Range",
    "UnreadableFile",
    "Watch",
    "expand",
    "plan_import",
]
