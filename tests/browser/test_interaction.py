"""What a reader does: search, narrow, open a document, come back."""

import pytest
from playwright.sync_api import Page, expect

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.browser.serving import serving
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

pytestmark = pytest.mark.browser


def search(page: Page, text: str) -> None:
    page.locator("#q").fill(text)
    page.keyboard.press("Enter")
    expect(page).to_have_title(f"{text} · أرشيف")


def style(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element).getPropertyValue(name)", name
    )


def test_search_open_a_hit_and_come_back(reader):
    expect(reader.locator("#q")).to_be_focused()
    search(reader, "فيضانات سهل اللوز")
    first = reader.locator(".hit").first
    expect(first.locator("h2 mark")).to_have_count(0)
    first.locator("h2 a").click()
    expect(reader.locator("h1")).to_have_text("فيضانات تغمر قرى سهل اللوز")
    assert reader.locator("h1 mark").count() == 0
    expect(reader.locator(".document")).to_contain_text("وقال سكان إن السد امتلأ في ساعات قليلة.")
    reader.get_by_role("link", name="عد إلى النتائج").click()
    expect(reader).to_have_title("فيضانات سهل اللوز · أرشيف")


def test_going_back_keeps_the_scroll_and_the_filters(reader):
    reader.goto("/search?q=السهل&kind=article")
    reader.locator(".hit").last.scroll_into_view_if_needed()
    scroll = reader.evaluate("scrollY")
    assert scroll > 0
    reader.locator(".hit").last.locator("h2 a").click()
    expect(reader.locator(".document")).to_be_visible()
    reader.go_back()
    expect(reader.locator(".chips bdi")).to_have_text("مقال")
    reader.wait_for_function("scroll => scrollY === scroll", arg=scroll)


def test_pages_read_from_right_to_left(reader):
    search(reader, "La neige coupe la route")
    assert style(reader, "body", "direction") == "rtl"
    assert style(reader, "article[lang=fr]", "direction") == "ltr"
    assert style(reader, "#q", "direction") == "ltr"
    wordmark = reader.locator(".wordmark").bounding_box()
    box = reader.locator("#q").bounding_box()
    assert wordmark["x"] > box["x"] + box["width"]


def test_marks_add_no_space_to_a_line(reader):
    search(reader, "السيول")
    for name in ("padding-left", "padding-right", "margin-left", "margin-right", "letter-spacing"):
        assert style(reader, "mark", name) in ("0px", "normal")


def test_filters_by_source_and_year_are_chosen_and_removed(reader):
    search(reader, "الطريق")
    reader.locator(".facets").get_by_role("link", name="2019 2", exact=True).click()
    expect(reader.locator(".chips bdi")).to_have_text(["سنة 2019"])
    reader.locator(".facets").get_by_role("link", name="صوت الوادي").click()
    expect(reader.locator(".chips bdi")).to_have_text(["صوت الوادي", "سنة 2019"])
    assert reader.locator("article > .kicker time").all_text_contents() == ["13 يناير 2019"]
    reader.locator(".facets").get_by_role("link", name="جريدة السهل").click()
    expect(reader.locator(".chips bdi")).to_have_count(3)
    reader.locator(".facets").get_by_role("link", name="أزل: صوت الوادي").click()
    expect(reader.locator(".chips bdi")).to_have_text(["جريدة السهل", "سنة 2019"])
    reader.locator(".chips").get_by_role("link", name="أزل الكل").click()
    expect(reader.locator(".chips")).to_have_count(0)
    assert reader.locator("#q").input_value() == "الطريق"


def test_the_form_filters_and_leaves_empty_fields_out_of_the_address(reader):
    search(reader, "الأمطار")
    reader.locator(".narrowing summary").click()
    reader.get_by_role("checkbox", name="صوت الوادي").check()
    reader.get_by_role("button", name="تطبيق").click()
    expect(reader.locator(".chips bdi")).to_have_text(["صوت الوادي"])
    assert "from=" not in reader.url


def test_a_bar_of_the_timeline_filters_by_its_year(reader):
    reader.goto("/search?q=الطريق&sort=newest")
    bars = reader.get_by_role("table", name="النتائج حسب السنة").get_by_role("link")
    assert [bar.get_attribute("aria-label") for bar in bars.all()] == ["2015: 1", "2019: 2"]
    bars.first.click()
    expect(reader.locator(".chips bdi")).to_have_text(["سنة 2015"])
    assert reader.locator(".hit time").all_text_contents() == ["22 دجنبر 2015"]
    expect(bars).to_have_count(2)
    expect(bars.first).to_have_attribute("aria-current", "true")
    expect(reader.get_by_role("table", name="النتائج حسب الشهر")).to_be_visible()


