"""The core of arshif: what an archive is, and how a query is answered from it.

`from search import SearchEngine` gives the one class a program needs; it is imported when asked
for, so that a module of the core costs no more than itself.
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
