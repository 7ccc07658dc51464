"""Maintenance of a whole archive: check, compaction, encoding, upgrade, removal."""
