"""Look up names and phrases, and their other names, in tables."""
