"""Counts documents that match over time: `python -m search.trends --help`."""
