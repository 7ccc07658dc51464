"""Encoders, which turn texts into vectors.

`loading.py` loads an encoder by name; `identity.py` defines the encoder protocol, and the identity
of an encoder that an archive stores.
"""
