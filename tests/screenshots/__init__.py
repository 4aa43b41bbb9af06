"""Pages of components and whole screens, rendered for looking at; see test_pictures.py."""
