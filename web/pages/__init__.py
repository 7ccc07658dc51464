"""What people read: the pages and their words."""
