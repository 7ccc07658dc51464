"""Maintenance of a whole archive: check, compaction, merging, encoding, upgrade, removal."""
