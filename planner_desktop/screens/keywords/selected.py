"""From the selected rows to what the panel says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.asking import sample_of
from planner_desktop.screens.keywords.editors import CellEditors
from planner_desktop.screens.keywords.inspector import MIXED, Selected

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import Keys, KeywordColumns
    from planner_desktop.columns.shares import Shares


def selected_of(
    account: Account, columns: KeywordColumns, editors: CellEditors, keys: Keys, shares: Shares
) -> Selected:
    """Return what is selected, one row or more."""
    first = columns.rows(keys[:1])[0]
    is_uniform = len(shares.clusters) == 1 and first is not None
    return Selected(
        shares,
        first if len(keys) == 1 else None,
        editors.cluster_choices(shares.sectors[0]) if len(shares.sectors) == 1 else (),
        editors.cluster_id(first) if is_uniform and first is not None else MIXED,
        [("" if key is None else columns.name("cluster", key), count) for key, count in shares.clusters],
        lambda wishes: columns.changing(keys, editors.wanted(wishes)),
        sample_of(account, keys),
    )


def same_rows(before: Keys | None, now: Keys) -> bool:
    """Return whether two selections are of the same rows."""
    return before is not None and len(before) == len(now) and bool((before == now).all())
