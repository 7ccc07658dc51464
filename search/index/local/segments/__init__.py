"""Immutable files of vectors and word pieces, their merging, and the search in them."""
