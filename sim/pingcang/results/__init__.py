"""The result dataset: its variables, its store, and what is derived from it."""
