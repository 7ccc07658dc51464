"""What a reader does and sees, in a real browser without a line of JavaScript of ours."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of, title_is
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.browser

PATIENCE_S = 10


@pytest.fixture
def reader(browser, live_url):
    """Open the front page in a window of ordinary size."""
    set_width(browser, 1280)
    browser.get(live_url)
    return browser


def set_width(browser: Chrome, width: int) -> None:
    # A headless window is never narrower than 500 pixels; its screen may be.
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )


def wait(browser: Chrome) -> WebDriverWait:
    return WebDriverWait(browser, PATIENCE_S)


def find(browser: Chrome, selector: str):
    return browser.find_element(By.CSS_SELECTOR, selector)


def texts(browser: Chrome, selector: str) -> list[str]:
    return [element.text for element in browser.find_elements(By.CSS_SELECTOR, selector)]


def follow(browser: Chrome, element) -> None:
    page = find(browser, "html")
    element.click()
    wait(browser).until(staleness_of(page))


def search(browser: Chrome, text: str) -> None:
    find(browser, "#q").send_keys(text, Keys.ENTER)
    wait(browser).until(title_is(f"{text} · أرشيف"))


def test_search_open_a_hit_and_come_back(reader):
    assert reader.switch_to.active_element.get_attribute("name") == "q"
    search(reader, "فيضانات سهل اللوز")
    assert texts(reader, ".hit:first-child h2 mark") == ["فيضانات", "سهل", "اللوز"]
    follow(reader, find(reader, ".hit:first-child h2 a"))
    assert find(reader, "h1").text == "فيضانات تغمر قرى سهل اللوز"
    assert "وقال سكان إن السد امتلأ في ساعات قليلة." in texts(reader, ".document p")
    reader.back()
    wait(reader).until(title_is("فيضانات سهل اللوز · أرشيف"))
    assert find(reader, "#q").get_attribute("value") == "فيضانات سهل اللوز"


def test_pages_read_from_right_to_left(reader):
    search(reader, "La neige coupe la route")
    french = find(reader, "article[lang=fr]")
    assert find(reader, "body").value_of_css_property("direction") == "rtl"
    assert french.value_of_css_property("direction") == "ltr"
    assert find(reader, "#q").value_of_css_property("direction") == "ltr"
    wordmark, box = find(reader, ".wordmark").rect, find(reader, "#q").rect
    assert wordmark["x"] > box["x"] + box["width"]


def test_marks_do_not_break_the_line(reader):
    search(reader, "السيول")
    mark = find(reader, "mark")
    for name in ("padding-left", "padding-right", "margin-left", "margin-right", "letter-spacing"):
        assert mark.value_of_css_property(name) in ("0px", "normal")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=السيول",
        "/search?q=neige&source=Le Messager du Col&kind=article&from=2001-01-01&to=2025-02-03",
        "/search?q=" + "طويل" * 100,
        "/nothing",
    ],
)
def test_a_narrow_phone_needs_no_sideways_scroll(reader, live_url, path):
    set_width(reader, 320)
    reader.get(live_url + path)
    reader.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert reader.execute_script("return innerWidth") == 320
    seen, whole = reader.execute_script(
        "const root = document.documentElement; return [root.clientWidth, root.scrollWidth]"
    )
    assert whole == seen


def test_a_hostile_title_is_only_text(reader):
    search(reader, "عنوان معاد غريب")
    assert find(reader, ".hit:first-child h2").text == (
        "<script>alert(1)</script> عنوان معاد & غريب"
    )
    follow(reader, find(reader, ".hit:first-child h2 a"))
    assert find(reader, "h1").text == "<script>alert(1)</script> عنوان معاد & غريب"
    assert reader.find_elements(By.CSS_SELECTOR, "script, .document b") == []


def test_narrow_by_source_and_drop_it_again(reader):
    search(reader, "الأمطار")
    find(reader, ".narrowing summary").click()
    find(reader, "input[name=source][value='صوت الوادي']").click()
    follow(reader, find(reader, ".narrowing button"))
    assert set(texts(reader, ".hit .source")) == {"صوت الوادي"}
    assert texts(reader, ".chips bdi") == ["صوت الوادي"]
    follow(reader, find(reader, ".chips a"))
    assert "جريدة السهل" in texts(reader, ".hit .source")
    assert find(reader, "#q").get_attribute("value") == "الأمطار"


def test_turn_the_page(reader, live_url):
    reader.get(f"{live_url}/search?q=السهل&k=3")
    first = texts(reader, ".hit h2")
    follow(reader, find(reader, ".pages a[rel=next]"))
    assert find(reader, ".pages [aria-current]").text == "2"
    assert set(first).isdisjoint(texts(reader, ".hit h2"))
    follow(reader, find(reader, ".pages a[rel=prev]"))
    assert texts(reader, ".hit h2") == first
