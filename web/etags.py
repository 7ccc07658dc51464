"""Lets whoever asked before keep the answer while the archive stays as it is.

The tag is weak: two answers of one state differ in how long they took.
"""

from hashlib import blake2b
from importlib.metadata import version

from flask import Flask, Response, g, request

from web.access import wants_key
from web.app_state import Served

_TAGGED = "/api/"


def register(app: Flask) -> None:
    reach = "private, " if wants_key(app) else ""
    program = version("arshif")  # once: it is read from a file
    app.before_request(lambda: _compare(program))
    app.after_request(lambda response: _tell(response, reach))


def _compare(program: str) -> Response | None:
    if request.method not in ("GET", "HEAD") or not request.path.startswith(_TAGGED):
        return None
    if request.endpoint is None:
        return None
    state = Served.here().engine.live.current()
    parts = (program, state.mark, state.index.identity.encoder.digest)
    g.tag = blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
    known = request.if_none_match
    return Response(status=304) if g.tag in known.as_set(include_weak=True) else None


def _tell(response: Response, reach: str) -> Response:
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
        return response
    if "tag" in g and response.status_code in (200, 304):
        response.set_etag(g.tag, weak=True)
    # To be asked again each time, unless a view says otherwise: the next commit is seen at once.
    is_kept = request.method in ("GET", "HEAD") and request.blueprint != "probes"
    response.headers.setdefault("Cache-Control", f"{reach}no-cache" if is_kept else "no-store")
    return response
