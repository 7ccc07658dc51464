"""What watches the service asks: is it alive, is it ready, what did it count."""

from flask import Blueprint, Response, jsonify

from web.app_state import Served
from web.error_handlers import problem
from web.metrics import Metrics

PROBES = ("/healthz", "/readyz", "/metrics")

probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def health() -> Response:
    """Say that the service is alive."""
    return jsonify(status="ok")


@probes.get("/readyz")
def readiness() -> Response:
    """Say whether the archive is open, and its newest commit served or being opened."""
    served = Served.here()
    status = served.status()
    if served.engine.live.failure is not None:  # the log says which; it names files
        return problem(503, "the newest commit cannot be opened: the one before it is served")
    return jsonify(
        status="ready",
        commit=status.commit,
        committed_at=status.committed_at,
        documents=status.documents,
    )


@probes.get("/metrics")
def metrics() -> Response:
    """Give the counts in the form that Prometheus reads."""
    text, content_type = Metrics.here().write()
    return Response(text, content_type=content_type)
