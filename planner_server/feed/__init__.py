"""The change feed: scopes with their version counters, the gate every write passes, and what synchronised replicas were told."""
