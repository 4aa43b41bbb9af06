"""The in-memory query engine: columns, text index, sort orders, side-car cache. The one evaluator of the query line.

A cache of the replica, never the truth. `source` says what it needs from the replica; `KeywordColumns` is what the application uses:

    columns = KeywordColumns.open(path, source)
    keys = columns.select(parse("status:new desk"), parse_sort("-volume"), Scope(sites=(3,)))
    columns.count(...), columns.sums(keys, [(0, 9)]), columns.rows(keys[:40])
    columns.apply(source, changed_keys, removed_keys); columns.save(path)

Importing it imports NumPy (about 50 ms): the window does so after its first paint.
"""

from planner_desktop.columns.engine import KeywordColumns
from planner_desktop.columns.evaluate import Scope
from planner_desktop.columns.rows import Keys, KeywordRow, Sums
from planner_desktop.columns.source import NULL, ColumnSource, KeywordChunk, NameKind, PackedChunk
from planner_desktop.columns.unpack import ChunkError

__all__ = [
    "NULL",
    "ChunkError",
    "ColumnSource",
    "Keys",
    "KeywordChunk",
    "KeywordColumns",
    "KeywordRow",
    "NameKind",
    "PackedChunk",
    "Scope",
    "Sums",
]
