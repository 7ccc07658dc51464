"""A served app and a headless Chromium to read it with."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from waitress import wasyncore
from waitress.server import create_server

from search.engine import SearchEngine
from web import create_app

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def live_url(engine: SearchEngine) -> Iterator[str]:
    """Serve the tiny archive as `python -m web` does, at a free port."""
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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    missing = [str(path) for path in (CHROMIUM, DRIVER) if not path.exists()]
    if missing:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"not installed: {', '.join(missing)}; apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    # The driver's path is given, or selenium would look for one to download.
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
