"""Pages without JavaScript, and hostile documents, which stay text."""

import pytest
from playwright.sync_api import expect

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.browser.conftest import WIDE
from tests.browser.serving import serving
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}
SCRIPT = "<script>document.title = 'caught'</script><img src=x onerror=alert(1)>"
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{LEFT-TO-RIGHT OVERRIDE} نص مقلوب"


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    bodies = f"{SCRIPT} غريب. {OVERRIDE} غريب في كل سطر."
    records = [
        {"id": "script", "title": f"غريب {SCRIPT}", "body": bodies, "source": SCRIPT},
        {"id": "bidi", "title": f"غريب {OVERRIDE}", "body": bodies, "source": OVERRIDE},
        {
            "id": "long", "title": "غريب " + "طويل" * 12_500, "body": "غريب طويل جدا.",
            "source": "السهل", "date": "2020-01-01",
        },
        {
            "id": "endless", "title": "غريب " + "x" * 50_000, "url": "javascript:alert(1)",
            "source": "السهل", "date": "2020-01-02",
        },
    ]  # fmt: skip
    dump = write_jsonl(folder / "dump.jsonl", records)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    with serving(SearchEngine.open(folder / "a", load=NgramEncoder)) as url:
        yield url


@pytest.mark.slow
def test_hostile_documents_are_only_text(page, hostile_url):
    page.goto(f"{hostile_url}/search?q=غريب")
    expect(page).to_have_title("غريب · أرشيف")
    hits = page.locator(".hit")
    assert hits.count() >= 3
    # The script, and nothing else: no picture, no element of a document's own.
    assert page.locator("script").count() == 1
    assert page.locator("main img, main script, main b").count() == 0
    assert page.evaluate(
        "document.documentElement.scrollWidth === document.documentElement.clientWidth"
    )
    for address in [link.get_attribute("href") for link in page.locator(".hit h2 a").all()]:
        page.goto(hostile_url + address)
        assert page.locator("script:not([type='application/ld+json'])").count() == 1
        assert page.locator("main img, a[href^=javascript]").count() == 0
        for viewport in (NARROW, WIDE):
            page.set_viewport_size(viewport)
            assert page.evaluate(
                "document.documentElement.scrollWidth === document.documentElement.clientWidth"
            )


def test_a_direction_override_in_a_title_ends_with_it(page, hostile_url):
    page.goto(f"{hostile_url}/search?q=غريب")
    for source in page.locator(".source").all():
        assert source.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"
    for title in page.locator(".hit h2 bdi").all():
        assert title.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"


def test_hostile_completions_are_only_text(page, hostile_url):
    page.goto(hostile_url)
    page.locator("#q").press_sequentially("غريب")
    expect(page.locator("#offers li").first).to_be_visible()
    assert page.locator(".offers img, .offers script").count() == 0


def test_everything_works_without_javascript(browser, live_url):
    with browser.new_context(java_script_enabled=False, viewport=WIDE, base_url=live_url) as bare:
        page = bare.new_page()
        page.goto("/")
        page.locator("#q").fill("الطريق")
        page.get_by_role("button", name="بحث").click()
        expect(page).to_have_title("الطريق · أرشيف")
        page.get_by_role("table").get_by_role("link").last.click()
        expect(page.locator(".chips bdi")).to_have_text(["سنة 2019"])
        page.locator(".facets").get_by_role("link", name="صوت الوادي").click()
        expect(page.locator(".chips bdi")).to_have_count(2)
        page.get_by_role("link", name="داكن").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator(".chips bdi")).to_have_count(2)
        page.get_by_role("link", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.locator(".hit h2 a").first.click()
        expect(page.locator(".document")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_story_is_read_without_javascript(browser, story_engine):
    with (
        serving(story_engine) as url,
        browser.new_context(java_script_enabled=False, viewport=WIDE, base_url=url) as bare,
    ):
        page = bare.new_page()
        page.goto("/search?q=حريق سوق الخزف")
        page.locator(".hit .foot a[href^='/story/']").first.click()
        expect(page.locator(".of-group")).to_have_count(5)
        copies = page.locator(".entries details")
        copies.locator("summary").click()
        expect(copies.get_by_role("link").first).to_be_visible()
        page.get_by_role("link", name="عد إلى المقال").click()
        expect(page.locator(".document")).to_be_visible()


def test_no_page_violates_the_content_security_policy(page):
    page.add_init_script(
        "window.violations = []; addEventListener('securitypolicyviolation',"
        " event => window.violations.push(event.violatedDirective))"
    )
    page.goto("/search?q=السيول")
    document = page.locator(".hit h2 a").first.get_attribute("href")
    for path in ("/", "/search?q=السيول", document, "/nothing"):
        page.goto(path)
        page.keyboard.press("/")
        page.keyboard.type("السي")
        expect(page.locator("#offers li").first).to_be_visible()
        assert page.evaluate("window.violations") == []
