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
# A title is wider or narrower in the machine's own face.
IS_SHOWN = """() => {
    const title = document.querySelector(".hit h2 bdi");
    const width = title.getBoundingClientRect().width;
    title.style.fontFamily = "serif";
    return width !== title.getBoundingClientRect().width;
}"""


def visit(page: Page, times: int) -> list[tuple[int, float, bool]]:
    """Return per visit how often the font was fetched, the shift of the layout, and if it shows."""
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    visits = []
    for _ in range(times):
        page.goto(PATH)
        page.wait_for_timeout(1000)  # ms; a late font would arrive by now
        fetched, shift = page.evaluate(FETCHED), page.evaluate("window.shift")
        visits.append((fetched, shift, page.evaluate(IS_SHOWN)))
    return visits


def test_a_machine_with_the_face_fetches_nothing(page):
    [(fetched, shift, _)] = visit(page, times=1)
    assert (fetched, shift) == (0, 0)


@pytest.mark.slow
def test_a_machine_without_it_shows_the_font_once_it_is_cached_and_nothing_moves(
    browser, live_url, tmp_path
):
    config = tmp_path / "fonts.conf"
    config.write_text(WITHOUT_NOTO.format(folder=tmp_path))
    with launch(browser.browser_type, FONTCONFIG_FILE=str(config)) as bare:
        visits = visit(bare.new_page(viewport=WIDE, base_url=live_url), times=3)
    assert visits[0][0] == 1
    assert [shift for _, shift, _ in visits] == [0, 0, 0]
    assert visits[2][2]
