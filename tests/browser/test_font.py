"""The Naskh face: fetched only where the reader's machine has none, and nothing moves for it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import WIDE
from tests.browser.serving import launch

pytestmark = pytest.mark.browser

PATH = "/search?q=السيول"
WITHOUT_NOTO = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include>/etc/fonts/fonts.conf</include>
<selectfont><rejectfont><glob>*/noto/*</glob></rejectfont></selectfont>
<cachedir>{folder}</cachedir>
</fontconfig>"""
FETCHED = (
    "performance.getEntriesByType('resource').filter(one => one.name.includes('naskh')).length"
)
TITLE_WIDTH = "document.querySelector('.hit h2 bdi').getBoundingClientRect().width"


def open_twice(page: Page) -> list[tuple[object, ...]]:
    """Return for each visit how often the font was fetched, the shift, and a title's width."""
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    visits = []
    for _ in range(2):
        page.goto(PATH)
        page.wait_for_timeout(1000)  # ms; a late font would arrive by now
        visits.append(tuple(page.evaluate(one) for one in (FETCHED, "window.shift", TITLE_WIDTH)))
    return visits


def test_a_machine_with_the_face_fetches_nothing(page):
    assert [visit[:2] for visit in open_twice(page)] == [(0, 0), (0, 0)]


def test_a_machine_without_it_shows_the_font_from_the_second_page_on_and_nothing_moves(
    browser, live_url, tmp_path
):
    config = tmp_path / "fonts.conf"
    config.write_text(WITHOUT_NOTO.format(folder=tmp_path))
    with launch(browser.browser_type, FONTCONFIG_FILE=str(config)) as bare:
        first, second = open_twice(bare.new_page(viewport=WIDE, base_url=live_url))
    assert (first[0], first[1], second[1]) == (1, 0, 0)
    assert first[2] != second[2]  # the machine's own face, then Naskh
