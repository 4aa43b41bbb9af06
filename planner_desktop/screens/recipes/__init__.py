"""The Recipes page: what is done to every new export, run on files with its plan shown first, and recorded from history."""
