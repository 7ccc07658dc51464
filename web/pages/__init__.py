"""Build the pages that people read, and their words."""
