"""What both sides of the product share: entities, commands, rules, the query line and the messages of the wire.

Pure Python (and pydantic for the wire): no window, no database, no network, no clock, no randomness.
"""
