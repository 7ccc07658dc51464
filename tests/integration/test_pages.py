"""The pages and files around the hits: languages, completions, feed, exports, versions."""

import csv
import gzip
import io
import re
import time
from datetime import date
from xml.etree import ElementTree

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from web import create_app
from web.pages.wording import format_duration, format_number

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
LARGEST_PAGE = 60 * 1024  # bytes, compressed: the HTML, the style sheet and the script


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


def page_of(client, path, **parameters):
    answer = client.get(path, query_string=parameters or None)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def suggested(client, text):
    answer = client.get("/api/suggest", query_string={"q": text}).get_json()
    return [(suggestion["origin"], suggestion["text"]) for suggestion in answer["suggestions"]]


def assets_of(page):
    return re.findall(r'"(/assets/[^"]+)"', page)


def test_assets_are_named_by_their_content_and_cached_for_a_year(client):
    for address in assets_of(page_of(client, "/")):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\.[0-9a-f]{12}\.(css|js|svg)$", address)
        small = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(small.data) == answer.data
    assert client.get("/assets/page.000000000000.css").status_code == 404


def test_the_font_is_one_small_cached_file_and_can_be_left_out(client, engine):
    style, font = style_and_font(client)
    assert "local(" in style.partition("url(")[0]  # a reader who has the face loads nothing
    answer = client.get(font, headers={"Accept-Encoding": "gzip"})
    assert answer.data[:4] == b"wOF2"
    assert len(answer.data) <= LARGEST_PAGE
    assert answer.content_type == "font/woff2"
    assert answer.content_encoding is None
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "font-src 'self'" in answer.headers["Content-Security-Policy"]
    bare = create_app({"FONTS": "0"}, engine).test_client()
    assert style_and_font(bare)[1] is None
    assert bare.get(font).status_code == 404


def style_and_font(client):
    """Return the style sheet of a page, and the address of the font that it loads, if any."""
    [address] = [path for path in assets_of(page_of(client, "/")) if path.endswith(".css")]
    style = client.get(address).get_data(as_text=True)
    names = set(re.findall(r'url\("(naskh\.[0-9a-f]{12}\.woff2)"\)', style))
    assert ("@font-face" in style) == bool(names)
    return style, f"/assets/{names.pop()}" if names else None


def test_the_results_page_is_small(client):
    page = page_of(client, "/search", q="السيول")
    sizes = [len(gzip.compress(page.encode()))]
    sizes += [len(gzip.compress(client.get(path).data)) for path in assets_of(page)]
    assert sum(sizes) < LARGEST_PAGE


def test_no_page_has_an_inline_style_or_script(client):
    for path in ("/", "/search?q=السيول"):
        page = page_of(client, path)
        assert re.search(r"<style|\sstyle=|\son\w+=", page) is None


def test_the_language_is_chosen_by_address_and_kept(client):
    query = {"q": "فيضانات الأمطار", "from": "2019-01-01", "to": "2019-12-31"}
    for ui, direction, *texts in (
        ("fr", "ltr", "Chercher", "12 janvier 2019", "1 article en parle"),
        ("en", "ltr", "Search", "12 January 2019", "1 article mentions this"),
        ("ar", "rtl", "بحث", "12 يناير 2019", "مقال واحد يذكر هذا"),
    ):
        pages = page_of(client, "/search", ui=ui, **query), page_of(client, "/search", **query)
        for page in pages:
            assert f'<html lang="{ui}" dir="{direction}">' in page
            assert [text for text in texts if text not in page] == []


def test_numbers_are_written_as_each_language_writes_them(client):
    for ui, number, duration in (
        ("ar", "12\u202f345", "1.2 ثانية"),
        ("fr", "12\u202f345", "1,2 s"),
        ("en", "12,345", "1.2 s"),
    ):
        with client.application.test_request_context(f"/?ui={ui}"):
            client.application.preprocess_request()
            assert (format_number(12345), format_duration(1234)) == (number, duration)


def test_an_unknown_language_or_theme_is_not_kept(client):
    page = page_of(client, "/", ui="xx", theme="pink")
    assert '<html lang="ar" dir="rtl">' in page
    assert client.get_cookie("ui") is None
    assert client.get_cookie("theme") is None


