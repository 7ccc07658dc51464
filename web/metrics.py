"""Collect metrics for Prometheus, in one registry per app.

Several processes behind one port add up their counts in the folder PROMETHEUS_MULTIPROC_DIR.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from search.errors import SearchError
from search.index.archive import Status
from search.index.live import LiveArchive
from search.records import SearchPage
from web.app_state import AppState

_MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"
_KEY = "arshif-metrics"
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Unknown paths and methods are unlimited in number, so they share one label.
_UNKNOWN = "other"


class Metrics:
    """The counters, histograms and gauges of one app."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter(
            "arshif_requests", "Answers.", ["endpoint", "method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "arshif_request_seconds",
            "Time from request to answer.",
            ["endpoint"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.stages = Histogram(
            "arshif_stage_seconds",
            "Time of one search in each of its stages.",
            ["stage"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.refused = Counter(
            "arshif_refused", "Requests refused, by status.", ["status"], registry=registry
        )
        self.reloads = Counter("arshif_reloads", "New commits met.", ["outcome"], registry=registry)
        self.running = Gauge(
            "arshif_searches_running",
            "Requests that are being answered from the archive.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        for outcome in ("served", "failed"):
            self.reloads.labels(outcome)

    @classmethod
    def of(cls, app: Flask) -> Self:
        """Return the metrics of an app."""
        return cast(Self, app.extensions[_KEY])  # Flask keeps extensions untyped

    @classmethod
    def current(cls) -> Self:
        """Return the metrics of the app that answers the current request."""
        return cls.of(current_app)

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self
        state = AppState.of(app)
        state.watch_searches(self._count_stages)
        state.engine.live.on_reload = self._count_reload
        app.after_request(self._count_answer)
        self._archive = _ArchiveCollector(state.engine.live)
        self._registry.register(self._archive)

    def write(self) -> tuple[bytes, str]:
        """Write all metrics as text; return it with its content type."""
        registry = self._registry
        if folder := os.environ.get(_MULTIPROC_DIR):
            _drop_gauges_of_dead_processes(Path(folder))
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            registry.register(self._archive)
        return generate_latest(registry), CONTENT_TYPE_LATEST

    def _count_answer(self, response: Response) -> Response:
        endpoint = request.endpoint or _UNKNOWN
        method = request.method if request.endpoint else _UNKNOWN
        status = str(response.status_code)
        self.requests.labels(endpoint, method, status).inc()
        self.seconds.labels(endpoint).observe(time.perf_counter() - g.started)
        if response.status_code >= 400:
            self.refused.labels(status).inc()
        return response

    def _count_stages(self, page: SearchPage) -> None:
        for stage, took_ms in page.stages_ms.items():
            self.stages.labels(stage).observe(took_ms / 1000)

    def _count_reload(self, is_served: bool) -> None:
        self.reloads.labels("served" if is_served else "failed").inc()


def _drop_gauges_of_dead_processes(folder: Path) -> None:
    """Remove the gauges of processes that were killed; their counters stay."""
    for path in folder.glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _count_encoded(status: Status) -> int:
    return status.passages if status.encoded is None else status.encoded


class _ArchiveCollector(Collector):
    """A collector of the state of the archive at the moment of the request."""

    def __init__(self, live: LiveArchive) -> None:
        self._live = live

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            status = self._live.status()
        except SearchError:  # the refusal is counted elsewhere; the archive is not current
            yield GaugeMetricFamily("arshif_archive_is_current", "Newest commit served.", 0)
            return
        age_s = time.time() - datetime.fromisoformat(status.committed_at).timestamp()
        for name, about, value in (
            ("is_current", "Newest commit served.", float(self._live.failure is None)),
            ("documents", "Documents in the archive.", float(status.documents)),
            ("passages", "Passages in the archive.", float(status.passages)),
            (
                "encoded_passages",
                "Passages with vectors of all levels.",
                float(_count_encoded(status)),
            ),
            ("commit", "Number of the commit that is served.", float(status.commit)),
            ("commit_age_seconds", "Time since that commit.", age_s),
        ):
            yield GaugeMetricFamily(f"arshif_archive_{name}", about, value)
