"""Clippings and saved searches, which the browser alone keeps."""

import csv
import io
import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.browser.serving import serving
from tests.browser.test_access import contrast_violations_in_the_dark, violations
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
QUERY = "/search?q=السيول"
FORMULA, SCRIPT = "=cmd|' /C calc'!A0 غريب", "غريب <img src=x onerror=alert(1)>"
FORGED = "غريب\r\nER  - \r\nTY  - BOOK"
REFUSED = "لم يُحفظ: امتلأت مساحة التخزين"
NOT_OURS = "ليس هذا ملف قصاصات."


def keep(page: Page, path: str = QUERY, count: int = 2) -> list[str]:
    """Keep the first hits of a search; return their titles."""
    page.goto(path)
    for hit in page.locator(".hit").all()[:count]:
        if not hit.locator(".clip").is_visible():  # on a phone
            hit.locator(".more > summary").click()
        hit.locator(".clip").click()
    return page.locator(".hit h2").all_text_contents()[:count]


def stored(page: Page, key: str = "arshif-clippings") -> list[dict[str, object]]:
    return page.evaluate("key => JSON.parse(localStorage.getItem(key)) ?? []", key)


def titles(page: Page):
    return page.locator(".folder h2")


def export(page: Page, kind: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=f"صدّر {kind}").click()
    assert started.value.suggested_filename == f"arshif-clippings.{kind.lower()}"
    return started.value.path().read_bytes()


def bring(page: Page, content: object) -> None:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    file = {"name": "clippings.json", "mimeType": "application/json", "buffer": text}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".said")).not_to_be_empty()


def in_file(*clippings: dict[str, object], **fields: object) -> dict[str, object]:
    return {"format": "arshif-clippings", "version": 1, "clippings": clippings, **fields}


def test_clippings_are_kept_with_notes_and_moved_by_keyboard(page):
    for viewport in (None, PHONE):
        if viewport:
            page.set_viewport_size(viewport)
        first, second = keep(page)
        expect(page.locator(".to-clippings")).to_have_text("القصاصات 2")
        page.locator(".hit h2 a").first.click()
        button = page.get_by_role("button", name="قصاصة")
        expect(button).to_have_attribute("aria-pressed", "true")
        button.press("Enter")
        expect(page.locator(".to-clippings")).to_have_text("القصاصات 1")
        button.press("Space")
        page.locator(".to-clippings").click()
        expect(titles(page)).to_have_text([second, first])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_label(f"ملاحظة {first}").fill("للمقدمة\nسطر ثان")
        up = page.get_by_role("button", name=f"قدّم {first}")
        up.press("Enter")
        expect(titles(page)).to_have_text([first, second])
        expect(page.locator(".said")).to_have_text("صارت في الموضع 1 من 2.")
        expect(up).to_be_disabled()
        expect(page.get_by_role("button", name=f"أخّر {first}")).to_be_focused()
        page.reload()
        expect(titles(page)).to_have_text([first, second])
        expect(page.get_by_label(f"ملاحظة {first}")).to_have_value("للمقدمة\nسطر ثان")
        page.get_by_role("button", name=f"أزل {second}").press("Enter")
        expect(page.get_by_role("button", name=f"أزل {first}")).to_be_focused()
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.keyboard.press("Enter")
        expect(titles(page)).to_have_text([first])  # its note was not given up
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name=f"أزل {first}").click()
        expect(page.get_by_text("لا قصاصات بعد.")).to_be_visible()
        expect(page.locator(".to-clippings")).to_have_text("القصاصات")
        assert stored(page) == []


def test_no_request_carries_clippings(page):
    addresses = []
    page.on("request", lambda request: addresses.append((request.method, request.url)))
    keep(page)
    page.goto("/clippings")
    before = len(addresses)
    page.locator("textarea").first.fill("سر")
    for kind in ("CSV", "RIS", "JSON"):
        export(page, kind)
    assert [url for _, url in addresses[before:] if not re.match("blob:|.*/assets/", url)] == []
    assert {method for method, _ in addresses} == {"GET"}


def test_the_browser_writes_a_reference_as_the_archive_does(page):
    def fields(record):
        """Return the lines that both know: a clipping has no section."""
        return [line for line in record.split("\r\n") if line and not line.startswith("SE")]

    keep(page, count=1)
    [clipping] = stored(page)
    page.goto("/clippings")
    by_archive = page.request.get(f"/document/{quote(clipping['id'])}/citation.ris").text()
    assert fields(export(page, "RIS").decode()) == fields(by_archive)


