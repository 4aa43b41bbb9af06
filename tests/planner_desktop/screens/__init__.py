"""The window on a real replica, with real threads and, where a sync is needed, the platform double."""
