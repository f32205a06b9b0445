"""GraphiQL: its sources, and what `python -m web.build` made of them."""
