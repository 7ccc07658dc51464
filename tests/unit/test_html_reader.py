from datetime import date

from indexer.readers.html import LARGEST_HTML, read_html
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.records import Kind
from tests.dumps import ARCHIVE_PAGE, NEWS_PAGE

ORIGIN = Origin("page.html", captured_on=date(2026, 3, 20))


def read(page, origin=ORIGIN):
    return list(read_html(page if isinstance(page, bytes) else page.encode(), origin))


def test_a_ticker_gives_headlines_with_their_own_addresses_and_newspapers():
    first, second, empty, _ = read(ARCHIVE_PAGE)
    assert (first.kind, first.title) == (Kind.HEADLINE, 'افتتاح سد جديد "اليوم"')
    assert (first.url, first.source) == ("https://www.maghress.com/sahl/77", "جريدة السهل")
    assert first.date == date(2026, 3, 20)
    # The menu of the page does not name this newspaper.
    assert (second.url, second.source) == ("https://www.maghress.com/tanja24/88", None)
    assert empty == Reject("headline without a title", "page.html")


def test_an_archive_page_gives_its_article_without_the_text_around_it():
    article = read(ARCHIVE_PAGE)[-1]
    assert (article.kind, article.title) == (Kind.ARTICLE, "سقوط أمطار غزيرة")
    assert (article.source, article.date) == ("الريف اليوم", date(2020, 12, 26))
    assert article.url == "https://www.maghress.com/arrif/12345"
    assert article.body == "فقرة أولى عن المطر.\nسطر ثان\nسطر ثالث"


def test_the_name_of_an_author_before_the_byline_is_not_the_newspaper():
    page = ARCHIVE_PAGE.replace('"articlenewspaper">', '"articlenewspaper"><a>مراسل</a> ')
    article = read(page.replace("og:url", "og:none"))[-1]  # else the address names the newspaper
    assert (article.source, article.date) == ("الريف اليوم", date(2020, 12, 26))


def test_an_article_has_one_id_at_every_spelling_of_its_address():
    page = ARCHIVE_PAGE.replace("og:url", "og:none")
    urls = ["http://maghress.com/arrif/12345", "https://www.maghress.com/arrif/12345?ref=rss"]
    ids = {read(page, Origin("p", url=url))[-1].doc_id for url in urls}
    assert ids == {read(ARCHIVE_PAGE)[-1].doc_id}


def test_a_sister_site_is_recognised_by_its_links():
    page = ARCHIVE_PAGE.replace("maghress", "djazairess").replace("og:url", "og:image")
    first, *_ = read(page)
    assert first.url == "https://www.djazairess.com/sahl/77"


def test_an_archive_page_without_a_title_or_a_body_keeps_its_headlines():
    for field, reason in (
        ("articletitle", "article without a title"),
        ("articlecontent", "article without a body"),
    ):
        *headlines, _, rejected = read(ARCHIVE_PAGE.replace(f'"{field}"', '"gone"'))
        assert [headline.kind for headline in headlines] == [Kind.HEADLINE] * 2, field
        assert rejected == Reject(reason, "page.html")


def test_a_news_page_gives_its_article_without_the_text_around_it():
    [article] = read(NEWS_PAGE)
    assert (article.kind, article.title) == (Kind.ARTICLE, "«فيضان» في السهل")
    assert (article.source, article.date) == ("جريدة السهل", date(2019, 2, 8))
    assert article.url == "https://sahl.example/2019/02/flood"
    assert article.language == "ar"
    assert article.body.startswith("وقال المهندس")
    assert article.body.endswith("وانتهى الخبر.")
    assert "لا يخص المقال" not in article.body
    assert "الرئيسية" not in article.body


def test_a_declared_day_goes_before_the_day_that_the_page_shows():
    declared = '<meta property="article:published_time" content="2019-02-07T22:00:00+01:00"></head>'
    [article] = read(NEWS_PAGE.replace("</head>", declared))
    assert article.date == date(2019, 2, 7)


def test_the_day_of_a_related_story_is_not_the_day_of_the_article():
    [article] = read(NEWS_PAGE.replace("الجمعة 8 فيفري 2019", ""))
    assert article.date is None


def test_a_page_is_decoded_by_its_bytes_and_not_by_the_encoding_that_it_declares():
    for encoding in ("windows-1256", "iso-8859-6"):
        page = ARCHIVE_PAGE.replace("UTF-8", "ISO-8859-1").encode(encoding, "xmlcharrefreplace")
        assert read(page)[-1].title == "سقوط أمطار غزيرة", encoding


def test_a_page_without_an_article_is_rejected_with_a_reason():
    cases = [
        ("<html><body></body></html>", "page without an article"),
        ("<html>", "page without an article"),
        ("<!-- -->", "page without text"),
        (b"<html>\xd8\xe9\xff\xc7 \xfe\xe4\xd9a\xe9\xd8</html>", "text in no known encoding"),
        ("<html><body>" + "<div>" * 19_000 + "نص", "page without an article"),
        ("<p>نص</p>" * 20_001, "page of more than 20,000 elements"),
        (f"<p {'a=1 ' * 201}>نص", "page with more than 200 attributes in an element"),
        (f"<p {'a ' * 80_000}>نص", "page with more than 200 attributes in an element"),
        (
            b"<html>" + b" " * LARGEST_HTML,
            f"larger than {LARGEST_HTML:,} bytes: not a page of press",
        ),
    ]
    for page, reason in cases:
        assert read(page) == [Reject(reason, "page.html")], page[:40]
    page = ARCHIVE_PAGE.replace('"article', '"gone')  # headlines alone
    assert read(page)[-1] == Reject("page without an article", "page.html")


def test_a_page_decoded_in_a_wrong_encoding_is_repaired():
    page = NEWS_PAGE.encode().decode("cp1256", "replace").replace("charset=", "x=")
    note, article = read(page)
    assert note == Note("text read in a wrong encoding: repaired")
    assert (article.title, article.source) == ("فيضان في السهل", "جريدة السهل")
