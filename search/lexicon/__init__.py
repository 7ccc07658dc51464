"""Names and phrases, and what else they are called: tables and their look-up."""
