"""Serve the endpoints that monitor the service: health, readiness, metrics."""

from flask import Blueprint, Response

from web.api.schema import Health, Readiness, respond
from web.app_state import AppState
from web.error_handlers import build_problem
from web.metrics import Metrics

probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def health() -> Response:
    """Return that the service is alive."""
    return respond(Health(status="ok"))


@probes.get("/readyz")
def readiness() -> Response:
    """Return whether the archive answers, and its newest commit is served or being opened."""
    live = AppState.current().engine.live
    live.probe()
    status = live.status()
    if live.failure is not None:  # the log has the reason, which names files
        return build_problem(503, "the newest commit cannot be opened: the one before it is served")
    return respond(
        Readiness(
            status="ready",
            commit=status.commit,
            committed_at=status.committed_at,
            documents=status.documents,
        )
    )


@probes.get("/metrics")
def metrics() -> Response:
    """Return the metrics in the format of Prometheus."""
    text, content_type = Metrics.current().write()
    return Response(text, content_type=content_type)
