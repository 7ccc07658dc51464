"""What is typed: completed while it is typed, and turned into the plan of a query."""
