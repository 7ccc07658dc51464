"""Work on a whole archive: check, compaction, merging, reencoding, removal."""
