"""A process that answers for another, with an app that does as the address says."""

import os
import time

import pytest

from search.errors import SearchError
from web.serving import worker
from web.serving.worker import Asked, Worker, WorkerError


def make_app():
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/wait":
            time.sleep(60)
        if environ["PATH_INFO"] == "/end":
            os._exit(1)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["QUERY_STRING"].encode(), environ["wsgi.input"].read()]

    return app


def make_none():
    raise SearchError("there is nothing to serve")


def asked(path, query="q", body=b""):
    return Asked({"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": "GET"}, body)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    worker = Worker(make_app)
    worker.wait_until_open()
    yield worker
    worker.close()


def test_a_request_is_answered_as_the_app_answers_it(opened):
    answered = opened.answer(asked("/", "q=a", b"body"))
    assert answered == ("200 OK", [("Content-Type", "text/plain")], b"q=abody")


def test_a_process_that_ends_while_it_answers_is_started_anew(opened):
    with pytest.raises(WorkerError, match="ended before it had answered"):
        opened.answer(asked("/end"))
    assert opened.answer(asked("/")).status == "200 OK"


def test_a_process_that_is_stuck_is_ended_and_started_anew(opened, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(worker, "_STUCK_S", 0.1)
        with pytest.raises(WorkerError, match="did not answer"):
            opened.answer(asked("/wait"))
    assert opened.answer(asked("/")).status == "200 OK"


def test_a_process_that_cannot_be_started_anew_is_told_as_one_that_ended(opened, monkeypatch):
    with pytest.raises(WorkerError):
        opened.answer(asked("/end"))

    def fail():
        raise BlockingIOError("no more processes")

    with monkeypatch.context() as patched:
        patched.setattr(opened, "_start", fail)
        with pytest.raises(WorkerError, match="no more processes"):
            opened.answer(asked("/"))
    assert opened.answer(asked("/")).status == "200 OK"


def test_a_process_that_cannot_begin_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    failing = Worker(make_none)
    with pytest.raises(WorkerError, match="there is nothing to serve"):
        failing.wait_until_open()
    failing.close()
