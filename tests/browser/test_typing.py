"""Completions and recent searches, by keyboard."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_completion_is_chosen_with_the_arrows(reader):
    box = reader.get_by_role("combobox")
    reader.keyboard.type("السي")
    options = reader.locator("#offers li")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    reader.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "offer-0")
    assert box.input_value() == "السي"  # a completion is filled in when it is chosen
    completion = options.first.get_attribute("data-text")
    reader.keyboard.press("Enter")
    expect(reader).to_have_title(f"{completion} · أرشيف")


def test_a_late_answer_does_not_take_the_chosen_completion_away(reader):
    def answer_late(route):
        reader.wait_for_timeout(400)
        route.continue_()

    reader.keyboard.type("الس")
    options = reader.locator("#offers li")
    expect(options.first).to_be_visible()
    reader.wait_for_load_state("networkidle")
    reader.route("**/api/suggest?**", answer_late)
    with reader.expect_request("**/api/suggest?**"):
        reader.keyboard.type("ي")
    reader.keyboard.press("ArrowDown")
    reader.wait_for_timeout(600)
    expect(options.first).to_have_attribute("aria-selected", "true")


def test_escape_closes_the_completions_and_keeps_the_text(reader):
    reader.keyboard.type("السي")
    expect(reader.get_by_role("listbox")).to_be_visible()
    reader.keyboard.press("Escape")
    expect(reader.get_by_role("listbox")).to_be_hidden()
    assert reader.locator("#q").input_value() == "السي"


def test_arrow_up_in_the_box_selects_the_last_completion(reader):
    reader.keyboard.type("السي")
    options = reader.locator("#offers li")
    expect(options.first).to_be_visible()
    reader.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_a_chosen_newspaper_filters_the_next_query(reader):
    reader.keyboard.type("ملاعب")
    reader.locator("#offers").get_by_role("option", name="ملاعبنا صحيفة").click()
    expect(reader.locator(".within")).to_be_visible()
    reader.keyboard.type("المدينة")
    reader.keyboard.press("Enter")
    expect(reader.locator(".chips bdi")).to_have_text(["ملاعبنا"])
    assert set(reader.locator("article > .kicker .source").all_text_contents()) == {"ملاعبنا"}


def test_arabic_typed_on_latin_keys_is_completed_and_suggested(reader):
    expect(reader.locator("#q")).to_be_focused()
    reader.keyboard.type("hgsd,g")
    expect(reader.locator("#offers li").first).to_have_attribute("data-text", "السيول")
    reader.keyboard.press("Enter")
    reader.locator(".meant").get_by_role("link", name="السيول").click()
    expect(reader).to_have_title("السيول · أرشيف")


def test_a_slash_moves_the_focus_to_the_box(reader):
    reader.goto("/search?q=السيول")
    reader.locator(".hit h2 a").first.focus()
    reader.keyboard.press("/")
    expect(reader.locator("#q")).to_be_focused()
    reader.keyboard.type("نص/آخر")
    assert reader.locator("#q").input_value() == "نص/آخر"


def test_recent_searches_are_kept_in_the_browser_until_they_are_deleted(reader, context):
    for text in ("السيول", "المحصول"):
        reader.locator("#q").fill(text)
        reader.keyboard.press("Enter")
        expect(reader).to_have_title(f"{text} · أرشيف")
    reader.goto("/")
    reader.locator("#q").click()
    options = reader.locator("#offers li").all()
    texts = [option.get_attribute("data-text") for option in options]
    assert texts == ["المحصول", "السيول", "امسح عمليات البحث السابقة"]
    assert context.cookies() == []
    reader.keyboard.press("ArrowUp")
    reader.keyboard.press("Enter")
    assert reader.evaluate("localStorage.getItem('arshif-recent')") == "[]"


def test_completions_move_nothing_on_the_page(reader):
    before = reader.locator("#newest").bounding_box()
    reader.keyboard.type("السي")
    expect(reader.get_by_role("listbox")).to_be_visible()
    assert reader.locator("#newest").bounding_box() == before


def test_the_box_keeps_what_is_typed_and_the_list_stays_open_meanwhile(reader):
    box, offers = reader.locator("#q"), reader.get_by_role("listbox")
    reader.keyboard.type("السي")
    expect(offers).to_be_visible()
    reader.route("**/api/suggest?*", lambda _: None)  # no answer comes
    for typed in ("السيو", "السيول"):  # the second letter aborts the request of the first
        with reader.expect_request("**/api/suggest?*"):
            reader.keyboard.type(typed[-1])
        assert box.input_value() == typed
    with reader.expect_event("requestfailed"):
        reader.keyboard.type(" ت")
    expect(offers).to_be_visible()
    reader.unroute("**/api/suggest?*")
    reader.keyboard.type("عز")
    expect(offers.locator("li").first).to_have_attribute("data-text", "السيول تعزل دواوير السهل")
    reader.keyboard.press("ArrowDown")
    assert box.input_value() == "السيول تعز"
