"""Readers of dumps, one module a format: a stream and its origin to documents and rejects.

`registry.py` lists the formats, `containers.py` the packings, and `dumps.py` reads any file.
"""