def test_two_tabs_show_the_same_and_leave_what_is_typed(context, page):
    first, _ = keep(page)
    page.goto("/clippings")
    note = page.get_by_label(f"ملاحظة {first}")
    note.press_sequentially("أول")
    other = context.new_page()
    other.goto(QUERY)
    expect(other.locator(".to-clippings")).to_have_text("القصاصات 2")
    other.locator(".hit").nth(1).locator(".clip").click()
    expect(titles(page)).to_have_text([first])
    expect(page.locator(".to-clippings")).to_have_text("القصاصات 1")
    page.bring_to_front()
    expect(note).to_be_focused()
    note.press_sequentially(" وثان")
    assert [one["note"] for one in stored(other)] == ["أول وثان"]
    other.goto("/clippings")
    other.get_by_label(f"ملاحظة {first}").fill("من الصفحة الأخرى")
    expect(note).to_have_value("من الصفحة الأخرى")


def test_an_exported_file_is_read_back_and_loses_nothing(page):
    first, second = keep(page)
    page.goto("/clippings")
    page.get_by_label(f"ملاحظة {first}").fill("قديمة")
    file = export(page, "JSON")
    before = stored(page)
    page.evaluate("localStorage.clear()")
    page.reload()
    bring(page, file)
    expect(page.locator(".said")).to_have_text("أُضيف من الملف: 2. كان هنا من قبل: 0.")
    assert stored(page) == before
    page.get_by_role("button", name=f"أزل {second}").click()
    page.get_by_label(f"ملاحظة {first}").fill("جديدة")
    bring(page, file)
    expect(page.locator(".said")).to_have_text("أُضيف من الملف: 1. كان هنا من قبل: 1.")
    expect(titles(page)).to_have_text([first, second])
    expect(page.get_by_label(f"ملاحظة {first}")).to_have_value("جديدة\nقديمة")
    bring(page, file)
    assert [one.get("note") for one in stored(page)] == ["جديدة\nقديمة", None]


def test_a_bad_file_changes_nothing_and_is_named_in_the_language_of_the_page(page):
    keep(page)
    page.goto("/clippings")
    before = stored(page)
    good = {"id": "a", "title": "عنوان"}
    search = {"query": "q=a", "label": "a", "total": 1}
    for content, sentence in (
        (b"\xff\xfe not JSON", NOT_OURS),
        (b"", NOT_OURS),
        (None, NOT_OURS),
        ([good], NOT_OURS),
        ({"clippings": [good]}, NOT_OURS),
        ({**in_file(good), "version": 2}, NOT_OURS),
        ({**in_file(), "clippings": {"a": good}}, NOT_OURS),
        (in_file(good, {"id": "b"}), "القصاصة 2 في الملف غير سليمة."),
        (in_file(None), "القصاصة 1 في الملف غير سليمة."),
        (in_file({**good, "id": ""}), "القصاصة 1 في الملف غير سليمة."),
        # Half a character has no address: the page could not be shown again.
        (in_file({**good, "id": "\ud800"}), "القصاصة 1 في الملف غير سليمة."),
        (in_file({**good, "url": "javascript:alert(1)"}), "القصاصة 1 في الملف غير سليمة."),
        (in_file({**good, "date": "2020-13-01"}), "القصاصة 1 في الملف غير سليمة."),
        (in_file({**good, "note": ["x"]}), "القصاصة 1 في الملف غير سليمة."),
        (in_file(good, searches=[{**search, "total": -1}]), "البحث 1 في الملف غير سليم."),
    ):
        bring(page, content)
        expect(page.locator(".said")).to_contain_text(sentence)
        assert stored(page) == before, content
        page.evaluate("document.querySelector('.said').textContent = ''")
    page.goto("/clippings?ui=en")
    bring(page, b"{")
    expect(page.locator(".said")).to_contain_text("This is not a file of clippings.")


