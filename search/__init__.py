"""The core of arshif: text rules, encoders, the archive on disk, and the search over it."""
