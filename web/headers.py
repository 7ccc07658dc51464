"""The headers every answer carries, and one line in the log for each request."""

import logging
import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from search.records import SearchPage
from web.app_state import Served

logger = logging.getLogger(__name__)

SECURITY = {
    # Nothing but our own files: text from a dump stays text.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A newspaper must not learn what was searched for; a click inside the archive may.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # what may be repeated in a header and the log


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)
    Served.of(app).watchers.append(_note_stages)


def _begin() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    g.stages_ms = {}
    logger.debug("%s asks %s", g.request_id, request.full_path)


def _note_stages(page: SearchPage) -> None:
    for stage, took_ms in page.stages_ms.items():
        g.stages_ms[stage] = g.stages_ms.get(stage, 0.0) + took_ms


def _finish(response: Response) -> Response:
    for name, value in SECURITY.items():
        response.headers[name] = value
    took_ms = (time.perf_counter() - g.started) * 1000
    response.headers["X-Request-ID"] = g.request_id
    response.headers["Server-Timing"] = ", ".join(
        f"{stage};dur={ms:.2f}" for stage, ms in {**g.stages_ms, "total": took_ms}.items()
    )
    # The rule, not the address: what a reader searched for is not written down.
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
