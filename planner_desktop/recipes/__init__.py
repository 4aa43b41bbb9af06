"""Recipes: what an editor does to every new export, as a small TOML file (`docs/recipes.md`).

Reads, checks and writes the file, and cleans the rows of an import plan by it. Knows no replica: carrying it out is the application's.
"""
