"""A served app and a page of a headless Chromium to read it with."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from search.engine import SearchEngine
from tests.browser.serving import CHROMIUM, chromium, serving

WIDE = {"width": 1280, "height": 800}

expect.set_options(timeout=20_000)  # ms; a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def live_url(engine: SearchEngine) -> Iterator[str]:
    with serving(engine) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"not installed: {CHROMIUM}; apt-get install chromium fonts-noto-core")
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser, live_url: str) -> Iterator[BrowserContext]:
    """Give a reader who was never here."""
    with browser.new_context(viewport=WIDE, base_url=live_url) as fresh:
        fresh.set_default_timeout(20_000)
        yield fresh


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Give an empty page; whatever it complains about fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A page that is meant to be missing says so on the console too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    opened = context.new_page()
    opened.on("console", note)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert complaints == []


@pytest.fixture
def reader(page: Page) -> Page:
    """Open the front page in a window of ordinary size, ready to type into."""
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    return page
