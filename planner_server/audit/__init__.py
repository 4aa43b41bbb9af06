"""The audit trail: who changed what the feed carries, from which device, with which application, and what he called it."""
