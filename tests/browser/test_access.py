"""For every reader: axe-core finds nothing, and small, enlarged and keyboard-only pages work."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.serving import serving

pytestmark = pytest.mark.browser

PATHS = {
    "front": "/",
    "results": "/search?q=السيول",
    "mixed": "/search?q=La neige coupe la route",
    "narrowed": "/search?q=neige&source=Le Messager du Col&kind=article&from=2001-01-01",
    "paged": "/search?q=السهل&k=2&page=2",
    "keyboard": "/search?q=hgsd,g",
    "nothing found": "/search?q=سيول&mode=lexical&to=1990-01-01",
    "only near": "/search?q=السيول زعفران",
    "nothing dated": "/search?q=السيول زعفران&sort=newest",
    "undated hidden": "/search?q=ثمن&from=2020-01-01&source=ملعبنا&source=جريدة السهل",
    "listed": "/search?source=جريدة السهل&from=2019-01-01&to=2019-12-31",
    "advanced": "/advanced?q=السيول",
    "endless word": "/search?q=" + "طويل" * 100,
    "trends": "/trends?q=السيول&q=source:ملاعبنا&share=1&by=month",
    "trends to ask for": "/trends",
    "refused": "/search?q=a&mode=magic",
    "missing": "/nothing",
    "newspaper": "/source/جريدة السهل",
    "year": "/source/جريدة السهل/2019",
    "month": "/day/2019-01",
    "day": "/day/2019-01-14",
    "unknown newspaper": "/source/جريدة الصهل",
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def assert_accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert [
        (one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
        for one in found.response["violations"]
    ] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_axe_finds_nothing(page, path, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(path)
    assert_accessible(page)
    open_everything(page)
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ui", ["ar", "fr", "en"])
def test_axe_finds_nothing_on_a_document(page, ui, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/search?q=السيول تعزل دواوير&ui={ui}")
    assert_accessible(page)
    page.locator(".hit h2 a").first.click()
    expect(page.locator(".document")).to_be_visible()
    open_everything(page)
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ui", ["ar", "fr", "en"])
def test_words_near_in_meaning_are_marked_by_more_than_colour(page, reading_engine, ui, scheme):
    page.emulate_media(color_scheme=scheme)
    with serving(reading_engine) as url:
        page.goto(f"{url}/search?q=neige sur la route&ui={ui}")
        near = page.locator("mark.related").first
        expect(near).to_have_text("الثلج")
        line, ground = near.evaluate(
            "one => [getComputedStyle(one).textDecorationStyle,"
            " getComputedStyle(one).backgroundColor]"
        )
        assert (line, ground) == ("dotted", "rgba(0, 0, 0, 0)")
        expect(page.locator(".legend")).to_be_visible()
        assert_accessible(page)


def test_axe_finds_nothing_while_completions_are_open(reader):
    reader.keyboard.type("السي")
    expect(reader.locator("#offers li").first).to_be_visible()
    reader.keyboard.press("ArrowDown")
    assert_accessible(reader)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("width", [320, 390, 640])  # 640: 1280 at 200 %
def test_a_narrow_page_needs_no_sideways_scroll(page, path, width):
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(path)
    open_everything(page)
    seen, whole = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    assert whole == seen


def test_text_twice_as_large_still_fits(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/search?q=السيول")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    expect(page.locator(".hit h2 a").first).to_be_visible()


def test_the_keyboard_alone_reaches_a_document(page):
    page.goto("/search?q=السيول")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    wanted = page.locator(".hit h2 a").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("link => link === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    assert wanted.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".document")).to_be_visible()


def test_a_bar_shows_that_it_has_the_focus(page):
    page.goto("/search?q=الأمطار")
    page.locator(".timeline a").first.focus()
    page.keyboard.press("Tab")
    stroke = "getComputedStyle(document.activeElement.querySelector('.slot')).strokeWidth"
    assert page.evaluate(stroke) == "3px"


def test_nothing_shifts_while_a_page_loads(page):
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/search?q=السيول")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") == 0
