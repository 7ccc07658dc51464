"""The offline side of arshif: readers of dumps, the indexing trip, and the training of encoders."""
