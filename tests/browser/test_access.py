"""Accessibility: the rules of axe-core, narrow and enlarged pages, and the keyboard."""

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
    "no hits": "/search?q=سيول&mode=lexical&to=1990-01-01",
    "near only": "/search?q=السيول زعفران",
    "no dates": "/search?q=السيول زعفران&sort=newest",
    "undated hidden": "/search?q=ثمن&from=2020-01-01&source=ملعبنا&source=جريدة السهل",
    "listed": "/search?source=جريدة السهل&from=2019-01-01&to=2019-12-31",
    "advanced": "/advanced?q=السيول",
    "endless word": "/search?q=" + "طويل" * 100,
    "trends": "/trends?q=السيول&q=source:ملاعبنا&share=1&by=month",
    "trends form": "/trends",
    "docs": "/docs",
    "refused": "/search?q=a&mode=magic",
    "missing": "/nothing",
    "no document": "/document/السيول-تعزل",
    "days in reverse": "/search?q=السيول&from=2019-12-31&to=2019-01-01",
    "fewer words": "/search?q=السيول السهل نيزك",
    "newspaper": "/source/جريدة السهل",
    "year": "/source/جريدة السهل/2019",
    "month": "/day/2019-01",
    "day": "/day/2019-01-14",
    "unknown newspaper": "/source/جريدة الصهل",
    "clippings": "/clippings",
}
WEIGHT = (
    "['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))"
    ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # alone depends on colours


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def violations(page: Page, options: dict[str, object] = ALL_RULES) -> list[tuple[str, ...]]:
    """Return the rules that the page breaks, with everything on it opened."""
    open_everything(page)
    return [
        (violation["id"], violation["nodes"][0]["html"], violation["nodes"][0]["failureSummary"])
        for violation in Axe().run(page, options=options).response["violations"]
    ]


def contrast_violations_in_the_dark(page: Page) -> list[tuple[str, ...]]:
    page.emulate_media(color_scheme="dark")
    found = violations(page, CONTRAST)
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.slow
def test_every_page_passes_the_rules_of_axe(page):
    found = {}
    for name, path in PATHS.items():
        page.goto(path)
        found[name] = [*violations(page), *contrast_violations_in_the_dark(page)]
    assert found == {name: [] for name in PATHS}


@pytest.mark.slow
def test_a_document_passes_the_rules_of_axe_in_every_language(page):
    for ui in ("ar", "fr", "en"):
        page.goto(f"/search?q=السيول تعزل دواوير&ui={ui}")
        page.locator(".hit h2 a").first.click()
        expect(page.locator(".document")).to_be_visible()
        assert violations(page) == [], ui
    assert contrast_violations_in_the_dark(page) == []


@pytest.mark.slow
def test_a_story_passes_the_rules_of_axe_and_fits_a_phone(page, story_engine):
    with serving(story_engine) as url:
        page.goto(f"{url}/search?q=حريق سوق الخزف")
        page.locator(".hit .foot a[href^='/story/']").first.click()
        story = page.url
        for ui in ("ar", "fr", "en"):
            page.goto(f"{story}?ui={ui}")
            assert violations(page) == [], ui
        assert contrast_violations_in_the_dark(page) == []
        for width in (640, 390, 320):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator(".entries a").first.click()
        expect(page.locator(".document .ways a[href^='/story/']")).to_be_visible()
        assert violations(page) == []


@pytest.mark.slow
def test_related_words_are_marked_by_more_than_their_colour(page, reading_engine):
    with serving(reading_engine) as url:
        for ui in ("ar", "fr", "en"):
            page.goto(f"{url}/search?q=neige sur la route&ui={ui}")
            related = page.locator("mark.related").first
            expect(related).to_have_text("الثلج")
            line, ground = related.evaluate(
                "one => [getComputedStyle(one).textDecorationStyle,"
                " getComputedStyle(one).backgroundColor]"
            )
            assert (line, ground) == ("dotted", "rgba(0, 0, 0, 0)")
            expect(page.locator(".legend")).to_be_visible()
            assert violations(page) == [], ui
        assert contrast_violations_in_the_dark(page) == []


def test_open_completions_pass_the_rules_of_axe(reader):
    reader.keyboard.type("السي")
    expect(reader.locator("#offers li").first).to_be_visible()
    reader.keyboard.press("ArrowDown")
    assert violations(reader) == []


@pytest.mark.slow
def test_a_narrow_page_needs_no_sideways_scroll(page):
    widths = {}
    for name, path in PATHS.items():
        page.goto(path)
        open_everything(page)
        for width in (640, 390, 320):  # 640 is 1280 at 200 %
            page.set_viewport_size({"width": width, "height": 700})
            widths[name, width] = page.evaluate("document.documentElement.scrollWidth")
    assert widths == {(name, width): width for name, width in widths}


def test_text_of_twice_the_size_needs_no_sideways_scroll(page):
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
    expect(page.locator("#hits")).to_be_focused()
    first_hit = page.locator(".hit h2 a").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if first_hit.evaluate("link => link === document.activeElement"):
            break
    expect(first_hit).to_be_focused()
    assert first_hit.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".document")).to_be_visible()


def test_a_focused_bar_of_the_timeline_has_an_outline(page):
    page.goto("/search?q=الأمطار")
    page.locator(".timeline a").first.focus()
    page.keyboard.press("Tab")
    stroke = "getComputedStyle(document.activeElement.querySelector('.slot')).strokeWidth"
    assert page.evaluate(stroke) == "3px"


@pytest.mark.slow
def test_no_page_shifts_its_layout_while_it_loads_or_weighs_more_than_60_kb(page):
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/search?q=السيول تعزل دواوير")
    document = page.locator(".hit h2 a").first.get_attribute("href")
    shifts, weights = {}, {}
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for name, path in {**PATHS, "document": document}.items():
            page.goto(path)
            page.wait_for_load_state("networkidle")
            shifts[name, width] = page.evaluate("window.shift")
            weights[name, width] = page.evaluate(WEIGHT)
    assert shifts == dict.fromkeys(shifts, 0)
    assert {name: size for name, size in weights.items() if not 5_000 < size < 60_000} == {}


@pytest.mark.slow
def test_nothing_moves_when_the_script_arrives(page):
    """A page that is painted before its script runs would shift by the difference."""
    page.goto("/search?q=السيول تعزل دواوير")
    document = page.locator(".hit h2 a").first.get_attribute("href")
    paths = {**PATHS, "document": document}
    del paths["clippings"]  # written by the script alone

    def find_feet():
        places = {}
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            for name, path in paths.items():
                page.goto(path)
                places[name, width] = page.evaluate("document.getElementById('foot').offsetTop")
        return places

    with_script = find_feet()
    page.route("**/assets/page.*.js", lambda route: route.abort())
    assert find_feet() == with_script
