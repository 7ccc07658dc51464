"""Train the static and the contextual encoder: `python -m indexer.training --help`."""
