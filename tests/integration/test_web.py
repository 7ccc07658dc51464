"""The pages and the endpoints over the tiny archive, through HTTP."""

import json
import re
from html import unescape
from itertools import product
from urllib.parse import parse_qs

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.local.folder import DATABASE
from search.records import Query
from search.results.answer import search_json
from tests.conftest import TINY_DUMP
from tests.encoder import NgramEncoder
from web import create_app

HOSTILE_TITLE = "<x-y src=alert(1)> عنوان معاد & غريب"


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


def answer_of(client, **parameters):
    answer = client.get("/api/search", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_json()


def titles(answer):
    return [hit["title"] for hit in answer["hits"]]


def page_of(client, path, **parameters):
    answer = client.get(path, query_string=parameters or None)
    return answer.status_code, answer.get_data(as_text=True)


def id_of(client, title, **parameters):
    hits = answer_of(client, q=title, **parameters)["hits"]
    return next(hit["id"] for hit in hits if hit["title"] == title)


def test_the_front_page_shows_the_counts_of_the_archive(client):
    status, page = page_of(client, "/")
    assert status == 200
    assert '<html lang="ar" dir="rtl">' in page
    assert "<b>14</b> مقالا" in page
    assert "<b>4</b> عناوين" in page
    assert "<b>4</b> صحف" in page
    assert "من 2014 إلى 2023" in page
    assert "<bdi>Le Messager du Col</bdi>" in page


def test_the_results_page_shows_hits_with_marks(client):
    status, page = page_of(client, "/search", q="فيضانات سهل اللوز")
    assert status == 200
    assert "<title>فيضانات سهل اللوز · أرشيف</title>" in page
    assert "<bdi>فيضانات تغمر قرى سهل اللوز</bdi></a></h2>" in page  # titles have no marks
    assert "<mark>" not in page
    _, marked = page_of(client, "/search", q="الأمطار الغزيرة")
    assert "ليلة من <mark>الأمطار</mark> <mark>الغزيرة</mark>." in marked
    assert '<time datetime="2019-01-12" lang="ar" dir="rtl">12 يناير 2019</time>' in page
    assert 'value="فيضانات سهل اللوز"' in page


def test_a_french_hit_has_its_language_and_direction(client):
    _, page = page_of(client, "/search", q="La neige coupe la route", mode="lexical")
    assert '<article lang="fr" dir="ltr">' in page
    assert "<bdi>La neige coupe la route du col</bdi>" in page
    assert "<mark>neige</mark>" in page


def test_copies_are_counted_on_the_hit_and_listed_on_the_document(client):
    _, page = page_of(client, "/search", q="السيول تعزل دواوير السهل")
    assert "نُشر أيضا في صحيفة أخرى" in page
    doc_id = id_of(client, "السيول تعزل دواوير السهل")
    _, page = page_of(client, f"/document/{doc_id}")
    assert "النص نفسه في" in page
    assert "السيول تعزل دواوير السهل من جديد" in page


def test_the_form_and_the_chips_show_the_filters(client):
    _, page = page_of(
        client, "/search", q="الأمطار", source="جريدة السهل", **{"from": "2016-01-01"}
    )
    assert '<input type="checkbox" name="source" value="جريدة السهل" checked>' in page
    assert 'name="from" type="date" value="2016-01-01"' in page
    assert '<bdi>جريدة السهل</bdi><span class="cross"' in page
    assert "<bdi>من 1 يناير 2016</bdi>" in page


def test_a_page_without_hits_offers_the_whole_archive(client):
    status, page = page_of(client, "/search", q="سيول", mode="lexical", to="1990-01-01")
    assert status == 200
    assert ">لا وثيقة تذكر هذا" in page
    assert "ابحث في الأرشيف كله" in page


def plain(page):
    """Return the text of a page without tags, with single spaces."""
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def links_of(page, heading):
    """Return for each value of a facet whether it is chosen, its count, and its link's query."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("</section>")[0]
    links = re.findall(
        r'<a (class="chosen" )?href="([^"]*)">.*?<bdi>(.*?)</bdi>.*?"count">(.*?)<', section
    )
    return {
        name: (bool(chosen), count, parse_qs(unescape(url).partition("?")[2]))
        for chosen, url, name, count in links
    }


def test_matches_are_counted_apart_from_near_documents(client):
    # The two copies of one text hold both words; one more article holds the second alone.
    _, page = page_of(client, "/search", q="السيول السهل", mode="lexical")
    text = plain(page)
    assert "مقالان يذكران هذا في نص واحد نتيجة قريبة في المعنى" in text
    assert text.count("بعض الكلمات") == 1
    assert "بعض الكلمات فيضانات تغمر قرى سهل اللوز" in text
    assert "2 articles en parlent en 1 texte" in plain(
        page_of(client, "/search", q="السيول السهل", ui="fr")[1]
    )


def test_a_page_without_matches_offers_a_query_that_has_some(client):
    _, page = page_of(client, "/search", q="السيول زعفران", mode="lexical")
    text = plain(page)
    assert "لا وثيقة تذكر هذا نتيجة قريبة في المعنى" in text
    assert "لا وثيقة تجمع كلماتك؛ هذا أقرب ما في الأرشيف إليها." in text
    assert "هل تقصد: السيول (2)" in text
    _, page = page_of(client, "/search", q="السيول زعفران", mode="lexical", sort="newest")
    assert "لا تُرتَّب بالتاريخ إلا الوثائق التي تذكر كلماتك." in page
    [url] = re.findall(r'<a href="([^"]*)">اعرض الأقرب إليها: نتيجة قريبة في المعنى</a>', page)
    assert "بعض الكلمات السيول تعزل" in plain(client.get(unescape(url)).text)


def test_several_newspapers_are_chosen_and_removed_by_links(client):
    _, page = page_of(client, "/search", q="السيول السهل", source="صوت الوادي")
    assert "مقال واحد يذكر هذا" in plain(page)
    query = {"q": ["السيول السهل"]}
    assert links_of(page, "الصحيفة") == {
        "صوت الوادي": (True, "1", query),
        "جريدة السهل": (False, "1", {**query, "source": ["صوت الوادي", "جريدة السهل"]}),
    }
    both = answer_of(client, q="السيول السهل", source=["صوت الوادي", "جريدة السهل"])
    assert both["total"] == 2


def test_a_newspaper_is_found_by_a_part_of_its_name_and_suggested_for_a_misspelling(client):
    by_part = answer_of(client, q="السيول السهل", source="صوت")
    assert (by_part["total"], by_part["hits"][0]["source"]) == (1, "صوت الوادي")
    assert links_of(page_of(client, "/search", q="السيول", source="صوت")[1], "الصحيفة")[
        "صوت الوادي"
    ][0]
    unknown = answer_of(client, q="الكأس", source="ملعبنا")
    assert (unknown["total"], unknown["understood"]) == (
        0, [{"kind": "unknown_source", "name": "ملعبنا", "neighbours": ["ملاعبنا"]}],
    )  # fmt: skip
    _, page = page_of(client, "/search", q="الكأس", source="ملعبنا")
    assert "لا صحيفة باسم «ملعبنا» في الأرشيف. هل تقصد: ملاعبنا" in plain(page)


def test_a_filter_on_dates_shows_how_many_undated_documents_it_hides(client):
    # One article of 2020 and one headline without a date speak of a price.
    _, page = page_of(client, "/search", q="ثمن", **{"from": "2020-01-01"})
    assert "تحجب هذه المدة وثيقة بلا تاريخ. اعرضها" in plain(page)
    assert links_of(page, "السنة") == {
        "2020": (False, "1", {"q": ["ثمن"], "from": ["2020-01-01"], "to": ["2020-12-31"]}),
        "بلا تاريخ": (False, "1", {"q": ["ثمن"], "undated": ["1"]}),
    }
    answer = answer_of(client, q="ثمن", undated=1, mode="lexical")
    assert titles(answer) == ["ارتفاع ثمن الغازوال ابتداء من الغد"]
    assert answer["facets"]["date"] == [
        {"value": "dated", "count": 1}, {"value": "undated", "count": 1},
    ]  # fmt: skip


def test_a_filter_without_words_lists_its_documents_newest_first(client):
    answer = answer_of(client, source="جريدة السهل", k=3)
    assert (answer["total"], answer["near"], answer["confidence"]) == (5, 0, "high")
    assert [hit["date"] for hit in answer["hits"]] == ["2023-10-03", "2020-04-20", "2019-01-14"]
    _, page = page_of(client, "/search", source="جريدة السهل")
    assert "<title>جريدة السهل · أرشيف</title>" in page
    assert "5 وثائق في" in plain(page)
    assert "الأقرب" not in plain(page).split("5 وثائق في")[1]
    [first, *_] = re.findall(r'<h2><a href="([^"]*)"', page)
    assert "عد إلى النتائج" in client.get(unescape(first)).text


def test_the_advanced_form_writes_the_operators_of_a_query(client):
    assert (
        'name="all" dir="auto" maxlength="500" value="السيول"'
        in client.get("/advanced?q=السيول").text
    )
    answer = client.get(
        "/advanced",
        query_string={"all": "السهل", "exact": "تعزل دواوير", "none": "جديد", "source": "صوت",
                      "from": "2019-01-01"},
    )  # fmt: skip
    assert answer.status_code == 302
    assert "مقال واحد يذكر هذا" in plain(client.get(answer.location).text)
    status, page = page_of(client, "/advanced", all="السيول", to="x")
    assert (status, "التاريخ غير صحيح" in page) == (400, True)


def test_a_page_after_the_last_links_to_the_first(client):
    status, page = page_of(client, "/search", q="سيول", page=50)
    assert status == 200
    assert "لا شيء في هذه الصفحة" in page
    assert "عد إلى الصفحة الأولى" in page


def test_the_page_of_a_document_has_its_text_and_its_link(client):
    doc_id = id_of(client, "فيضانات تغمر قرى سهل اللوز")
    status, page = page_of(client, f"/document/{doc_id}")
    assert status == 200
    assert "<h1><bdi>فيضانات تغمر قرى سهل اللوز</bdi></h1>" in page
    assert ">وقال سكان إن السد امتلأ في ساعات قليلة.</p>" in page
    assert '<a href="https://sahl.example/1" rel="external noopener noreferrer">' in page


def test_the_page_of_a_headline_says_that_it_has_no_body(client):
    doc_id = id_of(client, "طقس ممطر نهاية الأسبوع")
    assert "لم يُحفظ من المقال إلا عنوانه" in page_of(client, f"/document/{doc_id}")[1]


def test_only_web_addresses_become_links(tmp_path):
    dump = tmp_path / "dump.jsonl"
    record = {"title": "عنوان", "body": "نص المقال كاملا.", "url": "javascript:alert(1)"}
    dump.write_text(json.dumps(record), encoding="utf-8")
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    client = create_app(engine=engine).test_client()
    _, page = page_of(client, f"/document/{id_of(client, 'عنوان')}")
    assert "نص المقال كاملا." in page
    assert "javascript:" not in page


def test_markup_in_a_document_is_shown_as_text(client):
    for path in ("/search", f"/document/{id_of(client, HOSTILE_TITLE)}"):
        _, page = page_of(client, path, q="عنوان معاد غريب")
        assert page.count("<script src=") == 1, path  # the page's own
        assert page.count("<script") == 1 + page.count('<script type="application/ld+json">'), path
        assert "<x-y" not in page, path
        assert "<b>" not in page, path
        assert HOSTILE_TITLE in unescape(page).replace("<mark>", "").replace("</mark>", ""), path


def test_the_endpoint_answers_with_the_json_of_the_search(client, engine):
    answer = answer_of(client, q="السيول دواوير", k=3)
    expected = json.loads(json.dumps(search_json(engine.search(Query("السيول دواوير", k=3)))))
    assert answer | {"took_ms": 0} == expected | {"took_ms": 0}
    [hit, *_] = answer["hits"]
    assert (hit["title"], hit["source"], hit["date"]) == (
        "السيول تعزل دواوير السهل", "صوت الوادي", "2019-01-13",
    )  # fmt: skip
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["السيول", "الدواوير"]


def test_json_has_arabic_letters_without_escapes(client):
    assert "السيول" in client.get("/api/search?q=السيول").get_data(as_text=True)


def test_parameters_filter_and_sort_the_hits(client):
    answer = answer_of(
        client, q="المدينة", source=["ملاعبنا", "جريدة السهل"], kind="article", sort="newest",
        to="2021-12-31", **{"from": "2020-04-01"},
    )  # fmt: skip
    assert titles(answer) == [
        "منتخب المدينة يحرز كأس الشباب لكرة القدم",
        "أسعار الخضر تلتهب قبل رمضان",
    ]


def test_the_json_of_a_document_has_its_body_and_its_copies(client):
    original = id_of(client, "السيول تعزل دواوير السهل")
    document = client.get(f"/api/documents/{original}").get_json()
    assert document["body"].startswith("قطعت السيول الطريق الوحيدة")
    [copy] = document["copies"]
    assert client.get(f"/api/documents/{copy}").get_json()["copies"] == [original]


def test_health(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


PROBLEMS = {
    "/api/search": (400, "Bad Request", "q is empty"),
    "/api/search?q=a&k=0": (400, "Bad Request", "k is 0"),
    "/api/search?q=%FF": (400, "Bad Request", "not UTF-8"),
    "/api/documents/none": (404, "Not Found", "no document of this archive has this id"),
    "/api/nothing": (404, "Not Found", ""),
}


def test_the_api_refuses_with_a_problem_object(client):
    for path, (status, title, detail) in PROBLEMS.items():
        answer = client.get(path)
        problem = answer.get_json()
        assert answer.mimetype == "application/problem+json", path
        assert (answer.status_code, problem["status"]) == (status, status), path
        assert (problem["type"], problem["title"]) == ("about:blank", title), path
        assert detail in problem["detail"], path


REFUSALS = {
    "/search": (400, "اكتب كلمة واحدة على الأقل."),
    "/search?q=a&mode=magic": (400, "طريقة البحث المطلوبة غير معروفة."),
    "/search?q=a&page=-1": (400, "لا توجد صفحة بهذا الرقم في النتائج."),
    "/document/none": (404, "لا مقال بهذا الرابط في الأرشيف."),
    "/nothing": (404, "هذه الصفحة غير موجودة."),
    "/document/%ED%A0%80": (404, "لا مقال بهذا الرابط في الأرشيف."),
}


def test_pages_refuse_in_arabic_and_keep_the_search_box(client):
    for path, (status, sentence) in REFUSALS.items():
        answered, page = page_of(client, path)
        assert answered == status, path
        assert f"<h1>{sentence}</h1>" in page, path
        assert '<html lang="ar" dir="rtl">' in page, path
        assert 'name="q"' in page, path


def test_other_methods_are_refused(client):
    mimetypes = {"/search": "text/html", "/api/search": "application/problem+json"}
    for path, mimetype in mimetypes.items():
        answer = client.put(path, data="x" * 100_000)
        assert (answer.status_code, answer.mimetype) == (405, mimetype)
        assert "GET" in answer.headers["Allow"]


HOSTILE_QUERIES = (
    "%00", "a%00b", "%ED%A0%80", "%FF%FE", "a" * 10_000, "AND", "OR NOT", "NEAR(", "%22", "%22a",
    "%27;--", "*", "a*", "a-b", "title:a", "^", "()", "%E2%80%AEabc%D8%A7", "a%D8%A7%31%D8%A8b",
    "%F0%9F%98%80", "%D9%90%D9%90", "%25", "{{7*7}}", "<script>", "%0D%0AX-Evil:1",
)  # fmt: skip
PARAMETERS = ("mode", "kind", "source", "from", "to", "sort", "page", "k")
HOSTILE_VALUES = ("%00", "%ED%A0%80", "-1", "9" * 400, "٣", "'", "[]")


def test_a_hostile_query_is_answered_or_refused(client):
    for path, text in product(("/search", "/api/search"), HOSTILE_QUERIES):
        answer = client.get(f"{path}?q={text}")
        assert answer.status_code in (200, 400), (path, text)
        assert "X-Evil" not in answer.headers, (path, text)
        assert answer.is_json or "<script>" not in answer.text, text


def test_a_hostile_parameter_is_answered_or_refused(client):
    addresses = [
        f"{path}?q=a&{name}={value}"
        for path in ("/search", "/api/search")
        for name, value in product(PARAMETERS, HOSTILE_VALUES)
    ]
    statuses = {address: client.get(address).status_code for address in addresses}
    assert {address: code for address, code in statuses.items() if code not in (200, 400)} == {}


def test_every_answer_has_the_security_headers(client):
    for path in ("/", "/search?q=a", "/api/search", "/nothing", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe-inline" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path


def test_an_archive_removed_while_it_is_served_is_a_503_without_details(tmp_path):
    folder = tmp_path / "archive"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    (folder / DATABASE).unlink()
    answer = client.get("/api/search?q=a")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert str(tmp_path) not in answer.get_data(as_text=True)
    status, page = page_of(client, "/")
    assert (status, "الأرشيف غير متاح الآن" in page) == (503, True)


def test_the_front_page_shows_the_counts_after_a_commit(tmp_path):
    folder, dump = tmp_path / "archive", tmp_path / "more.jsonl"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    assert "<b>4</b> عناوين" in page_of(client, "/")[1]
    dump.write_text(json.dumps({"title": "عنوان خامس"}), encoding="utf-8")
    add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    assert "<b>5</b> عناوين" in page_of(client, "/")[1]


def test_the_text_of_a_query_is_not_logged(client, caplog):
    caplog.set_level("INFO")
    client.get("/search?q=سريجدا")
    assert "GET /search 200" in caplog.text
    assert "سريجدا" not in caplog.text


def test_a_date_that_ranks_is_shown_with_links_to_drop_it_or_to_filter_by_it(client):
    page = client.get("/search?q=ثلوج 2015").text
    assert "قُدِّمت قليلا الوثائق المؤرخة في «2015»." in page
    assert 'href="/search?q=%D8%AB%D9%84%D9%88%D8%AC"><bdi>إلغاء</bdi></a>' in page
    narrowed = "q=%D8%AB%D9%84%D9%88%D8%AC&amp;from=2015-01-01&amp;to=2015-12-31"
    assert f'href="/search?{narrowed}"><bdi>اقتصر على هذا التاريخ</bdi></a>' in page
    assert "إلغاء" not in client.get("/search?q=ثلوج").text


def test_a_date_that_filters_and_a_sign_without_meaning_are_shown(client):
    page = plain(client.get("/search?q=الطريق قبل 2016").text)
    assert "نتائج «قبل 2016» وحدها. وفي غير هذا التاريخ وثيقتان. إلغاء" in page
    assert "مقال واحد يذكر هذا" in page
    assert "لا نتائج من «قبل 2010»" in plain(client.get("/search?q=الطريق قبل 2010").text)
    assert "قُرئ كلمات عادية، لا علامات بحث: )" in plain(client.get("/search?q=الطريق )").text)


def test_a_phrase_in_no_document_is_shown_as_missing(client):
    notice = "لا توجد العبارة «دواوير السيول» بنصها؛ هذه نتائج كلماتها."
    page = unescape(client.get('/search?q="دواوير السيول"').text)
    assert notice in page
    assert "السيول تعزل دواوير السهل" in page.replace("<mark>", "").replace("</mark>", "")
    assert notice not in unescape(client.get('/search?q="تعزل دواوير"').text)
    nothing = unescape(client.get('/search?q="دواوير السيول"&source=لا أحد').text)
    assert "بنصها" not in nothing


def test_titles_are_marked_by_a_query_in_latin_letters(client):
    assert "<mark>ثلوج</mark>" in client.get("/search?q=tlouj").text
