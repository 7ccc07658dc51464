"""What is shown of the ranked documents: hits, snippets, highlights, facets."""
