"""Messages between the desktop and a platform. Not imported before the first paint: pydantic costs 40 ms."""
