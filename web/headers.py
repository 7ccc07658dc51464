"""Add the headers of every response, and log one line per request."""

import logging
import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from search.records import SearchPage
from web.app_state import AppState

logger = logging.getLogger(__name__)

SECURITY_HEADERS = {
    # A page loads only our own files: text from a dump stays text.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A newspaper must not learn the query of a reader who follows a link to it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # safe to repeat in a header and in the log


def register(app: Flask) -> None:
    """Register the hooks around each request; call this before other hooks that may refuse it."""
    app.before_request(_begin)
    app.after_request(_finish)
    AppState.of(app).watch_searches(_add_stages)


def _begin() -> None:
    g.started = time.perf_counter()
    request_id = request.headers.get("X-Request-ID", "")
    g.request_id = request_id if _REQUEST_ID.fullmatch(request_id) else uuid4().hex
    g.stages_ms = {}
    logger.debug("%s asks %s", g.request_id, request.full_path)


def _add_stages(page: SearchPage) -> None:
    for stage, took_ms in page.stages_ms.items():
        g.stages_ms[stage] = g.stages_ms.get(stage, 0.0) + took_ms


def _finish(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    took_ms = (time.perf_counter() - g.started) * 1000
    response.headers["X-Request-ID"] = g.request_id
    response.headers["Server-Timing"] = ", ".join(
        f"{stage};dur={ms:.2f}" for stage, ms in {**g.stages_ms, "total": took_ms}.items()
    )
    # The log has the rule, not the address: the query of a reader is not logged.
    rule = request.url_rule.rule if request.url_rule else "(no such path)"
    fields = {
        "method": request.method,
        "path": rule,
        "status": response.status_code,
        "took_ms": round(took_ms, 1),
        "request_id": g.request_id,
    }
    logger.info(
        "%(method)s %(path)s %(status)d %(took_ms).1f ms %(request_id)s",
        fields,
        extra={"fields": fields},
    )
    return response
