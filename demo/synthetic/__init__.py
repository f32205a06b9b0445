"""A synthetic catalogue of any size, for exploring and for measuring. Nothing in it exists."""
