"""What a screen reader hears: landmarks, headings and names of controls, and the keys."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MASTHEAD = """
- navigation "اللغة والألوان"
- banner:
  - link "أرشيف"
  - search:
    - combobox "ابحث في الأرشيف"
    - button "بحث"
"""
# The tree of each page, in the order in which it is read; what changes with the archive is left out.
HEARD = {
    "/": """
- link "انتقل إلى المحتوى"
- navigation "اللغة والألوان"
- banner:
  - heading "أرشيف" [level=1]
- main:
  - region "البحث":
    - search:
      - combobox "ابحث في الأرشيف"
      - button "بحث"
  - region "أحدث المقالات":
    - heading "أحدث المقالات" [level=2]
  - region "في الأرشيف":
    - heading "في الأرشيف" [level=2]
    - table "الوثائق بحسب السنة"
- contentinfo
""",
    "/search?q=الطريق": f"""
- link "انتقل إلى النتائج"
{MASTHEAD}
- main:
  - heading /تذكر هذا/ [level=1]
  - list "الترتيب"
  - region /تذكر هذا/:
    - list:
      - listitem:
        - article:
          - paragraph:
            - time
            - link
          - heading [level=2]:
            - link
  - complementary:
    - heading "النتائج بحسب السنة" [level=2]
    - table "النتائج بحسب السنة"
    - heading "المصدر" [level=2]
- contentinfo
""",
}
