from datetime import date

import pytest

from indexer.readers.html import read_html
from indexer.readers.origin import Origin
from search.language.dates import Fault

TITLE = "مكتبة عمومية جديدة في السهل"
BODY = "".join(
    f"<p>{line}</p>"
    for line in (
        "افتتحت بلدية السهل مكتبة عمومية جديدة وسط المدينة بحضور عدد من الكتاب والطلبة والأساتذة.",
        "وتضم المكتبة أكثر من عشرة آلاف كتاب وقاعة للمطالعة وفضاء للأطفال وورشات أسبوعية للقراءة.",
        "وقال مدير المكتبة إن الانخراط مجاني طوال السنة الأولى وإن الأبواب تفتح كل يوم.",
    )
)
CLOCK = "الأربعاء 04 مارس 2026"
DAY = "26 دجنبر 2020"
GRAPH = """{"@graph": [{"@type": "WebPage", "datePublished": "2019-01-01"}, {"@type": "NewsArticle",
 "dateModified": "2021-01-05", "datePublished": "2020-12-26T10:00:00+01:00"}]}"""


def day_of(*, head="", above="", below="", foot="", url=None, captured_on=None):
    page = (
        f"<!doctype html><html><head><meta charset=utf-8><title>{TITLE}</title>{head}</head>"
        f"<body>{above}<h1>{TITLE}</h1>{below}<div>{BODY}</div>{foot}</body></html>"
    )
    origin = Origin("page", url=url, captured_on=captured_on)
    *notes, article = read_html(page.encode(), origin)
    return article.date if not notes else notes[0].reason


def meta(name, content):
    return f'<meta name="{name}" content="{content}">'


@pytest.mark.parametrize(
    "page",
    [
        {"above": f"<header><span>{CLOCK}</span></header>", "below": f"<p><b>{DAY}</b></p>"},
        {"above": f"<div>اليوم: {CLOCK}</div>", "below": f"<p><a>كاتب</a> <b>{DAY}</b></p>"},
        {"above": f"<div>{CLOCK}</div><p>{DAY}</p>"},
        {"above": f"<p>طبع بتاريخ {CLOCK}</p>", "below": f"<p>نشر يوم {DAY} على الساعة 10:00</p>"},
        {"below": f"<div>آخر تحديث: 05 يناير 2021 | نشر: {DAY}</div>"},
        {"below": f"<p><i>آخر تحديث:</i> <b>{CLOCK}</b></p><p><i>نشر في</i> <b>{DAY}</b></p>"},
        {"below": f"<p>{DAY}، آخر تحديث 02:21</p>"},
        {"below": "<p>Mis à jour le 5 janvier 2021 | Publié le 26 décembre 2020</p>"},
        {"head": f'<script type="application/ld+json">{GRAPH}</script>'},
        {"head": f'<script type="application/ld+json">{GRAPH[:-1]},</script>'.replace("2019", "x")},
        {"head": '<meta name="article:published_time" content="2020-12-26T10:00:00Z">'},
        {"head": '<meta name="DC.date.issued" content="2020-12-26">'},
        {"head": '<meta name="PublishDate" content="20201226">'},
        {"head": '<meta name="date" content="2020-12-26">', "above": f"<p>{CLOCK}</p>"},
        {"below": f'<span itemprop="datePublished">{DAY}</span>'},
        {"below": f'<span itemprop="dateModified">{CLOCK}</span><b>{DAY}</b>'},
        {"below": '<time datetime="2020-12-26T09:00:00Z">قبل سنوات</time>'},
        {"below": f'<time class="updated">{CLOCK}</time><time class="published">{DAY}</time>'},
        {"below": "<p>السبت 11 جمادى الأولى 1442 هـ الموافق 26 ديسمبر 2020 م</p>"},
        {"above": f"<div>{CLOCK}</div>", "url": "https://sahl.example/2020/12/26/maktaba.html"},
        {"below": f"<article><footer>{DAY}</footer>{BODY}</article>"},
        {"head": meta("citation_publication_date", "2020/12/26"), "above": f"<p>{CLOCK}</p>"},
        {"head": meta("article.published-time", "2020-12-26T10:00:00")},
        {"head": meta("dcterms.issued", "26 déc. 2020")},
        {"head": '<script type="application/ld+json">{"dateCreated": "2020-12-26"}</script>'},
        {"head": meta("date", "2020-12-20"), "below": f"<p>نشر في السهل يوم {DAY}</p>"},
        {"head": meta("date", "2020-12-26"), "below": "<p>12 مارس 2018</p>"},
        {"head": meta("article:published_time", "1970-01-01T00:00:00Z"), "below": f"<p>{DAY}</p>"},
        {"head": meta("article:published_time", "2999-01-01"), "below": f"<p>{DAY}</p>"},
        {"below": "<p>نشر&nbsp;في السهل يوم 26/12/20</p>"},
    ],
)
def test_the_day_of_publication_is_taken(page):
    assert day_of(**page) == date(2020, 12, 26)


@pytest.mark.parametrize("name", ["article:published_time", "dc.date", "date"])
def test_a_day_of_the_capture_is_taken_where_nothing_better_tells_another(name):
    page = {"head": meta(name, "2026-03-04T08:00:00Z"), "captured_on": date(2026, 3, 4)}
    assert day_of(**page) == date(2026, 3, 4)
    assert day_of(**page, below=f"<p>{DAY}</p>") == date(2026, 3, 4)
    assert day_of(**page, below=f"<p>نشر في {DAY}</p>") == date(2020, 12, 26)
    assert day_of(**page, url="https://sahl.example/2020/12/26/a.html") == date(2020, 12, 26)
    assert day_of(**page, above=f"<p>نشر في {CLOCK}</p>") == date(2026, 3, 4)


def test_a_declared_day_that_is_none_is_noted():
    for content, reason in (("1970-01-01T00:00:00Z", Fault.ZERO), ("2999-01-01", Fault.FUTURE)):
        assert day_of(head=meta("article:published_time", content)) == reason


@pytest.mark.parametrize(
    "page",
    [
        {"below": "<p>آخر تحديث: 05 يناير 2021</p>"},
        {"head": '<meta http-equiv="last-modified" content="2021-01-05">'},
        {"above": f"<header><span>{CLOCK}</span></header>"},
        {"foot": f"<div class=related><p>{CLOCK}</p></div><footer>© {CLOCK}</footer>"},
        {"foot": '<section><article><time datetime="2026-03-01">x</time></article></section>'},
        {"foot": "<p>وكانت البلدية قد وعدت بالمكتبة يوم 12 مارس 2018 في دورة عادية لها.</p>"},
        {"url": "https://sahl.example/2020/maktaba-12-26"},
    ],
)
def test_no_day_is_better_than_a_wrong_one(page):
    assert day_of(**page) is None
