"""The visual language and the widgets shared by all screens."""
