"""Encoders: text to vector.

`load.py` finds one by name; `identity.py` says what an archive remembers of it.
"""