def test_refusals_are_in_the_language_of_the_reader(client):
    page = client.get("/search?q=a&mode=magic&ui=fr").get_data(as_text=True)
    assert "<h1>Méthode de recherche inconnue.</h1>" in page


def test_the_vary_header_names_the_cookie(client):
    assert "Cookie" in client.get("/").headers["Vary"]


def test_hits_are_filtered_by_language(client):
    page = page_of(client, "/search", q="neige الثلج", language="fr")
    assert '<bdi>الفرنسية</bdi><span class="cross"' in page
    assert '<article lang="fr"' in page
    assert '<article lang="ar"' not in page


def test_completions_come_from_sources_and_titles(client):
    assert ("source", "ملاعبنا") in suggested(client, "ملاعب")
    assert ("title", "فيضانات تغمر قرى سهل اللوز") in suggested(client, "سهل الل")
    assert suggested(client, "سريجدا") == []
    assert suggested(client, "  ") == []


def test_completions_ignore_vowel_marks(client):
    assert suggested(client, "الشّبَاب")[0] == ("title", "منتخب المدينة يحرز كأس الشباب لكرة القدم")


def test_completions_for_browsers_are_in_their_format(client):
    answer = client.get("/api/suggest?q=ملاعب&as=list")
    assert answer.mimetype == "application/x-suggestions+json"
    assert answer.get_json() == ["ملاعب", ["ملاعبنا"]]


