"""The writer's side of planning: tasks up to their completion. The rows are planning's; content itself is the platform's."""
