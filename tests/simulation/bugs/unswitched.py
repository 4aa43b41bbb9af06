"""Pitfalls for which there is no switch, with the reason."""

from __future__ import annotations

NOT_SWITCHABLE: dict[str, str] = {
    "P40": "Beyond groups A to C: a matter of versions of the program. Tests of the negotiation run against made-up versions.",
    "P85": "Healed by P9: with the client's check off, the platform's comparison of operation ids at the push finds the copy.",
    "P90": "The database forbids it: a unique index allows one open question for a person, row, group and kind.",
    "P95": "Nothing to switch off: no apply is ever forced; a pull that does not come to its end is not applied at all.",
    "P96": "Only more questions would show: swapped before it is sent again, what was forgotten would be listed as lost, and come back.",
}
"""Group D and E (P40 to P60) concern other programs, networks and machines: their tests are named in docs/sync.md."""
