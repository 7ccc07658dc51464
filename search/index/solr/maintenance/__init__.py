"""Counts, checks and rewrites an archive on a cluster."""
