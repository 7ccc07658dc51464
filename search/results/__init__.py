"""Build the results from ranked documents: hits, snippets, highlights, facets."""
