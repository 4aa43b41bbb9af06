"""What is offered while a query line is typed."""

import pytest

from planner_core.query import complete, parse

NAMES = {"cluster": ["Standing desks", "Stools", "none"], "sector": ["Desks"], "site": [], "country": ["US"]}


def offered(text: str, cursor: int | None = None) -> tuple[str, ...]:
    return complete(text, len(text) if cursor is None else cursor, NAMES.__getitem__).options


def test_a_key_is_offered_from_its_first_letter_on() -> None:
    assert offered("s") == ("status:", "sector:", "site:")
    assert offered("desk -DIF") == ("difficulty:",)


def test_nothing_is_offered_where_nothing_was_typed() -> None:
    assert offered("") == ()
    assert offered("desk ") == ()
    assert offered("volume:") == ()


def test_words_of_a_field_are_offered_with_the_one_for_rows_without_a_value() -> None:
    assert offered("intent:") == ("informational", "commercial", "transactional", "navigational", "unknown")
    assert offered("status:new,m") == ("mapped",)


def test_names_are_offered_quoted_where_they_need_it() -> None:
    assert offered('cluster:"St') == ('"Standing desks"', "Stools")
    assert offered("cluster:no") == ('"none"', "none")
    assert offered("sector:de") == ("Desks",)


@pytest.mark.parametrize("text", ["sta", "desk intent:c", 'cluster:"sta', "-sector:D", "country:u"])
def test_an_offer_put_in_place_of_its_span_reads_as_a_query(text: str) -> None:
    completion = complete(text, len(text), NAMES.__getitem__)
    assert completion.options
    for option in completion.options:
        done = text[: completion.span.start] + option + text[completion.span.end :]
        parse(done + "new" if done.endswith(":") else done)


def test_an_unknown_key_offers_nothing() -> None:
    assert offered("words:3") == ()
