"""Fixtures for the browser tests: a served app, and pages of a headless Chromium."""

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
    """Return a browser context without cookies or history."""
    with browser.new_context(viewport=WIDE, base_url=live_url) as fresh:
        fresh.set_default_timeout(20_000)
        yield fresh


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return an empty page; an error that it reports fails the test."""
    errors: list[str] = []

    def record(message: ConsoleMessage) -> None:
        # Chromium also reports the status 404, which some tests expect.
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    opened = context.new_page()
    opened.on("console", record)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []


@pytest.fixture
def reader(page: Page) -> Page:
    """Return the front page, with the focus in the search box."""
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    return page
