"""From the typed query to its plan: syntax, filters, date hints, expansion, spelling."""
