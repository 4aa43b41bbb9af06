"""What stands in the grid's place when it has no rows: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from planner_core.query import Query, unparse
from planner_desktop.screens import words
from planner_desktop.screens.account import Account
from planner_desktop.screens.keywords.cells import tr
from planner_desktop.screens.keywords.table import KeywordTable
from planner_desktop.widgets.empty import EmptyState, WayToBegin
from planner_desktop.widgets.theme import Theme

Ask = Callable[[str], None]


def no_keywords(
    theme: Theme, account: Account, add: Callable[[], object] | None, parent: QWidget
) -> EmptyState:
    """Return the state of a place without keywords; `add` opens the library, where the place is one sector."""
    if is_first_sync(account):
        sentence = tr(
            "The keywords of your sites are on their way. They appear here as soon as they are whole."
        )
        return EmptyState(theme, tr("The first sync is running"), sentence, parent=parent)
    if account.counts.last_sync == 0:
        sentence = tr("The keywords of your sites come with the first sync.")
        return EmptyState(theme, tr("Nothing here yet"), sentence, parent=parent)
    if add is None:
        return EmptyState(
            theme, tr("No keywords yet"), tr("None of these sectors has keywords."), parent=parent
        )
    way = WayToBegin(
        "library",
        tr("Add from the library"),
        tr("Search the platform’s seed keywords of this sector and take what fits."),
        "",
        tr("Add…"),
        add,
        primary=True,
    )
    return EmptyState(theme, tr("No keywords yet"), tr("This sector has no keywords."), [way], parent=parent)


def is_first_sync(account: Account) -> bool:
    """Return whether a sync is under way that has not brought any keywords yet: places come first, and complete."""
    columns, status = account.columns, account.status
    if status is None or status.state != "syncing" or columns is None:
        return False
    return columns.count(Query()) == 0


def no_hits(theme: Theme, account: Account, table: KeywordTable, ask: Ask, parent: QWidget) -> EmptyState:
    """Return the state of a query without hits: it names the term that removes most, and offers to drop it."""
    total = words.number(table.total)
    query, dropped, found = _without_worst(account, table)
    ways = []
    if found:
        said = tr("{query} finds {n}").format(query=query, n=words.number(found))
        ways.append(
            WayToBegin(
                "list-filter",
                tr("Drop {term}, which hides most").format(term=dropped),
                said,
                "",
                tr("Drop it"),
                lambda: ask(query),
            )
        )
    every = tr("{keywords} without a filter").format(
        keywords=words.counted(table.total, tr("keyword"), tr("keywords"))
    )
    ways.append(WayToBegin("rotate-ccw", tr("Show all"), every, "", tr("Clear"), lambda: ask("")))
    sentence = (
        tr("The only keyword does not match.")
        if table.total == 1
        else tr("None of {n} keywords matches.").format(n=total)
    )
    unknown = account.columns.unknown_names(table.query) if account.columns is not None else []
    if unknown:
        field, name = unknown[0]
        sentence = tr("There is no {field} called “{name}”.").format(field=field, name=name.text)
    return EmptyState(theme, tr("Nothing matches"), sentence, ways, parent=parent)


def _without_worst(account: Account, table: KeywordTable) -> tuple[str, str, int]:
    """Return the query without the one term whose absence finds most, that term, and how many are found then."""
    columns, terms = account.columns, table.query.terms
    if columns is None or len(terms) < 2:
        return "", "", 0
    rests = [Query((*terms[:at], *terms[at + 1 :])) for at in range(len(terms))]
    counts = [columns.count(rest, table.scope()) for rest in rests]
    best = max(range(len(rests)), key=counts.__getitem__)
    return unparse(rests[best]), unparse(Query((terms[best],))), counts[best]
