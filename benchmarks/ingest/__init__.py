"""How fast `tonearm ingest` takes music in."""