def test_the_timeline_is_a_table_whose_years_run_from_the_right(reader):
    search(reader, "الطريق")
    rows = reader.get_by_role("table").get_by_role("row")
    years = [row.get_by_role("rowheader").get_attribute("aria-label") for row in rows.all()]
    assert years == ["2015", "2016", "2017", "2018", "2019"]
    first, last = (rows.nth(place).locator(".slot").bounding_box() for place in (0, -1))
    assert first["x"] > last["x"]


def test_the_next_page_and_the_previous_one_are_linked(reader):
    reader.goto("/search?q=السهل&k=3")
    titles = reader.locator(".hit h2")
    first = titles.all_text_contents()
    reader.get_by_role("link", name="التالية").click()
    expect(reader.locator(".pages [aria-current]")).to_have_text("2")
    assert set(first).isdisjoint(titles.all_text_contents())
    reader.get_by_role("link", name="السابقة").click()
    expect(reader.locator(".pages [aria-current]")).to_have_text("1")
    assert titles.all_text_contents() == first


def test_the_reason_of_a_hit_is_shown_on_demand(reader):
    search(reader, "فيضانات سهل اللوز")
    hit = reader.locator(".hit").first
    reason = hit.get_by_role("definition").first
    numbers = hit.get_by_text("BM25")
    expect(reason).to_be_hidden()
    hit.get_by_text("لماذا؟").click()
    expect(reason).to_contain_text("فيضانات")
    expect(reason).to_be_visible()
    expect(numbers).to_be_hidden()
    hit.get_by_text("بالأرقام").click()
    expect(numbers).to_be_visible()


def test_the_link_to_the_sentence_that_answers_shows_it(page, tmp_path):
    filler = "كلام كثير عن شؤون المدينة وأهلها. " * 120
    record = {"title": "الثلج", "body": f"{filler}وصل الثلج إلى الجبل فأغلق الطريق. {filler}"}
    dump = write_jsonl(tmp_path / "d.jsonl", [record])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    with serving(SearchEngine.open(tmp_path / "a", load=NgramEncoder)) as url:
        page.goto(f"{url}/search?q=ثلج الجبل")
        page.locator(".hit h2 a").first.click()
        sentence = page.locator("#near")
        expect(sentence).not_to_be_in_viewport()
        page.get_by_role("link", name="انتقل إلى الجملة الأقرب").click()
        expect(sentence).to_be_in_viewport()
        expect(sentence).to_contain_text("وصل الثلج إلى الجبل فأغلق الطريق.")


def test_language_and_colours_are_kept(reader):
    reader.get_by_role("link", name="Français").click()
    expect(reader.locator("html")).to_have_attribute("dir", "ltr")
    reader.goto("/search?q=السيول")
    expect(reader.get_by_role("button", name="Chercher")).to_be_visible()
    light = style(reader, "html", "background-color")
    reader.get_by_role("link", name="Sombre").click()
    dark = style(reader, "html", "background-color")
    assert dark != light
    reader.goto("/?ui=ar")
    assert style(reader, "html", "background-color") == dark
    expect(reader.get_by_role("button", name="بحث")).to_be_visible()


def test_a_citation_is_copied(context, reader):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    search(reader, "فيضانات سهل اللوز")
    reader.locator(".hit h2 a").first.click()
    reader.get_by_role("button", name="انسخ النص").click()
    expect(reader.locator("[data-copy=as-text]")).to_have_text("نُسخ")
    assert reader.evaluate("navigator.clipboard.readText()").startswith(
        "«فيضانات تغمر قرى سهل اللوز»، جريدة السهل، 12 يناير 2019،"
        " \u2066https://sahl.example/1\u2069 (تاريخ الاطلاع: "
    )


def test_a_citation_keeps_its_order_whatever_the_direction_of_the_title(page):
    for ui, first in (("ar", "right"), ("fr", "left")):
        page.goto(f"/search?q=neige&language=fr&ui={ui}")
        page.locator(".hit h2 a").first.click()
        places = page.locator("#as-text").evaluate(
            """element => {
                const text = element.firstChild, value = text.data;
                return ["La neige", "Le Messager"].map(part => {
                    const range = document.createRange(), start = value.indexOf(part);
                    range.setStart(text, start);
                    range.setEnd(text, start + part.length);
                    const box = range.getBoundingClientRect();
                    return {left: box.left, right: -box.right, top: box.top};
                });
            }"""
        )
        title, newspaper = places
        assert title["top"] == newspaper["top"]  # one line
        assert title[first] < newspaper[first], ui
