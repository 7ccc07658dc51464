"""Immutable files of vectors and word pieces, and the search in them."""
