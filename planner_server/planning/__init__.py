"""The planner: keywords, clusters, content ideas, and the services that change them."""
