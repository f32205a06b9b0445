"""What traces cost, and what it costs that there could be some."""