def test_completions_refuse_a_text_that_is_too_long(client):
    answer = client.get("/api/suggest", query_string={"q": "a" * 1001})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_completions_follow_the_archive(tmp_path):
    folder = tmp_path / "archive"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    assert suggested(client, "زعفران") == []
    dump = write_jsonl(tmp_path / "more.jsonl", [{"title": "موسم الزعفران في تالوين"}])
    add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    deadline = time.monotonic() + 60  # completions are read in a thread of their own
    while not (suggestions := suggested(client, "الزعفر")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert suggestions == [("title", "موسم الزعفران في تالوين")]


def test_arabic_typed_on_latin_keys_is_suggested(client):
    suggested(client, "السي")  # waits for the completions, which know the words of the archive
    page = page_of(client, "/search", q="hgsd,g")
    assert "هل تقصد:" in page
    assert "<bdi>السيول</bdi>" in page
    # A word, and initials whose Arabic letters are in no document, have no other reading.
    for text in ("neige", "CNSS", "CNSSS"):
        assert "هل تقصد:" not in page_of(client, "/search", q=text), text


def test_the_feed_has_the_matches_newest_first_and_nothing_near(client):
    answer = client.get("/feed.atom", query_string={"q": "السيول"})
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    entries = [
        (entry.find("atom:title", ATOM).text, entry.find("atom:updated", ATOM).text[:10])
        for entry in feed.findall("atom:entry", ATOM)
    ]
    assert entries == [("السيول تعزل دواوير السهل من جديد", "2019-01-14")]  # its copy is folded
    link = feed.find("atom:entry/atom:link", ATOM).get("href")
    assert client.get(link).status_code == 200
    feed = ElementTree.fromstring(client.get("/feed.atom?source=جريدة السهل").data)
    years = [updated.text[:4] for updated in feed.findall("atom:entry/atom:updated", ATOM)]
    assert years == ["2023", "2020", "2019", "2019", "2015"]
    assert feed.find("atom:title", ATOM).text == "جريدة السهل · أرشيف"


def test_the_feed_has_no_character_that_xml_forbids(client):
    answer = client.get("/feed.atom?q=a%00b%0B%EF%BF%BFc")
    assert ElementTree.fromstring(answer.data).find("atom:title", ATOM).text == "abc · أرشيف"


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_exports_have_every_match_and_nothing_near(client):
    query = {"q": "السيول السهل", "k": 1, "page": 2, "sort": "oldest"}
    first, second = rows_of(client.get("/export.csv", query_string=query))
    assert list(first) == [
        "rank", "id", "kind", "title", "source", "date", "author", "section", "published_at",
        "language", "url", "permalink", "copies",
    ]  # fmt: skip
    assert (first["rank"], first["title"], first["date"], first["copies"]) == (
        "1", "السيول تعزل دواوير السهل", "2019-01-13", second["id"],
    )  # fmt: skip
    assert (second["rank"], second["source"], second["url"]) == ("2", "جريدة السهل", "")
    assert "وتوقفت حافلات النقل المدرسي" in client.get(first["permalink"]).text
    whole = client.get("/export.json", query_string={**query, "body": 1, "score": 1}).get_json()
    head = client.get("/api/search", query_string=query).get_json()
    assert set(whole) == set(head)
    assert (whole["total"], whole["facets"]) == (head["total"], head["facets"])
    assert [hit["id"] for hit in whole["hits"]] == [first["id"], second["id"]]
    assert whole["hits"][0]["body"].startswith("قطعت السيول الطريق")
    assert client.get("/export.json?source=nobody").get_json()["hits"] == []


def test_an_export_is_streamed_and_its_slow_reader_delays_no_search(tmp_path):
    records = [
        {"id": str(n), "title": f"خبر {n}", "source": "عكاظ", "date": "2020-01-01"}
        for n in range(450)
    ]
    dump = write_jsonl(tmp_path / "d.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    client = create_app({"SEARCHES_AT_ONCE": 1}, engine=engine).test_client()
    address = "/export.csv?source=okaz&sort=oldest"  # by an alias of the newspaper
    for _ in range(5):  # each gives its turn back, whatever was read of the answer
        client.head(address).close()
        abandoned = client.get(address)
        next(abandoned.iter_encoded())
        abandoned.close()
    answer = client.get(address)
    assert client.get("/search?q=خبر").status_code == 200
    blocks = list(answer.iter_encoded())
    assert [block.count(b"\r\n") for block in blocks] == [1, 200, 200, 50]
    rows = list(csv.DictReader(io.StringIO(b"".join(blocks).decode("utf-8-sig"))))
    assert [int(row["rank"]) for row in rows] == list(range(1, 451))
    assert len({row["id"] for row in rows}) == 450


def test_no_cell_of_the_table_is_a_formula(tmp_path):
    dump = write_jsonl(tmp_path / "d.jsonl", [{"title": "=HYPERLINK(1)", "source": "@cmd"}])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    answer = create_app(engine=engine).test_client().get("/export.csv?q=hyperlink")
    [row] = rows_of(answer)
    assert (row["title"], row["source"]) == ("'=HYPERLINK(1)", "'@cmd")


def test_feed_and_exports_need_a_query_or_a_filter(client):
    paths = ("/feed.atom", "/export.csv", "/export.json")
    assert [client.get(path).status_code for path in paths] == [400] * 3


def test_the_addresses_in_the_opensearch_description_answer(client):
    answer = client.get("/opensearch.xml")
    root = ElementTree.fromstring(answer.data)
    templates = [child.get("template") for child in root if child.tag.endswith("Url")]
    assert len(templates) == 3
    for template in templates:
        assert client.get(template.replace("{searchTerms}", "السيول")).status_code == 200
    [image] = [child.text for child in root if child.tag.endswith("Image")]
    assert client.get(image).status_code == 200


def test_a_document_has_similar_documents_but_not_its_copies(engine, client):
    hits = client.get("/api/search?q=السيول تعزل دواوير السهل").get_json()["hits"]
    page = page_of(client, f"/document/{hits[0]['id']}")
    similar = page.split('id="similar"')[1]
    assert "فيضانات تغمر قرى سهل اللوز" in similar
    assert "السيول تعزل دواوير السهل من جديد" not in similar
    similar_ids = {document.doc_id for document in engine.similar(hits[0]["id"], 10)}
    assert hits[0]["id"] not in similar_ids


def test_the_id_of_a_replaced_headline_shows_all_that_its_article_shows(tmp_path):
    title = "افتتاح سد جديد في أعالي الوادي"
    body = "افتتح السد الجديد أمس بحضور السكان وسيسقي حقول الوادي كلها هذا الموسم"
    headline = {"title": title}
    article = {"id": "1", "title": title, "body": body, "date": "2020-03-04"}
    others = [
        {**article, "id": "2", "source": "السهل"},
        {
            "id": "3",
            "title": "سد جديد",
            "body": "سيسقي السد الجديد حقول السهل كلها، وفرح بذلك السكان",
        },
    ]

    def ids_by_title(*records):
        dump = write_jsonl(tmp_path / "d.jsonl", list(records))
        archive, day = tmp_path / "a", date(2020, 3, 5)
        add_dumps([str(dump)], archive, NgramEncoder(), captured_on=day, show_progress=False)
        client = create_app(engine=SearchEngine.open(archive, load=NgramEncoder)).test_client()
        hits = client.get("/api/search?q=سد جديد").get_json()["hits"]
        return client, {hit["title"]: hit["id"] for hit in hits}

    replaced = ids_by_title(headline)[1][title]
    client, ids = ids_by_title(article, *others)
    assert replaced != ids[title]
    for path in ("", "/similar"):
        old, new = (
            client.get(f"/api/documents/{doc_id}{path}").get_json()
            for doc_id in (replaced, ids[title])
        )
        assert (old.get("copies"), old.get("hits")) == (new.get("copies"), new.get("hits"))
        assert new.get("copies", new.get("hits"))
    pages = [
        page_of(client, f"/document/{doc_id}", q="سد جديد") for doc_id in (replaced, ids[title])
    ]
    assert all("السهل" in page and f"/document/{ids['سد جديد']}" in page for page in pages)


def test_a_document_is_marked_by_a_query_in_another_language(tmp_path):
    body = "أوقف الثلج قطارات المكتب الوطني للسكك الحديدية في الجبل الوطني."
    dump = write_jsonl(tmp_path / "d.jsonl", [{"id": "d", "title": "أخبار الثلج", "body": body}])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    client = create_app(engine=engine).test_client()
    (doc_id,) = engine.ranked_ids(Query("ONCF"), 10)
    page = page_of(client, f"/document/{doc_id}", q="ONCF neige -محطة")
    marked = re.findall("<mark.*?</mark>", page)
    assert set(marked) == {
        "<mark>المكتب الوطني للسكك الحديدية</mark>",
        '<mark class="related">الثلج</mark>',
    }
    for odd in ('"' * 100, "-", "س " * 200):
        assert "أخبار الثلج" in page_of(client, f"/document/{doc_id}", q=odd)


def test_a_document_shows_its_earlier_versions(tmp_path):
    versions = [
        ("حصيلة أولية للزلزال", "ثلاثة جرحى في حصيلة أولية.", "2024-02-01"),
        ("حصيلة ثانية للزلزال", "سبعة جرحى.\nوالبحث جار <x-y>.", "2024-02-02"),
        ("الحصيلة النهائية للزلزال", "تسعة جرحى في الحصيلة النهائية.", "2024-02-03"),
    ]
    for title, body, day in versions:
        record = {"id": "z", "title": title, "body": body, "date": day}
        dump = write_jsonl(tmp_path / f"{day}.jsonl", [record])
        report = add_dumps(
            [str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False
        )
    assert (report.updated, report.total) == (1, 1)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    [hit] = engine.search(Query("الزلزال")).hits
    page = page_of(create_app(engine=engine).test_client(), f"/document/{hit.document.doc_id}")
    earlier = page[page.index('class="earlier"') :]
    assert re.findall(r"<summary>(النسخة .*?)</summary>", earlier) == [
        "النسخة 2 · 2 فبراير 2024",
        "النسخة 1 · 1 فبراير 2024",
    ]
    assert "والبحث جار &lt;x-y&gt;." in earlier
    assert [version.title for version in engine.index.versions_of(hit.document.doc_id)] == [
        "حصيلة ثانية للزلزال",
        "حصيلة أولية للزلزال",
    ]
    [missing] = engine.search(Query('"جرحى في حصيلة أولية"')).understood
    assert missing.words == "جرحى في حصيلة أولية"  # no earlier version is searched


def test_a_document_of_one_version_shows_no_earlier_ones(engine, client):
    [hit, *_] = engine.search(Query("السيول")).hits
    assert 'class="earlier"' not in page_of(client, f"/document/{hit.document.doc_id}")
