"""Row identities: UUID version 7 as 32 lower-case hexadecimal digits.

The text form is the same in both databases, on the wire and in every `--json` document; only `canonical` accepts dashes.
"""

from __future__ import annotations

import re
from uuid import UUID, uuid5

_HEX32 = re.compile(r"[0-9a-f]{32}")
CONFLICT_NAMESPACE = UUID("5d6e7a10-3a0c-5c0e-9a53-2b7a86c3f6f1")


def uuid7(unix_ms: int, random_bits: int) -> str:
    """Return a version 7 UUID. `random_bits` supplies 74 bits; time and randomness come from the caller, who keeps them monotonic."""
    rand_a = (random_bits >> 62) & 0xFFF
    rand_b = random_bits & ((1 << 62) - 1)
    value = ((unix_ms & ((1 << 48) - 1)) << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b
    return f"{value:032x}"


def canonical(text: str) -> str | None:
    """Return the canonical form of a UUID written with or without dashes, in any case; None if it is not one."""
    plain = text.strip().replace("-", "").lower()
    return plain if _HEX32.fullmatch(plain) else None


def conflict_id(op_id: str, row: str, group: str) -> str:
    """Return the id of the review item for one field group of one row.

    It is derived, not drawn, so that a platform restored from a backup still recognises the decision.
    """
    return uuid5(CONFLICT_NAMESPACE, f"{op_id}:{row}:{group}").hex
