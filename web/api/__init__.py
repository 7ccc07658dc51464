"""Serve programs: JSON endpoints, exports, probes, and the description of the API."""
