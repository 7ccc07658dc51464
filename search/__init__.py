"""The core of arshif: archives, and the search engine that answers queries from them.

`from search import SearchEngine` imports the only class that a program needs. The import is lazy,
so that importing another module of the core does not load the engine.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.engine import SearchEngine

__all__ = ["SearchEngine"]


def __getattr__(name: str) -> object:
    if name == "SearchEngine":
        from search.engine import SearchEngine

        return SearchEngine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
