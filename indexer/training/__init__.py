"""Trains static encoders: `python -m indexer.training --help`."""
