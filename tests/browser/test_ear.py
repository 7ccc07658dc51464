"""What a screen reader meets: landmarks, headings, names of controls, and single keys."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MASTHEAD = """
- navigation "أدوات القارئ"
- banner:
  - link "أرشيف"
  - search:
    - combobox "ابحث في الأرشيف"
    - button "بحث"
"""
# The tree of each page in the order of reading, without what changes with the archive.
TREES = {
    "/": """
- link "انتقل إلى المحتوى"
- navigation "أدوات القارئ"
- banner:
  - heading "أرشيف" [level=1]
- main:
  - region "البحث":
    - search:
      - combobox "ابحث في الأرشيف"
      - button "بحث"
  - region "أحدث المقالات":
    - heading "أحدث المقالات" [level=2]
    - list:
      - listitem:
        - link
        - paragraph:
          - time
          - link
  - region "في الأرشيف":
    - heading "في الأرشيف" [level=2]
    - figure:
      - table "الوثائق حسب السنة"
- contentinfo:
  - paragraph:
    - link "اختصارات لوحة المفاتيح"
""",
    "/search?q=الطريق": f"""
- link "انتقل إلى النتائج"
{MASTHEAD}
- main:
  - heading "3 مقالات تذكر هذا" [level=1]
  - list "الترتيب"
  - region "3 مقالات تذكر هذا":
    - list:
      - listitem:
        - article:
          - paragraph:
            - time: 22 دجنبر 2015
            - link "جريدة السهل"
          - heading "ثلوج كثيفة تقطع طريق الجبل" [level=2]:
            - link "ثلوج كثيفة تقطع طريق الجبل"
    - navigation "صفحات النتائج"
  - complementary:
    - group:
      - heading "النتائج حسب السنة" [level=2]
      - table "النتائج حسب السنة"
      - heading "الصحيفة" [level=2]
- contentinfo
""",
    "/source/جريدة السهل": f"""
- link "انتقل إلى المحتوى"
{MASTHEAD}
- main:
  - heading "جريدة السهل" [level=1]
  - search "بحث في هذه الصحيفة":
    - searchbox "ابحث في هذه الصحيفة"
    - button "بحث"
  - region "سنة بعد سنة":
    - heading "سنة بعد سنة" [level=2]
    - table "سنة بعد سنة":
      - rowgroup:
        - row:
          - columnheader "السنة"
          - columnheader "يناير"
      - rowgroup:
        - row:
          - rowheader "2023 1":
            - link "2023"
          - 'cell "أكتوبر 2023: وثيقة واحدة"'
  - region "أحدث ما نشرته"
- contentinfo
""",
    "/day/2019-01": f"""
{MASTHEAD}
- main:
  - navigation "مكانك في الأرشيف"
  - heading "يناير 2019" [level=1]
  - navigation "السابق والتالي"
  - table "يناير 2019"
  - region "الصحف"
  - region "السبت 12 يناير 2019 1":
    - list:
      - listitem:
        - link "فيضانات تغمر قرى سهل اللوز"
        - paragraph:
          - link "جريدة السهل"
- contentinfo
""",
    "/trends?q=السيول&q=الطريق": f"""
{MASTHEAD}
- main:
  - region "المقارنة عبر الزمن":
    - heading "المقارنة عبر الزمن" [level=1]
    - paragraph:
      - combobox "العبارة 1": السيول
    - paragraph:
      - combobox "العبارة 2": الطريق
    - paragraph:
      - combobox "العدّ"
    - paragraph:
      - combobox "المقياس"
    - button "قارن"
    - list:
      - listitem:
        - link "السيول"
        - text: وثيقتان
    - figure "عدد الوثائق في الشهر"
    - group: الأرقام في جدول
- contentinfo
""",
}
DOCUMENT = f"""
- link "انتقل إلى المحتوى"
{MASTHEAD}
- main:
  - article:
    - paragraph:
      - link "عد إلى النتائج"
    - paragraph:
      - time: 12 يناير 2019
      - link "جريدة السهل"
    - heading "فيضانات تغمر قرى سهل اللوز" [level=1]
    - paragraph: /غمرت مياه الوادي/
    - navigation "ما نُشر معه"
  - complementary:
    - region "مقالات مشابهة":
      - heading "مقالات مشابهة" [level=2]
  - region:
    - button "انسخ النص"
- contentinfo
"""


def test_every_page_is_heard_in_the_order_of_its_meaning(page):
    for path, tree in TREES.items():
        page.goto(path)
        expect(page.locator("body")).to_match_aria_snapshot(tree)
    page.goto("/search?q=فيضانات سهل اللوز")
    page.locator(".hit h2 a").first.click()
    expect(page.locator(".document")).to_be_visible()
    expect(page.locator("body")).to_match_aria_snapshot(DOCUMENT)


def test_the_narrow_page_is_heard_in_the_same_order_and_its_tables_stay_tables(page):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/source/جريدة السهل", "/day/2019-01"):
        page.goto(path)
        expect(page.locator("main")).to_match_aria_snapshot(
            TREES[path][TREES[path].index("- main:") : TREES[path].index("- contentinfo")]
        )
    page.goto("/search?q=الطريق")
    page.locator(".facets > summary").click()
    expect(page.locator("body")).to_match_aria_snapshot(
        """
- main:
  - complementary:
    - group:
      - text: أغلق
      - heading "النتائج حسب السنة" [level=2]
"""
    )


def test_one_skip_leads_from_the_address_bar_to_the_first_hit(page):
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/search?q=السيول")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#hits")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.hit')?.matches(':first-child')")


def test_a_document_without_a_date_says_so(page):
    page.goto("/search?q=ارتفاع ثمن الغازوال")
    expect(page.locator(".hit .kicker").first).to_have_text("بلا تاريخ عنوان بلا نص")


def test_keys_move_between_hits_and_can_be_switched_off(page):
    page.goto("/search?q=السيول")
    titles = page.locator(".hit h2 a")
    # The last two are the same keys of an Arabic keyboard.
    for key, place in (("j", 0), ("j", 1), ("k", 0), ("ت", 1), ("ن", 0)):
        page.locator(":focus, body").last.dispatch_event("keydown", {"key": key})
        expect(titles.nth(place)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()  # typed, not pressed
    titles.first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_match_aria_snapshot(
        """
- dialog "اختصارات لوحة المفاتيح":
  - heading "اختصارات لوحة المفاتيح" [level=2]
  - term: /
  - definition: اذهب إلى خانة البحث
  - term: j
  - definition: النتيجة التالية
  - paragraph:
    - checkbox "شغّل اختصارات المفتاح الواحد" [checked]
  - button "أغلق"
"""
    )
    page.get_by_role("dialog").get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(titles.first).to_be_focused()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.get_by_role("link", name="اختصارات لوحة المفاتيح").click()
    page.get_by_role("dialog").get_by_role("checkbox").check()
    page.get_by_role("button", name="أغلق").click()
    page.keyboard.press("j")
    expect(titles.first).to_be_focused()
