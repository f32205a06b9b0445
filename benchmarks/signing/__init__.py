"""Microseconds per signed URL, ours beside botocore's: `python -m benchmarks.signing`."""
