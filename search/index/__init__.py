"""The seam between the engine and what stores an archive."""
