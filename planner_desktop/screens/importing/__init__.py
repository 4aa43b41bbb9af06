"""The Imports page."""
