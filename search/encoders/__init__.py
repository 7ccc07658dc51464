"""Encoders: text to vector.

`loading.py` finds one by name; `identity.py` says what an archive remembers of it.
"""
