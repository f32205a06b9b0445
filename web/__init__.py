"""The player and GraphiQL: their sources, and what `python -m web.build` made of them."""
