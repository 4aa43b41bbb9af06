"""Effective figures, difficulty bands and intents: the small arithmetic that every side must do alike."""

from __future__ import annotations

INTENTS = ("informational", "commercial", "transactional", "navigational")
"""In canonical order; bit n of an intent mask stands for INTENTS[n]. Mask 0 is unknown."""

BAND_TOPS = (20, 40, 60, 80, 100)


def effective(override: int | None, seed: int | None) -> int | None:
    """Return the figure that counts: the override where there is one (0 included), else the seed's, else unknown."""
    return seed if override is None else override


def band(difficulty: int | None) -> int:
    """Return the difficulty band 1 to 5, or 0 for an unknown difficulty."""
    if difficulty is None:
        return 0
    return next((number for number, top in enumerate(BAND_TOPS, 1) if difficulty <= top), len(BAND_TOPS))


def intent_mask(text: str | None) -> int:
    """Return the bits of the intents named in a comma list; unknown words count as nothing, so None and "" give 0."""
    words = {word.strip().lower() for word in (text or "").split(",")}
    return sum(1 << bit for bit, intent in enumerate(INTENTS) if intent in words)


def intent_text(mask: int) -> str | None:
    """Return the canonical comma list of a mask, None for unknown. Inverse of `intent_mask`."""
    return ",".join(intent for bit, intent in enumerate(INTENTS) if mask >> bit & 1) or None
