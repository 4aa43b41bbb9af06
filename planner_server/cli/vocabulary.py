"""Believable seed keywords for a demo library, made from the word lists in resources/library.

The same vocabulary, sector and count always give the same seeds: short ones first, as a real library has them, then a
deterministic sample of the long tail. A longer list begins with the shorter one.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import resources
from planner_core.text import fold

FAMILIAR = (
    0,
    10,
    20,
    30,
    40,
    50,
    70,
    90,
    110,
    140,
    170,
    210,
    260,
    320,
    390,
    480,
    590,
    720,
    880,
    1000,
    1300,
    1600,
    1900,
    2400,
)
"""Monthly volumes come in steps of about a fifth, as keyword tools report them; larger ones repeat these, times ten."""

_EASY_PER_DECADE = 14.0
_UNKNOWN_DIFFICULTY = 0.3
_UNKNOWN_INTENT = 0.12
_UNKNOWN_VOLUME = 0.03


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way people ask about a thing; `weight` is its share of the thing's own volume."""

    text: str
    intent: str
    weight: float


@dataclass(frozen=True, slots=True)
class SectorWords:
    """The words of one industry sector. `top_volume` is the monthly volume of its first head."""

    industry: str
    name: str
    top_volume: int
    heads: tuple[str, ...]
    attributes: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All sectors with the patterns they share."""

    country: str
    sectors: tuple[SectorWords, ...]
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class MadeSeed:
    """One seed; None is unknown. `intent` is a comma list of the four intents, `topic` the head it was made around."""

    keyword: str
    volume: int | None
    difficulty: int | None
    intent: str | None
    country: str
    topic: str


def load_vocabulary() -> Vocabulary:
    """Read the shipped word lists."""
    document: dict[str, Any] = json.loads(resources.read_text("library", "vocabulary.json"))
    sectors = [
        SectorWords(
            industry["name"],
            words["name"],
            words["top_volume"],
            tuple(words["heads"]),
            tuple(words["attributes"]),
            tuple(words["uses"]),
        )
        for industry in document["industries"]
        for words in industry["sectors"]
    ]
    patterns = [Pattern(one["text"], one["intent"], one["weight"]) for one in document["patterns"]]
    return Vocabulary(document["country"], tuple(sectors), tuple(patterns))


def capacity(vocabulary: Vocabulary, words: SectorWords) -> int:
    """Return how many different seeds a sector's words can at most give."""
    return len(words.heads) * (len(words.attributes) + 1) * (len(words.uses) + 1) * len(vocabulary.patterns)


def make_seeds(vocabulary: Vocabulary, words: SectorWords, count: int) -> Iterator[MadeSeed]:
    """Give up to `count` seeds of a sector, all different under the shared normalisation."""
    chance = random.Random(f"{words.industry}/{words.name}")  # noqa: S311 - variety that repeats, not secrecy
    taken: set[str] = set()
    for tier in _tiers(vocabulary, words, chance):
        for place in tier:
            if _stutters(words, place):
                continue
            made = _make(vocabulary, words, chance, place)
            key = fold(made.keyword)
            if key not in taken:
                taken.add(key)
                yield made
                if len(taken) >= count:
                    return


Place = tuple[int, int, int, int]
"""Indexes of head, attribute (0 is none), use (0 is none) and pattern."""


def _tiers(
    vocabulary: Vocabulary, words: SectorWords, chance: random.Random
) -> Iterator[list[Place] | Iterator[Place]]:
    heads = range(len(words.heads))
    attributes = range(1, len(words.attributes) + 1)
    uses = range(1, len(words.uses) + 1)
    patterns = range(1, len(vocabulary.patterns))
    yield [(head, 0, 0, 0) for head in heads]
    two = [(head, attribute, 0, 0) for head in heads for attribute in attributes]
    two += [(head, 0, use, 0) for head in heads for use in uses]
    two += [(head, 0, 0, pattern) for head in heads for pattern in patterns]
    yield _shuffled(two, chance)
    three = [
        (head, attribute, 0, pattern) for head in heads for attribute in attributes for pattern in patterns
    ]
    three += [(head, attribute, use, 0) for head in heads for attribute in attributes for use in uses]
    three += [(head, 0, use, pattern) for head in heads for use in uses for pattern in patterns]
    yield _shuffled(three, chance)
    # The whole rest is half a million places a sector: its order comes from a step that is coprime to their number.
    yield _stepped(len(heads), len(attributes), len(uses), len(patterns))


def _shuffled(places: list[Place], chance: random.Random) -> list[Place]:
    chance.shuffle(places)
    return places


def _stepped(heads: int, attributes: int, uses: int, patterns: int) -> Iterator[Place]:
    total = heads * attributes * uses * patterns
    step = int(total * 0.618) | 1
    while math.gcd(step, total) != 1:
        step += 2
    for number in range(total):
        place = number * step % total
        place, head = divmod(place, heads)
        place, attribute = divmod(place, attributes)
        pattern, use = divmod(place, uses)
        yield head, attribute + 1, use + 1, pattern + 1


def _stutters(words: SectorWords, place: Place) -> bool:
    """Whether the attribute would repeat a word of the head, as in "rolling rolling backpack"."""
    head, attribute, _, _ = place
    said = set(words.heads[head].split())
    return bool(attribute) and not said.isdisjoint(words.attributes[attribute - 1].split())


def _make(vocabulary: Vocabulary, words: SectorWords, chance: random.Random, place: Place) -> MadeSeed:
    head, attribute, use, pattern_number = place
    pattern = vocabulary.patterns[pattern_number]
    thing = words.heads[head]
    if attribute:
        thing = f"{words.attributes[attribute - 1]} {thing}"
    if use:
        thing = f"{thing} for {words.uses[use - 1]}"
    expected = words.top_volume / (head + 1) ** 0.8 * pattern.weight
    expected *= 0.12 / (1 + attribute * 0.1) if attribute else 1
    expected *= 0.09 / (1 + use * 0.1) if use else 1
    volume = _familiar(expected * math.exp(chance.gauss(0, 0.6)))
    difficulty = min(100.0, max(0.0, 12 + _EASY_PER_DECADE * math.log10(volume + 1) + chance.gauss(0, 9)))
    is_tail = volume < 100
    return MadeSeed(
        keyword=_phrase(pattern.text, thing),
        volume=None if is_tail and chance.random() < _UNKNOWN_VOLUME else volume,
        difficulty=None if is_tail and chance.random() < _UNKNOWN_DIFFICULTY else round(difficulty),
        intent=None if is_tail and chance.random() < _UNKNOWN_INTENT else pattern.intent,
        country=vocabulary.country,
        topic=words.heads[head],
    )


def _phrase(pattern: str, thing: str) -> str:
    if " a {x}" in pattern:
        article = "an" if thing[0] in "aeiou" else "a"
        is_plural = thing.split(" for ", maxsplit=1)[0].endswith("s")
        pattern = pattern.replace(" a {x}", " {x}" if is_plural else f" {article} {{x}}")
    return pattern.replace("{x}", thing)


def _familiar(volume: float) -> int:
    scale = 1
    while volume > FAMILIAR[-1] * scale:
        scale *= 10
    return scale * min(FAMILIAR, key=lambda step: abs(step - volume / scale))
