"""Read dumps: each module turns streams of one format into documents and rejects.

`registry.py` lists the formats, `containers.py` the containers, and `dumps.py` reads any file.
"""
