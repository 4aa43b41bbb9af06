"""The headless side of the desktop: the local replica, the transport to a platform, and the engine that steps between them.

Knows nothing of Qt. Everything that could make a run differ from another (clock, ids, randomness, network) is passed in.
"""
