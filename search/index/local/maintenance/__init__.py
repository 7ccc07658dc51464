"""Work on a whole archive: status, check, compaction, merging, reencoding, removal."""
