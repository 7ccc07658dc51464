"""References to documents, in the formats that reference managers read."""
