"""The day of publication, among all the days that a page of a newspaper shows."""

from datetime import date

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
TODAY = "الأربعاء 04 مارس 2026"
DAY = "26 دجنبر 2020"
GRAPH = """{"@graph": [{"@type": "WebPage", "datePublished": "2019-01-01"}, {"@type": "NewsArticle",
 "dateModified": "2021-01-05", "datePublished": "2020-12-26T10:00:00+01:00"}]}"""


def day_of(*, head="", above="", below="", foot="", url=None, captured_on=None):
    """Return the day of an article, or the reason why its declared day is no day."""
    page = (
        f"<!doctype html><html><head><meta charset=utf-8><title>{TITLE}</title>{head}</head>"
        f"<body>{above}<h1>{TITLE}</h1>{below}<div>{BODY}</div>{foot}</body></html>"
    )
    origin = Origin("page", url=url, captured_on=captured_on)
    *notes, article = read_html(page.encode(), origin)
    return article.date if not notes else notes[0].reason


def meta(name, content):
    return f'<meta name="{name}" content="{content}">'


def json_ld(text):
    return f'<script type="application/ld+json">{text}</script>'


def test_the_day_of_publication_is_read():
    pages = [
        {"above": f"<header><span>{TODAY}</span></header>", "below": f"<p><b>{DAY}</b></p>"},
        {"above": f"<div>اليوم: {TODAY}</div>", "below": f"<p><a>كاتب</a> <b>{DAY}</b></p>"},
        {"above": f"<div>{TODAY}</div><p>{DAY}</p>"},
        {"above": f"<p>طبع بتاريخ {TODAY}</p>", "below": f"<p>نشر يوم {DAY} على الساعة 10:00</p>"},
        {"below": f"<div>آخر تحديث: 05 يناير 2021 | نشر: {DAY}</div>"},
        {"below": f"<p><i>آخر تحديث:</i> <b>{TODAY}</b></p><p><i>نشر في</i> <b>{DAY}</b></p>"},
        {"below": f"<p>{DAY}، آخر تحديث 02:21</p>"},
        {"below": "<p>Mis à jour le 5 janvier 2021 | Publié le 26 décembre 2020</p>"},
        {"head": json_ld(GRAPH)},
        {"head": json_ld(f"{GRAPH[:-1]},").replace("2019", "x")},
        {"head": meta("article:published_time", "2020-12-26T10:00:00Z")},
        {"head": meta("DC.date.issued", "2020-12-26")},
        {"head": meta("PublishDate", "20201226")},
        {"head": meta("date", "2020-12-26"), "above": f"<p>{TODAY}</p>"},
        {"below": f'<span itemprop="datePublished">{DAY}</span>'},
        {"below": f'<span itemprop="dateModified">{TODAY}</span><b>{DAY}</b>'},
        {"below": '<time datetime="2020-12-26T09:00:00Z">قبل سنوات</time>'},
        {"below": f'<time class="updated">{TODAY}</time><time class="published">{DAY}</time>'},
        {"below": "<p>السبت 11 جمادى الأولى 1442 هـ الموافق 26 ديسمبر 2020 م</p>"},
        {"above": f"<div>{TODAY}</div>", "url": "https://sahl.example/2020/12/26/maktaba.html"},
        {"below": f"<article><footer>{DAY}</footer>{BODY}</article>"},
        {"head": meta("citation_publication_date", "2020/12/26"), "above": f"<p>{TODAY}</p>"},
        {"head": meta("article.published-time", "2020-12-26T10:00:00")},
        {"head": meta("dcterms.issued", "26 déc. 2020")},
        {"head": json_ld('{"dateCreated": "2020-12-26"}')},
        {"head": meta("date", "2020-12-20"), "below": f"<p>نشر في السهل يوم {DAY}</p>"},
        {"head": meta("date", "2020-12-26"), "below": "<p>12 مارس 2018</p>"},
        {"head": meta("article:published_time", "1970-01-01T00:00:00Z"), "below": f"<p>{DAY}</p>"},
        {"head": meta("article:published_time", "2999-01-01"), "below": f"<p>{DAY}</p>"},
        {"below": "<p>نشر&nbsp;في السهل يوم 26/12/20</p>"},
    ]
    days = [(day_of(**page), page) for page in pages]
    assert [found for found in days if found[0] != date(2020, 12, 26)] == []


def test_a_declared_day_of_capture_counts_unless_another_day_is_named_as_that_of_publication():
    for name in ("article:published_time", "dc.date", "date"):
        page = {"head": meta(name, "2026-03-04T08:00:00Z"), "captured_on": date(2026, 3, 4)}
        expected = {
            (): date(2026, 3, 4),
            ("below", f"<p>{DAY}</p>"): date(2026, 3, 4),
            ("below", f"<p>نشر في {DAY}</p>"): date(2020, 12, 26),
            ("url", "https://sahl.example/2020/12/26/a.html"): date(2020, 12, 26),
            ("above", f"<p>نشر في {TODAY}</p>"): date(2026, 3, 4),
        }
        days = {part: day_of(**page, **dict([part] if part else ())) for part in expected}
        assert days == expected, name


def test_a_declared_day_that_cannot_be_is_noted():
    expected = {"1970-01-01T00:00:00Z": Fault.ZERO, "2999-01-01": Fault.FUTURE}
    reasons = {day: day_of(head=meta("article:published_time", day)) for day in expected}
    assert reasons == expected


def test_other_days_of_a_page_are_not_taken_for_the_day_of_publication():
    pages = [
        {"below": "<p>آخر تحديث: 05 يناير 2021</p>"},
        {"head": '<meta http-equiv="last-modified" content="2021-01-05">'},
        {"above": f"<header><span>{TODAY}</span></header>"},
        {"foot": f"<div class=related><p>{TODAY}</p></div><footer>© {TODAY}</footer>"},
        {"foot": '<section><article><time datetime="2026-03-01">x</time></article></section>'},
        {"foot": "<p>وكانت البلدية قد وعدت بالمكتبة يوم 12 مارس 2018 في دورة عادية لها.</p>"},
        {"url": "https://sahl.example/2020/maktaba-12-26"},
    ]
    days = [(day_of(**page), page) for page in pages]
    assert [found for found in days if found[0] is not None] == []
