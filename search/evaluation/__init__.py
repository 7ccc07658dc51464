"""Measure an archive's answers against judgements: `python -m search.evaluation --help`."""
