"""Serve the pages and the JSON endpoints of arshif over one search engine.

This package ranks nothing and stores nothing: it reads the parameters of a request, calls
`search.engine`, and renders a page or JSON.

`from web import create_app` imports the app. The import is lazy, so that the process that starts
the serving processes does not load the engine.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    if name == "create_app":
        from web.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
