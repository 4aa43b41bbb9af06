"""Rows of the platform into the base: always in full, whoever caused them, and set-wise where there are many.

A row without pending work gets its effective values in the same statement; rows with pending work are left to the overlay.
"""

from sync.replica.absorb.absorber import Absorber
from sync.replica.absorb.delivery import Delivery

__all__ = ["Absorber", "Delivery"]
