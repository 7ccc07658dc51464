"""Two copies side by side: columns, the phone, the keyboard, a screen reader."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE
from tests.browser.test_access import contrast_violations_in_the_dark, violations

pytestmark = pytest.mark.browser


def open_comparison(page):
    page.goto("/search?q=السيول تعزل دواوير السهل")
    page.locator(".hit h2 a").first.click()
    page.get_by_role("link", name="قارن النصين").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("مقارنة نصين")
    return page.url


def test_columns_stand_beside_one_another_and_on_a_phone_below(page):
    address = open_comparison(page)
    for ui, is_first_right in (("ar", True), ("en", False)):
        page.set_viewport_size(WIDE)
        page.goto(f"{address}?ui={ui}")
        first, second = (section.bounding_box() for section in page.locator(".heads section").all())
        assert first["y"] == second["y"]
        assert (first["x"] > second["x"]) is is_first_right
        page.set_viewport_size({"width": 390, "height": 844})
        first, second = (section.bounding_box() for section in page.locator(".heads section").all())
        assert first["y"] + first["height"] <= second["y"]
        assert first["x"] == second["x"]
        for width in (640, 390, 320):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_phone_shows_what_both_texts_share_once(page):
    open_comparison(page)
    cells = page.locator(".pair.same .cell")
    assert cells.count() > 0
    expect(cells.last).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(cells.first).to_be_visible()
    expect(cells.last).to_be_hidden()


def test_a_difference_is_read_out_and_underlined(page):
    open_comparison(page)
    assert '- insertion: "مضاف: من جديد"' in page.locator(".heads").aria_snapshot()
    for tag, line in (("del", "dashed"), ("ins", "solid")):
        style = "one => getComputedStyle(one).textDecorationStyle"
        assert page.locator(f"main {tag}").first.evaluate(style) == line


def test_the_comparison_passes_the_rules_of_axe_in_every_language(page):
    address = open_comparison(page)
    for ui in ("ar", "fr", "en"):
        page.goto(f"{address}?ui={ui}")
        assert violations(page) == [], ui
    assert contrast_violations_in_the_dark(page) == []


def test_the_keyboard_and_a_browser_without_javascript_reach_the_comparison(browser, live_url):
    with browser.new_context(java_script_enabled=False, viewport=WIDE, base_url=live_url) as bare:
        page = bare.new_page()
        page.goto("/search?q=السيول تعزل دواوير السهل")
        page.locator(".foot summary").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name="قارن النصين").first
        link.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("مقارنة نصين")
        expect(page.locator(".pair ins").first).to_be_visible()
