"""Rows to files: CSV, XLSX, JSON, and a site plan as Markdown or XLSX. Knows neither the replica nor a window.

`target.replacing` writes beside the file and takes its place at the end. Whoever waits is told how far it is (`Told`) and ends
the writing by raising; then nothing is left behind.
"""

from __future__ import annotations

from planner_desktop.exporting.target import Cancelled, Told, replacing

__all__ = ["Cancelled", "Told", "replacing"]
