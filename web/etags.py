"""Send ETags, so that a client keeps a response until the archive changes.

The tag is weak: two responses from one state of the archive differ in the time they took.
"""

from hashlib import blake2b
from importlib.metadata import version

from flask import Flask, Response, g, request

from web.app_state import AppState

_TAGGED_PATHS = "/api/"


def register(app: Flask, *, is_private: bool) -> None:
    """Register the comparison of tags before a request, and the cache headers after it."""
    scope = "private, " if is_private else ""
    program_version = version("arshif")  # read once, because it comes from a file
    app.before_request(lambda: _compare_tags(program_version))
    app.after_request(lambda response: _set_cache_headers(response, scope))


def _compare_tags(program_version: str) -> Response | None:
    if request.method not in ("GET", "HEAD") or not request.path.startswith(_TAGGED_PATHS):
        return None
    if request.endpoint is None:
        return None
    state_mark = AppState.current().state_mark()
    g.tag = blake2b(f"{program_version}\n{state_mark}".encode(), digest_size=12).hexdigest()
    client_tags = request.if_none_match.as_set(include_weak=True)
    return Response(status=304) if g.tag in client_tags else None


def _set_cache_headers(response: Response, scope: str) -> Response:
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
        return response
    if "tag" in g and response.status_code in (200, 304):
        response.set_etag(g.tag, weak=True)
    # A client revalidates at each use unless a view sets another rule, so that a new commit shows
    # at once.
    is_cacheable = request.method in ("GET", "HEAD") and request.blueprint != "probes"
    response.headers.setdefault("Cache-Control", f"{scope}no-cache" if is_cacheable else "no-store")
    return response
