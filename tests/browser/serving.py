"""A served app and Debian's Chromium, for the browser tests and for the screenshots."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, sync_playwright
from werkzeug.serving import make_server

from search.engine import SearchEngine
from web import create_app

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@contextmanager
def serving(engine: SearchEngine) -> Iterator[str]:
    """Serve at a free port, from a thread of this process."""
    server = make_server("127.0.0.1", 0, create_app(engine=engine), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; Playwright brings none of its own."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


def launch(browser_type: BrowserType, **environment: str) -> Browser:
    """Start the system's Chromium with variables added to its environment."""
    return browser_type.launch(
        executable_path=CHROMIUM, args=_ARGUMENTS, env={**os.environ, **environment}
    )
