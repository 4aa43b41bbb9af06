"""Triage: new keywords one by one or in groups, decided with single keys."""
