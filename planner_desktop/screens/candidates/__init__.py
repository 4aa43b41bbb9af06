"""Candidates: imported keywords that wait for a seed, shown in the place of keywords."""
