"""The Review page: what needs a decision, what was refused, and what waits to be sent."""
