"""The Keywords page: query line, figures, grid, and the panel that edits what is selected."""
