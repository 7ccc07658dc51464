"""What a thumb needs on a phone: hits in sight, the box and the filters in reach, large targets."""

from itertools import combinations
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import render_template_string
from playwright.sync_api import Page, expect

import web
from search.records import Facet, Query, SearchPage
from tests.browser.test_access import ALL_RULES, PATHS
from web import create_app
from web.pages.timeline import build_timelines, build_years_chart

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
QUERY = "/search?q=السيول"
TOUCH = 44  # px
CHART_STYLE = Path(web.__file__).parent / "static" / "timeline.css"

# Returns the controls of a part with less room than `touch` in either direction: the room in which
# a press reaches the control and nothing else. Left out are links within a sentence, bars of a
# chart, which a list beside it repeats, and what only a focus shows.
SMALL_TARGETS = """([part, touch]) => {
  const controls = [...document.querySelectorAll(
    ['a', 'button', 'input', 'select', 'summary'].map(name => `${part} ${name}`).join()
  )];
  const isWithinText = one => getComputedStyle(one).display === 'inline'
    && [...one.parentElement.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const pressed = one => one.closest('label') ?? one;
  const room = (one, dx, dy) => {
    const box = pressed(one).getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const reaches = step => {
      const top = document.elementFromPoint(x + dx * step, y + dy * step);
      return top && pressed(one).contains(top);
    };
    let [before, after] = [0, 0];
    while (before < touch && reaches(-before - 1)) before += 1;
    while (after < touch && reaches(after + 1)) after += 1;
    return before + after + 1;
  };
  const small = [];
  for (const one of controls) {
    if (!one.checkVisibility({ visibilityProperty: true }) || isWithinText(one)) continue;
    if (one.matches('.skip, svg a') || one.getBoundingClientRect().width <= 1) continue;
    one.scrollIntoView({ block: 'center', inline: 'center' });
    const [width, height] = [room(one, 1, 0), room(one, 0, 1)];
    if (Math.min(width, height) < touch)
      small.push(`${one.outerHTML.slice(0, 120)} ${width}x${height}`);
  }
  return small;
}"""


# Returns the pairs of texts that overlap, and the texts that leave the chart.
OVERLAPPING_TEXTS = """() => {
  const texts = [...document.querySelectorAll('svg text:not(.spare)')];
  const boxes = texts.map(one => [one.textContent, one.getBoundingClientRect()]);
  const chart = document.querySelector('svg').getBoundingClientRect();
  const found = [];
  for (const [a, one] of boxes) {
    if (one.left < chart.left - 4 || one.right > chart.right + 4) found.push([a, 'outside']);
    for (const [b, other] of boxes) {
      const isApart = one.right < other.left || other.right < one.left
        || one.bottom < other.top || other.bottom < one.top;
      if (a && b && one !== other && !isApart) found.push([a, b]);
    }
  }
  return found;
}"""


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size(PHONE)
    return page


def open_sheet(page: Page) -> None:
    page.locator(".facets > summary").click()
    expect(page.locator(".sheet")).to_be_visible()


def test_four_hits_are_in_sight_at_once(phone):
    phone.goto(QUERY)
    hits = [hit.bounding_box() for hit in phone.locator(".hit").all()]
    assert sum(hit["y"] + hit["height"] <= PHONE["height"] for hit in hits) >= 4


def test_nothing_beside_the_name_covers_its_neighbour(phone):
    for width in (320, 360, 390, 700):
        phone.set_viewport_size({"width": width, "height": 844})
        phone.goto(QUERY)
        beside = [".to-clippings", ".folio summary", ".wordmark", ".masthead .narrowing > summary"]
        boxes = [phone.locator(selector).bounding_box() for selector in beside]
        for one, other in combinations(boxes, 2):
            is_apart = any(
                one[start] + one[size] <= other[start] or other[start] + other[size] <= one[start]
                for start, size in (("x", "width"), ("y", "height"))
            )
            assert is_apart, (width, one, other)


def test_the_box_stays_in_sight_and_covers_no_focused_link(phone):
    phone.goto("/search?q=السهل")
    phone.locator(".hit").last.scroll_into_view_if_needed()
    assert phone.evaluate("scrollY") > 100
    expect(phone.locator("#q")).to_be_in_viewport(ratio=1)
    box = phone.locator(".masthead").bounding_box()
    for _ in range(12):
        phone.keyboard.press("Shift+Tab")
        focused = phone.locator(":focus")
        if focused.evaluate("one => !one.closest('main')"):
            break
        assert focused.bounding_box()["y"] >= box["y"] + box["height"]


