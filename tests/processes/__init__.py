"""Real processes: killed at named points, failing at the k-th call, cut off, put back, with clocks that are wrong."""
