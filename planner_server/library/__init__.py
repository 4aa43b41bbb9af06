"""The global keyword library: industries, their sectors, and the seed keywords of each."""
