import io
import re
from datetime import UTC, date, datetime

from indexer.readers.columns import Columns
from indexer.readers.feed import is_feed, read_feed
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.records import Document, Kind

RSS = """<?xml version="1.0" encoding="UTF-8"?><!-- feed -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>صدى السهل</title>
<link>https://sahl.example</link><language>ar-ma</language><image><title>شعار</title></image>
<item><title>فتح &quot;السد&quot; &eacute;t&eacute; AT&T</title><link>https://sahl.example/1</link>
<pubDate>Sat, 26 Dec 2020 18:30:00 +0000</pubDate><dc:creator>سعيد</dc:creator>
<category>محليات</category><description>قصير</description>
<content:encoded><![CDATA[<p>أولى &amp; بعدها</p><p>ثانية</p>
<script>x()</script>]]></content:encoded></item>
<item><title>خبر ثان</title><guid isPermaLink="false">77</guid>
<description>&lt;p&gt;نص&lt;/p&gt;</description><source url="x">جريدة التل</source></item>
<item><title>عنوان<br>وحده</title></item>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Le Val</title>
<entry><title type="html">La &lt;b&gt;crue&lt;/b&gt;</title>
<link rel="self" href="https://val.example/f"/>
<link href="https://val.example/1"/><updated>2021-01-05T10:00:00Z</updated>
<published>2020-12-26T18:30:00Z</published><author><name>Ali</name></author><category term="Eau"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Un</p><p>Deux</p></div></content>
</entry></feed>"""
RDF = """<?xml version="1.0" encoding="windows-1256"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>الساحل</title></channel>
<item><title>فتح السد</title><link>https://sahil.example/1</link><dc:date>2020-12-26</dc:date>
<description>امتلأت خزانات السد بعد المطر</description></item></rdf:RDF>"""


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://sahl.example/1</loc><lastmod>2021-01-05</lastmod>
<image:image><image:loc>https://sahl.example/1.png</image:loc><image:title>صورة</image:title>
</image:image><news:news><news:publication><news:name>صدى السهل</news:name>
<news:language>ar</news:language></news:publication>
<news:publication_date>2020-12-26T18:30:00Z</news:publication_date>
<news:title>فتح &quot;السد&quot;</news:title></news:news></url>
<url><loc>https://sahl.example/2</loc><image:image><image:title>صورة</image:title></image:image></url>
</urlset>"""


def read(feed):
    content = feed if isinstance(feed, bytes) else feed.encode()
    return list(read_feed(io.BufferedReader(io.BytesIO(content)), Origin("feed")))


def test_each_item_of_an_rss_feed_is_a_document():
    first, second, third = read(f"{RSS}</channel></rss>")
    assert (first.title, first.body) == ('فتح "السد" été AT&T', "أولى & بعدها\nثانية")
    assert (first.source, first.url) == ("صدى السهل", "https://sahl.example/1")
    assert (first.author, first.section, first.language) == ("سعيد", "محليات", "ar")
    assert first.published_at == datetime(2020, 12, 26, 18, 30, tzinfo=UTC)
    assert (second.title, second.body, second.source) == ("خبر ثان", "نص", "جريدة التل")
    assert (third.kind, third.title) == (Kind.HEADLINE, "عنوان وحده")


def test_atom_and_rdf_feeds_are_read():
    [entry] = read(ATOM)
    assert (entry.title, entry.body, entry.source) == ("La crue", "Un\nDeux", "Le Val")
    assert (entry.url, entry.date) == ("https://val.example/1", date(2020, 12, 26))
    assert (entry.author, entry.section, entry.language) == ("Ali", "Eau", "fr")
    [item] = read(RDF.encode("cp1256"))
    assert (item.title, item.source, item.date) == ("فتح السد", "الساحل", date(2020, 12, 26))


def test_a_damaged_feed_keeps_the_items_before_the_damage():
    *items, rejected = read(f"{RSS}<item><title>مقطوع")
    assert [type(item) for item in items] == [Document] * 3
    assert rejected == Reject("feed cut off or damaged", "feed:4")
    assert read("<rss><channel></channel></rss>") == [Reject("feed without an item", "feed")]


def test_a_feed_cut_anywhere_keeps_every_whole_item():
    for feed in (f"{RSS}</channel></rss>", ATOM, SITEMAP):
        outcomes = read(feed)
        ends = [match.end() for match in re.finditer("</(?:item|entry|url)>", feed)]
        for cut in range(300, len(feed), 7):
            whole = outcomes[: sum(end <= cut for end in ends)]
            kept = [outcome for outcome in read(feed[:cut]) if isinstance(outcome, Document)]
            assert kept == [outcome for outcome in whole if isinstance(outcome, Document)], cut


def test_a_feed_cut_between_two_items_is_noted():
    assert read(RSS)[-1] == Note("feed without its end")


def test_the_pages_of_a_news_sitemap_are_headlines():
    headline, rejected = read(SITEMAP)
    assert (headline.kind, headline.title) == (Kind.HEADLINE, 'فتح "السد"')
    assert (headline.source, headline.language) == ("صدى السهل", "ar")
    assert (headline.url, headline.date) == ("https://sahl.example/1", date(2020, 12, 26))
    assert rejected == Reject("neither title nor body", "feed:2")


def test_entities_that_a_feed_declares_are_not_expanded():
    feed = '<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><item><title>خبر &a;</title></item>'
    assert read(f"{feed}</channel></rss>")[0].title == "خبر &a;"


def test_a_feed_is_recognised_by_its_root_element():
    feeds = [RSS, ATOM, RDF, SITEMAP]
    expected = dict.fromkeys(feeds, True)
    expected |= {"<html><feed></html>": False, "<p>rss</p>": False}
    assert {text: is_feed(text, Columns()) for text in expected} == expected
