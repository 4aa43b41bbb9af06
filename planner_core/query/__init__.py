"""The query line and sort orders: text to a syntax tree and back. One parser for the grid, saved views and the command line.

Grammar (EBNF; a term ends at white space, keys and words of a field are read in any case):

    line     = { term } ;                       terms are and-ed; no term: every row
    term     = [ "-" ] ( text | filter ) ;      minus: rows for which the rest does not hold
    text     = part { "," part } ;              comma: or
    filter   = key ":" value { "," value } ;
    part     = quoted | word | pattern ;        occurs in the keyword, both folded
    pattern  = "/" { any } "/" ;                a regular expression, in any case; ends at a slash before white space or ","
    value    = choice | number | date | name | missing ;   which of them: FIELDS
    choice   = word ;                           one of the field's words: status:new
    number   = [ ">=" | "<=" | ">" | "<" | "=" ] digits
             | digits ".." digits | digits ".." | ".." digits ;    both ends included
    date     = like number, with year [ "-" month [ "-" day ]] for digits; a month or year stands for all its days (UTC);
               changed: knows the moment last-sync as well ;
    name     = quoted | word ;                  the whole name, folded: sector:Desks
    missing  = "unknown" | "none" | "empty" ;   unquoted, where rows may lack a value: cluster:none, cluster:empty
    key      = letter { letter | digit | "_" | "-" } ;
    quoted   = '"' { any | '\\"' | '\\\\' } '"' ;
    word     = characters other than white space and ",", not beginning with a quotation mark ;

    sort     = [ "-" ] field { "," [ "-" ] field } ;    minus: descending; unknown last either way

Meaning: a figure that is unknown matches no comparison, hence every negated one. Volume and difficulty are the effective ones.

Patterns are those of RE2: everything of regular expressions but what could take exponential time (backreferences, look-around).
`is:duplicate` are near-duplicates: the same words in another order, number, spelling, spacing or with other accents; `is:survivor` is
the one of each such group that counts, `is:spare` are the others.

`changed:` is when a row last came from the platform with other values than were shown here: what others did, and new figures of the
library. `changed:>last-sync` is what came since the last contact before the latest absence (half an hour without one).

A new key is a row of FIELDS; a new form of value is a type in `tree` and a branch in `parser` and `writer`.
"""

from planner_core.query.completion import Completion, complete
from planner_core.query.errors import QueryError
from planner_core.query.fields import FIELDS, FILTERS, SORTS, Field, Kind
from planner_core.query.lexer import Atom, Piece, Problem, scan
from planner_core.query.parser import parse
from planner_core.query.sorting import parse_sort
from planner_core.query.tree import (
    LAST_SYNC,
    Between,
    Choice,
    Compare,
    FieldTerm,
    Missing,
    Name,
    Operator,
    Pattern,
    Query,
    SortKey,
    Span,
    Term,
    Text,
    TextTerm,
    Value,
)
from planner_core.query.writer import quote, quote_name, unparse, unparse_sort

__all__ = [
    "FIELDS",
    "FILTERS",
    "LAST_SYNC",
    "SORTS",
    "Atom",
    "Between",
    "Choice",
    "Compare",
    "Completion",
    "Field",
    "FieldTerm",
    "Kind",
    "Missing",
    "Name",
    "Operator",
    "Pattern",
    "Piece",
    "Problem",
    "Query",
    "QueryError",
    "SortKey",
    "Span",
    "Term",
    "Text",
    "TextTerm",
    "Value",
    "complete",
    "parse",
    "parse_sort",
    "quote",
    "quote_name",
    "scan",
    "unparse",
    "unparse_sort",
]