def test_hostile_titles_are_text_in_the_page_and_in_every_file(page, tmp_path):
    records = [
        {"id": "formula", "title": FORMULA, "source": "@صحيفة", "body": "نص غريب أول."},
        {"id": "forged", "title": FORGED, "body": "أمر غريب.", "url": "https://a.example/?a=1&b"},
    ]
    dump = str(write_jsonl(tmp_path / "dump.jsonl", records))
    add_dumps([dump], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    with serving(SearchEngine.open(tmp_path / "a", load=NgramEncoder)) as url:
        keep(page, f"{url}/search?q=غريب")
        page.goto(f"{url}/clippings")
        bring(page, in_file({"id": "s", "title": SCRIPT, "date": "2020-05-01", "source": SCRIPT}))
        page.locator("textarea").first.fill("+1\n<b>ملاحظة</b>")
        assert page.locator(".desk img, .desk b, .desk script").count() == 0
        assert SCRIPT in titles(page).all_text_contents()
        table = export(page, "CSV")
        assert table.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
        assert len(rows) == 3
        cells = [cell for row in rows for cell in row.values()]
        assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")] == []
        assert {f"'{FORMULA}", SCRIPT} < {row["title"] for row in rows}
        assert "'@صحيفة" in {row["source"] for row in rows}
        assert rows[0]["note"] == "'+1\n<b>ملاحظة</b>"
        assert all(row["permalink"] == f"{url}/document/{row['id']}" for row in rows)
        lines = export(page, "RIS").decode().split("\r\n")
        names = [line[:2] for line in lines if line]
        assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines if line)
        assert (names.count("TY"), names.count("ER")) == (3, 3)
        assert "TI  - غريب ER - TY - BOOK" in lines
        assert {"N1  - +1 <b>ملاحظة</b>", "DA  - 2020/05/01/", "PY  - 2020"} < set(lines)
        assert "UR  - https://a.example/?a=1&b" in lines


def test_a_browser_that_keeps_nothing_says_so(context):
    refuse = "Storage.prototype.setItem = () => { throw new DOMException('full') }"
    forbid = "Object.defineProperty(window, 'localStorage', { get() { throw new Error() } })"
    for script in (refuse, forbid):
        page = context.new_page()
        page.goto(QUERY)
        page.evaluate("localStorage.clear()")
        keep(page, QUERY, 1)
        page.add_init_script(script)
        page.goto(QUERY)
        last = page.locator(".hit").last.locator(".clip")
        last.click()
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        expect(last).to_have_attribute("aria-pressed", "false")
        page.goto("/clippings")
        expect(page.locator(".said")).to_contain_text(REFUSED)
        if script == refuse:
            page.locator("textarea").fill("ملاحظة")
            expect(page.locator("textarea")).to_have_value("ملاحظة")
            assert len(stored(page)) == 1
        page.close()


def test_what_another_program_stored_is_not_overwritten(page):
    for text in ("{", "{}", "null x"):
        page.goto(QUERY)
        page.evaluate("text => localStorage.setItem('arshif-clippings', text)", text)
        page.goto(QUERY)
        page.locator(".hit").first.locator(".clip").click()
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        assert page.evaluate("localStorage.getItem('arshif-clippings')") == text


