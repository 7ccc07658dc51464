"""Readers: one module per dump format, each a path or stream to documents and rejects.

`dumps.py` chooses.
"""
