"""The headers every answer carries, and one line in the log for each request."""

import logging
import time

from flask import Flask, Response, g, request

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
}


def register(app: Flask) -> None:
    app.before_request(_start_clock)
    app.after_request(_finish)


def _start_clock() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    for name, value in SECURITY.items():
        response.headers[name] = value
    # The rule, not the address: what a reader searched for is not written down.
    rule = request.url_rule.rule if request.url_rule else "(no such path)"
    took_ms = (time.perf_counter() - g.started) * 1000
    logger.info("%s %s %d %.1f ms", request.method, rule, response.status_code, took_ms)
    return response
