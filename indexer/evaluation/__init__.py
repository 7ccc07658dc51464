"""Measure an encoder on collections with known answers: `python -m indexer.evaluation --help`."""