def test_the_press_review_holds_title_newspaper_date_note_and_address(page, live_url):
    first, _ = keep(page)
    page.goto("/clippings")
    page.get_by_label(f"ملاحظة {first}").fill("للمقدمة")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    folder = page.locator(".folder")
    expect(page.get_by_role("heading", level=1)).to_have_text("القصاصاتملف صحفي")
    assert folder.inner_text().startswith("ملف صحفي")
    expect(page.locator(".printed")).to_have_text(re.compile(r"^\d+ \S+ \d{4}$"))
    row = folder.locator("li.hit").first
    clipping = stored(page)[0]
    address = clipping.get("url") or f"{live_url}/document/{clipping['id']}"
    for part in (first, "للمقدمة", clipping["source"], address):
        expect(row.get_by_text(str(part), exact=True).locator("visible=true")).to_have_count(1)
    assert page.locator("button:visible, textarea:visible, .search:visible").count() == 0
    assert row.evaluate("row => getComputedStyle(row).breakInside") == "avoid"
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_a_saved_search_counts_what_came_since_it_was_opened(page, tmp_path):
    def add(name: str, *records: dict[str, object]) -> None:
        dump = str(write_jsonl(tmp_path / f"{name}.jsonl", list(records)))
        add_dumps([dump], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)

    def report(name: str, year: int) -> dict[str, object]:
        day, source = f"{year}-02-03", "جريدة السهل"
        text = f"غمرت السيول دواوير {name} بعد ليلة من الأمطار."
        return {"id": name, "title": f"سيول {name}", "body": text, "date": day, "source": source}

    add("first", report("الوادي", 2019), report("الجبل", 2020))
    query = f"q={quote('السيول')}&source={quote('جريدة السهل')}&from=2020-01-01&to=2020-12-31"
    with serving(SearchEngine.open(tmp_path / "a", load=NgramEncoder)) as url:
        page.goto(f"{url}/search?{query}")
        page.get_by_role("button", name="حفظ البحث").press("Enter")
        expect(page.get_by_role("button", name="حفظ البحث")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.goto(f"{url}/search?q=زعفران&source={quote('جريدة السهل')}&mode=lexical")
        page.get_by_role("button", name="حفظ البحث").click()  # nothing is found yet
        page.goto(f"{url}/clippings")
        news = page.locator(".watch .news")
        expect(news).to_have_text(["لا جديد، والمجموع: 1", "لا جديد، والمجموع: 0"])
        add("second", report("السهل", 2020), report("الزعفران", 2020), report("البحر", 2021))
        page.reload()
        expect(news).to_have_text(["الجديد: 2، والمجموع: 3", "الجديد: 1، والمجموع: 1"])
        page.reload()  # the list alone is no visit
        expect(news.first).to_have_text("الجديد: 2، والمجموع: 3")
        page.get_by_role("link", name="السيول، جريدة السهل، سنة 2020").click()
        expect(page.locator(".hit")).to_have_count(3)
        page.go_back()
        page.reload()
        expect(news.first).to_have_text("لا جديد، والمجموع: 3")
        assert [violations(page), contrast_violations_in_the_dark(page)] == [[], []]
        page.locator(".watch [data-remove]").first.press("Enter")
        expect(page.locator(".watch [data-remove]")).to_be_focused()
        page.route("**/api/search*", lambda route: route.abort())
        page.reload()
        expect(news).to_have_text(["تعذّر العد الآن."])
        page.locator(".watch [data-remove]").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_numbers_and_days_are_written_as_the_server_writes_them(page):
    numbers = {"ar": "12\u202f345", "fr": "12\u202f345", "en": "12,345"}
    days = {"ar": "1 فبراير 2019", "fr": "1er février 2019", "en": "1 February 2019"}
    clipping = {"id": "x", "title": "عنوان", "date": "2019-02-01"}
    for ui, number in numbers.items():
        page.goto(f"/clippings?ui={ui}")
        bring(page, in_file(clipping))
        assert page.evaluate("fill('{count}', { count: 12345 })") == number, ui
        expect(page.locator(".folder .kicker")).to_contain_text(days[ui])


@pytest.mark.slow
def test_the_page_passes_the_rules_of_axe_in_every_language(page):
    keep(page)
    for ui in ("ar", "fr", "en"):
        page.goto(f"/clippings?ui={ui}")
        expect(titles(page)).to_have_count(2)
        assert [violations(page), contrast_violations_in_the_dark(page)] == [[], []], ui
    page.evaluate("localStorage.clear()")
    page.reload()
    assert violations(page) == []


def test_the_place_of_the_number_is_kept_until_the_script_writes_it(page):
    def find_place():
        link = page.locator(".to-clippings")
        return [link.bounding_box(), link.locator(".count").bounding_box()]

    keep(page)
    for viewport in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(viewport)
        page.goto(QUERY)
        expect(page.locator(".to-clippings .count")).to_have_text("2")
        with_number = find_place()
        page.route("**/assets/page.*.js", lambda route: route.abort())
        page.goto(QUERY)
        assert find_place() == with_number
        page.unroute("**/assets/page.*.js")


@pytest.mark.slow
def test_buttons_and_numbers_move_nothing(page):
    keep(page)
    page.get_by_role("button", name="حفظ البحث").click()
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => { window.shift += one.value })).observe({type: 'layout-shift', buffered: true})"
    )
    for viewport in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(viewport)
        for path in (QUERY, "/clippings"):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.shift") == 0, path


def test_without_javascript_the_page_says_what_it_needs(browser, live_url):
    with browser.new_context(java_script_enabled=False, base_url=live_url) as bare:
        page = bare.new_page()
        for ui, sentence in (
            ("ar", "تحتاج هذه الصفحة إلى جافاسكربت"),
            ("fr", "Cette page a besoin de JavaScript"),
            ("en", "This page needs JavaScript"),
        ):
            page.goto(f"/clippings?ui={ui}")
            expect(page.locator("noscript p")).to_be_visible()
            expect(page.locator("noscript p")).to_contain_text(sentence)
            assert page.locator("main button:visible").count() == 0
        for path in (QUERY, "/search?q=سيول&mode=lexical&to=1990-01-01"):
            page.goto(path)
            assert page.locator(".clip:visible").count() == 0
