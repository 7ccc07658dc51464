"""A served app and Debian's Chromium, for the browser tests and for the screenshots."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from waitress import wasyncore
from waitress.server import create_server

from search.engine import SearchEngine
from web import create_app

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@contextmanager
def serving(engine: SearchEngine) -> Iterator[str]:
    """Serve as `python -m web` does, at a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    channels: dict[int, object] = {}
    server = create_server(create_app(engine=engine), map=channels, sockets=[listening])
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    # Closed by its own thread: its loop ends when nothing is left to listen to.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))
    thread.join()
    server.task_dispatcher.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; Playwright brings none of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()
