"""What is offered while a reader types, with the keyboard alone."""

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
    assert box.input_value() == "السي"  # nothing is filled in before it is chosen
    wanted = options.first.get_attribute("data-text")
    reader.keyboard.press("Enter")
    expect(reader).to_have_title(f"{wanted} · أرشيف")


def test_escape_closes_what_is_offered_and_keeps_the_text(reader):
    reader.keyboard.type("السي")
    expect(reader.get_by_role("listbox")).to_be_visible()
    reader.keyboard.press("Escape")
    expect(reader.get_by_role("listbox")).to_be_hidden()
    assert reader.locator("#q").input_value() == "السي"


def test_up_from_the_box_reaches_the_last_offer(reader):
    reader.keyboard.type("السي")
    options = reader.locator("#offers li")
    expect(options.first).to_be_visible()
    reader.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_a_source_narrows_what_is_typed_next(reader):
    reader.keyboard.type("ملاعب")
    reader.locator("#offers").get_by_role("option", name="ملاعبنا مصدر").click()
    expect(reader.locator(".within")).to_be_visible()
    reader.keyboard.type("المدينة")
    reader.keyboard.press("Enter")
    expect(reader.locator(".chips bdi")).to_have_text(["ملاعبنا"])
    assert set(reader.locator("article > .kicker .source").all_text_contents()) == {"ملاعبنا"}


def test_arabic_on_a_latin_keyboard_is_recognised(reader):
    expect(reader.locator("#q")).to_be_focused()
    reader.keyboard.type("hgsd,g")
    expect(reader.locator("#offers li").first).to_have_attribute("data-text", "السيول")
    reader.keyboard.press("Enter")
    reader.locator(".meant").get_by_role("link", name="السيول").click()
    expect(reader).to_have_title("السيول · أرشيف")


def test_a_slash_goes_to_the_box(reader):
    reader.goto("/search?q=السيول")
    reader.locator(".hit h2 a").first.focus()
    reader.keyboard.press("/")
    expect(reader.locator("#q")).to_be_focused()
    reader.keyboard.type("نص/آخر")
    assert reader.locator("#q").input_value() == "نص/آخر"


def test_recent_searches_stay_in_the_browser_until_they_are_forgotten(reader, context):
    for text in ("السيول", "المحصول"):
        reader.locator("#q").fill(text)
        reader.keyboard.press("Enter")
        expect(reader).to_have_title(f"{text} · أرشيف")
    reader.goto("/")
    reader.locator("#q").click()
    texts = [one.get_attribute("data-text") for one in reader.locator("#offers li").all()]
    assert texts == ["المحصول", "السيول", "امسح ما بحثت عنه"]
    assert context.cookies() == []
    reader.keyboard.press("ArrowUp")
    reader.keyboard.press("Enter")
    assert reader.evaluate("localStorage.getItem('arshif-recent')") == "[]"


def test_typing_moves_nothing_on_the_page(reader):
    before = reader.locator("#newest").bounding_box()
    reader.keyboard.type("السي")
    expect(reader.get_by_role("listbox")).to_be_visible()
    assert reader.locator("#newest").bounding_box() == before
