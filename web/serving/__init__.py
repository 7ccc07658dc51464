"""Serve the application: hold its connections, and run its processes."""