def test_the_sheet_of_filters_keeps_the_focus_until_it_is_closed(phone):
    phone.goto(QUERY)
    open_sheet(phone)
    for _ in range(25):
        phone.keyboard.press("Tab")
        assert phone.evaluate("document.activeElement.matches('body, .facets *')")
    assert Axe().run(phone, context=".facets", options=ALL_RULES).response["violations"] == []
    phone.keyboard.press("Escape")
    expect(phone.locator(".sheet")).to_be_hidden()
    expect(phone.locator(".facets > summary")).to_be_focused()
    phone.keyboard.press("Shift+Tab")
    assert phone.evaluate("document.activeElement.matches('.list *')")
    open_sheet(phone)
    phone.mouse.click(195, 20)  # on the page behind
    expect(phone.locator(".sheet")).to_be_hidden()


def test_the_sheet_narrows_without_javascript(browser, live_url):
    with browser.new_context(
        java_script_enabled=False, viewport=PHONE, has_touch=True, base_url=live_url
    ) as bare:
        page = bare.new_page()
        page.goto(QUERY)
        expect(page.locator(".sheet")).to_be_hidden()
        page.locator(".facets > summary").tap()
        page.get_by_role("complementary").get_by_role("link", name="صوت الوادي").tap()
        expect(page.locator(".chips bdi")).to_have_text(["صوت الوادي"])
        page.get_by_role("navigation").first.locator("summary").tap()
        page.get_by_role("link", name="English").tap()
        expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.slow
def test_every_target_has_room_for_a_thumb(phone):
    small = {}
    for name, path in PATHS.items():
        phone.goto(path)
        small[name] = phone.evaluate(SMALL_TARGETS, ["body", TOUCH])
    for opened in (".facets", ".folio", ".narrowing", ".more", ".foot details"):
        phone.goto(QUERY)
        if opened.startswith(".foot"):
            phone.locator(".more > summary").first.click()
        phone.locator(f"{opened} summary").first.click()
        small[opened] = phone.evaluate(SMALL_TARGETS, [opened, TOUCH])
    phone.goto(QUERY)
    phone.locator(".hit h2 a").first.click()
    expect(phone.locator(".document")).to_be_visible()
    small["document"] = phone.evaluate(SMALL_TARGETS, ["body", TOUCH])
    assert small == {name: [] for name in small}


def test_a_press_anywhere_on_a_hit_opens_it(phone):
    phone.goto(QUERY)
    snippet = phone.locator(".hit .snippet").first.bounding_box()
    phone.mouse.click(snippet["x"] + 20, snippet["y"] + 20)
    expect(phone.locator(".document")).to_be_visible()


def build_charts():
    """Build a chart of each length, with a small first and a large last count."""
    yield from (build_years_chart({2000: 1, 2000 + last: 12_345}) for last in range(1, 26))
    for month in range(2, 13):
        facets = {"month": (Facet("2019-01", 7), Facet(f"2019-{month:02}", 12_345))}
        yield from build_timelines(SearchPage(Query("a"), (), 9, 9, True, 0, 9, 0, facets, 0.0))


def test_names_and_counts_of_a_chart_never_overlap(page, engine):
    style = CHART_STYLE.read_text(encoding="utf-8")
    template = "{% from 'macros.html' import chart with context %}{{ chart(timeline) }}"
    overlapping = {}
    for ui, direction in (("ar", "rtl"), ("fr", "ltr")):
        app = create_app(engine=engine)
        with app.test_request_context(f"/?ui={ui}"):
            app.preprocess_request()
            drawings = [render_template_string(template, timeline=one) for one in build_charts()]
        for number, drawing in enumerate(drawings):
            page.set_content(
                f"<style>:root {{ --plain: 'Noto Sans', 'Noto Sans Arabic' }} {style}</style>"
                f"<div dir={direction} style='width: 240px'>{drawing}</div>"
            )
            if pairs := page.evaluate(OVERLAPPING_TEXTS):
                overlapping[ui, number] = pairs
    assert overlapping == {}
