"""The pages and the endpoints over the tiny archive, through HTTP."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.local.database.schema import DATABASE
from tests.conftest import TINY_DUMP
from tests.encoder import NgramEncoder
from web import create_app

ROOT = Path(__file__).parents[2]
HOSTILE_TITLE = "<x-y src=alert(1)> عنوان معاد & غريب"


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


def search_json(client, **parameters):
    answer = client.get("/api/search", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_json()


def titles(found):
    return [hit["title"] for hit in found["hits"]]


def page_of(client, path, **parameters):
    answer = client.get(path, query_string=parameters or None)
    return answer.status_code, answer.get_data(as_text=True)


def id_of(client, title, **parameters):
    hits = search_json(client, q=title, **parameters)["hits"]
    return next(hit["id"] for hit in hits if hit["title"] == title)


def test_front_page_says_what_the_archive_holds(client):
    status, page = page_of(client, "/")
    assert status == 200
    assert '<html lang="ar" dir="rtl">' in page
    assert "<b>14</b> مقالا" in page
    assert "<b>4</b> عناوين" in page
    assert "<b>4</b> مصادر" in page
    assert "من 2014 إلى 2023" in page
    assert "<bdi>Le Messager du Col</bdi>" in page


def test_results_page_shows_marked_hits(client):
    status, page = page_of(client, "/search", q="فيضانات سهل اللوز")
    assert status == 200
    assert "<title>فيضانات سهل اللوز · أرشيف</title>" in page
    assert "<mark>فيضانات</mark> تغمر قرى <mark>سهل</mark> <mark>اللوز</mark>" in page
    assert '<time datetime="2019-01-12" lang="ar" dir="rtl">12 يناير 2019</time>' in page
    assert 'value="فيضانات سهل اللوز"' in page


def test_french_hit_is_tagged_and_left_to_right(client):
    _, page = page_of(client, "/search", q="La neige coupe la route", mode="lexical")
    assert '<article lang="fr" dir="ltr">' in page
    assert (
        "<bdi>La <mark>neige</mark> <mark>coupe</mark> la <mark>route</mark> du col</bdi>" in page
    )


def test_copies_are_counted_on_the_hit_and_listed_on_the_document(client):
    _, page = page_of(client, "/search", q="السيول تعزل دواوير السهل")
    assert "نُشر أيضا في صحيفة أخرى" in page
    doc_id = id_of(client, "السيول تعزل دواوير السهل")
    _, page = page_of(client, f"/document/{doc_id}")
    assert "النص نفسه في" in page
    assert "السيول تعزل دواوير السهل من جديد" in page


def test_form_and_chips_keep_the_filters(client):
    _, page = page_of(
        client, "/search", q="الأمطار", source="جريدة السهل", **{"from": "2016-01-01"}
    )
    assert '<input type="checkbox" name="source" value="جريدة السهل" checked>' in page
    assert 'name="from" type="date" value="2016-01-01"' in page
    assert '<bdi>جريدة السهل</bdi><span class="cross"' in page
    assert "<bdi>من 1 يناير 2016</bdi>" in page


def test_nothing_found_says_what_to_try(client):
    status, page = page_of(client, "/search", q="سيول", mode="lexical", to="1990-01-01")
    assert status == 200
    assert ">لا وثيقة تذكر هذا" in page
    assert "ابحث في الأرشيف كله" in page


def plain(page):
    """Give the text of a page, its tags left out and its spaces single."""
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def links_of(page, heading):
    """Give the values of a facet: whether each is chosen, its count, and where it leads."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("</section>")[0]
    found = re.findall(
        r'<a (class="chosen" )?href="([^"]*)">.*?<bdi>(.*?)</bdi>.*?"count">(.*?)<', section
    )
    return {
        name: (bool(chosen), count, parse_qs(unescape(url).partition("?")[2]))
        for chosen, url, name, count in found
    }


def test_what_matches_is_counted_apart_from_what_is_near(client):
    # The two copies of one text hold both words; one more article holds the second alone.
    _, page = page_of(client, "/search", q="السيول السهل", mode="lexical")
    text = plain(page)
    assert "مقالان يذكران هذا في نص واحد · نتيجة قريبة في المعنى" in text
    assert text.count("بعض الكلمات") == 1
    assert "بعض الكلمات فيضانات تغمر قرى سهل اللوز" in text
    assert "2 articles en parlent en 1 texte" in plain(
        page_of(client, "/search", q="السيول السهل", ui="fr")[1]
    )


def test_where_nothing_matches_the_page_says_so_and_offers_what_does(client):
    _, page = page_of(client, "/search", q="السيول زعفران", mode="lexical")
    text = plain(page)
    assert "لا وثيقة تذكر هذا · نتيجة قريبة في المعنى" in text
    assert "لا وثيقة تجمع كلماتك؛ هذا أقرب ما في الأرشيف إليها." in text
    assert "هل تقصد: السيول (2)" in text
    _, page = page_of(client, "/search", q="السيول زعفران", mode="lexical", sort="newest")
    assert "بالتاريخ تُرتَّب الوثائق التي تذكر كلماتك وحدها." in page
    [url] = re.findall(r'<a href="([^"]*)">اعرض الأقرب إليها: نتيجة قريبة في المعنى</a>', page)
    assert "بعض الكلمات السيول تعزل" in plain(client.get(unescape(url)).text)


def test_several_newspapers_are_chosen_and_taken_off(client):
    _, page = page_of(client, "/search", q="السيول السهل", source="صوت الوادي")
    assert "مقال واحد يذكر هذا" in plain(page)
    query = {"q": ["السيول السهل"]}
    assert links_of(page, "المصدر") == {
        "صوت الوادي": (True, "1", query),
        "جريدة السهل": (False, "1", {**query, "source": ["صوت الوادي", "جريدة السهل"]}),
    }
    both = search_json(client, q="السيول السهل", source=["صوت الوادي", "جريدة السهل"])
    assert both["total"] == 2


def test_a_newspaper_is_found_by_a_part_of_its_name_and_by_names_like_it(client):
    by_part = search_json(client, q="السيول السهل", source="صوت")
    assert (by_part["total"], by_part["hits"][0]["source"]) == (1, "صوت الوادي")
    assert links_of(page_of(client, "/search", q="السيول", source="صوت")[1], "المصدر")[
        "صوت الوادي"
    ][0]
    unknown = search_json(client, q="الكأس", source="ملعبنا")
    assert (unknown["total"], unknown["understood"]) == (
        0, [{"kind": "unknown_source", "name": "ملعبنا", "neighbours": ["ملاعبنا"]}],
    )  # fmt: skip
    _, page = page_of(client, "/search", q="الكأس", source="ملعبنا")
    assert "لا جريدة باسم «ملعبنا» في الأرشيف. هل تقصد: ملاعبنا" in plain(page)


def test_what_a_time_hides_for_want_of_a_date_is_told(client):
    # One article of 2020 and one headline without a date speak of a price.
    _, page = page_of(client, "/search", q="ثمن", **{"from": "2020-01-01"})
    assert "تحجب هذه المدة وثيقة بلا تاريخ. اعرضها" in plain(page)
    assert links_of(page, "السنة") == {
        "2020": (False, "1", {"q": ["ثمن"], "from": ["2020-01-01"], "to": ["2020-12-31"]}),
        "بلا تاريخ": (False, "1", {"q": ["ثمن"], "undated": ["1"]}),
    }
    found = search_json(client, q="ثمن", undated=1, mode="lexical")
    assert titles(found) == ["ارتفاع ثمن الغازوال ابتداء من الغد"]
    assert found["facets"]["date"] == [
        {"value": "dated", "count": 1}, {"value": "undated", "count": 1},
    ]  # fmt: skip


def test_a_filter_without_words_lists_all_that_pass_it_newest_first(client):
    found = search_json(client, source="جريدة السهل", k=3)
    assert (found["total"], found["near"], found["confidence"]) == (5, 0, "high")
    assert [hit["date"] for hit in found["hits"]] == ["2023-10-03", "2020-04-20", "2019-01-14"]
    _, page = page_of(client, "/search", source="جريدة السهل")
    assert "<title>جريدة السهل · أرشيف</title>" in page
    assert "5 وثائق في" in plain(page)
    assert "الأقرب" not in plain(page).split("5 وثائق في")[1]
    [first, *_] = re.findall(r'<h2><a href="([^"]*)"', page)
    assert "عد إلى النتائج" in client.get(unescape(first)).text


def test_a_form_writes_what_a_reader_would_have_to_type(client):
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


def test_a_page_behind_the_last_leads_back(client):
    status, page = page_of(client, "/search", q="سيول", page=50)
    assert status == 200
    assert "لا شيء في هذه الصفحة" in page
    assert "عد إلى الصفحة الأولى" in page


def test_document_page_shows_the_whole_text(client):
    doc_id = id_of(client, "فيضانات تغمر قرى سهل اللوز")
    status, page = page_of(client, f"/document/{doc_id}")
    assert status == 200
    assert "<h1><bdi>فيضانات تغمر قرى سهل اللوز</bdi></h1>" in page
    assert "<p>وقال سكان إن السد امتلأ في ساعات قليلة.</p>" in page
    assert '<a href="https://sahl.example/1" rel="external noopener noreferrer">' in page


def test_headline_page_says_that_it_has_no_body(client):
    doc_id = id_of(client, "طقس ممطر نهاية الأسبوع")
    assert "دون نص مقاله" in page_of(client, f"/document/{doc_id}")[1]


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


@pytest.mark.parametrize("path", ["/search", "/document"])
def test_hostile_document_stays_text(client, path):
    doc_id = id_of(client, HOSTILE_TITLE)
    path = path if path == "/search" else f"/document/{doc_id}"
    _, page = page_of(client, path, q="عنوان معاد غريب")
    assert page.count("<script") == 1  # ours
    assert "<x-y" not in page
    assert "<b>" not in page
    assert HOSTILE_TITLE in unescape(page).replace("<mark>", "").replace("</mark>", "")


def test_search_json_has_the_fixed_fields(client):
    found = search_json(client, q="السيول دواوير", k=3)
    assert set(found) == {
        "query", "mode", "took_ms", "page", "k", "total", "total_is_exact", "texts",
        "texts_is_exact", "near", "listed", "confidence", "hits", "facets", "understood",
        "is_doubtful", "suggestion", "suggestion_total",
    }  # fmt: skip
    assert (found["query"], found["mode"], found["page"], found["k"]) == (
        "السيول دواوير", "hybrid", 1, 3,
    )  # fmt: skip
    hit = found["hits"][0]
    assert set(hit) == {
        "id", "kind", "title", "source", "date", "url", "language", "author", "section",
        "published_at", "match", "score", "snippet", "highlights",
        "related", "copies", "why",
    }  # fmt: skip
    assert (hit["title"], hit["source"], hit["date"]) == (
        "السيول تعزل دواوير السهل", "صوت الوادي", "2019-01-13",
    )  # fmt: skip
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["السيول", "الدواوير"]
    assert set(found["facets"]) == {"source", "year", "month", "kind", "language", "date"}


def test_json_is_legible(client):
    assert "السيول" in client.get("/api/search?q=السيول").get_data(as_text=True)


def test_filters_reach_the_engine(client):
    found = search_json(
        client, q="المدينة", source=["ملاعبنا", "جريدة السهل"], kind="article", sort="newest",
        to="2021-12-31", **{"from": "2020-04-01"},
    )  # fmt: skip
    assert titles(found) == [
        "منتخب المدينة يحرز كأس الشباب لكرة القدم",
        "أسعار الخضر تلتهب قبل رمضان",
    ]


def test_two_pages_are_the_first_hits_of_one(client):
    first, second = (search_json(client, q="السهل", k=4, page=page) for page in (1, 2))
    assert titles(first) + titles(second) == titles(search_json(client, q="السهل", k=8))


def test_document_json_holds_body_and_copies(client):
    original = id_of(client, "السيول تعزل دواوير السهل")
    found = client.get(f"/api/documents/{original}").get_json()
    assert found["body"].startswith("قطعت السيول الطريق الوحيدة")
    (copy,) = found["copies"]
    assert client.get(f"/api/documents/{copy}").get_json()["copies"] == [original]


def test_health(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("path", "status", "title", "detail"),
    [
        ("/api/search", 400, "Bad Request", "q is empty"),
        ("/api/search?q=a&k=0", 400, "Bad Request", "k is 0"),
        ("/api/search?q=%FF", 400, "Bad Request", "not UTF-8"),
        ("/api/documents/none", 404, "Not Found", "no document of this archive has this id"),
        ("/api/nothing", 404, "Not Found", ""),
    ],
)
def test_api_refuses_with_a_problem(client, path, status, title, detail):
    answer = client.get(path)
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert answer.status_code == problem["status"] == status
    assert (problem["type"], problem["title"]) == ("about:blank", title)
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/search", 400, "اكتب كلمة واحدة على الأقل للبحث."),
        ("/search?q=a&mode=magic", 400, "طريقة البحث المطلوبة غير معروفة."),
        ("/search?q=a&page=-1", 400, "لا توجد صفحة بهذا الرقم في النتائج."),
        ("/document/none", 404, "هذه الصفحة غير موجودة."),
        ("/nothing", 404, "هذه الصفحة غير موجودة."),
        ("/document/%ED%A0%80", 404, "هذه الصفحة غير موجودة."),
    ],
)
def test_pages_refuse_in_arabic(client, path, status, sentence):
    found, page = page_of(client, path)
    assert found == status
    assert f"<h1>{sentence}</h1>" in page
    assert '<html lang="ar" dir="rtl">' in page
    assert 'name="q"' in page


@pytest.mark.parametrize(
    ("path", "mimetype"), [("/search", "text/html"), ("/api/search", "application/problem+json")]
)
def test_other_methods_are_refused(client, path, mimetype):
    answer = client.put(path, data="x" * 100_000)
    assert (answer.status_code, answer.mimetype) == (405, mimetype)
    assert "GET" in answer.headers["Allow"]


HOSTILE = [
    "%00", "a%00b", "%ED%A0%80", "%FF%FE", "a" * 10_000, "AND", "OR NOT", "NEAR(", "%22", "%22a",
    "%27;--", "*", "a*", "a-b", "title:a", "^", "()", "%E2%80%AEabc%D8%A7", "a%D8%A7%31%D8%A8b",
    "%F0%9F%98%80", "%D9%90%D9%90", "%25", "{{7*7}}", "<script>", "%0D%0AX-Evil:1",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/search", "/api/search"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_answered_or_refused(client, path, text):
    answer = client.get(f"{path}?q={text}")
    assert answer.status_code in (200, 400)
    assert "X-Evil" not in answer.headers
    assert "<script>" not in (answer.get_data(as_text=True) if path == "/search" else "")


@pytest.mark.parametrize("name", ["mode", "kind", "source", "from", "to", "sort", "page", "k"])
@pytest.mark.parametrize("value", ["%00", "%ED%A0%80", "-1", "9" * 400, "٣", "'", "[]"])
@pytest.mark.parametrize("path", ["/search", "/api/search"])
def test_hostile_parameters_are_answered_or_refused(client, path, name, value):
    assert client.get(f"{path}?q=a&{name}={value}").status_code in (200, 400)


@pytest.mark.parametrize("path", ["/", "/search?q=a", "/api/search", "/nothing", "/healthz"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_archive_damaged_while_served_is_a_503_without_details(tmp_path):
    folder = tmp_path / "archive"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    (folder / DATABASE).unlink()
    answer = client.get("/api/search?q=a")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert str(tmp_path) not in answer.get_data(as_text=True)
    status, page = page_of(client, "/")
    assert (status, "الأرشيف غير متاح الآن" in page) == (503, True)


def test_front_page_counts_anew_after_a_commit(tmp_path):
    folder, dump = tmp_path / "archive", tmp_path / "more.jsonl"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    assert "<b>4</b> عناوين" in page_of(client, "/")[1]
    dump.write_text(json.dumps({"title": "عنوان خامس"}), encoding="utf-8")
    add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    assert "<b>5</b> عناوين" in page_of(client, "/")[1]


def test_query_text_is_not_logged(client, caplog):
    caplog.set_level("INFO")
    client.get("/search?q=سريجدا")
    assert "GET /search 200" in caplog.text
    assert "سريجدا" not in caplog.text


def test_a_date_wish_is_told_and_can_be_undone(client):
    page = client.get("/search?q=ثلوج 2015").text
    assert "قُدِّم قليلا ما يوافق تاريخه «2015»." in page
    assert 'href="/search?q=%D8%AB%D9%84%D9%88%D8%AC"><bdi>إلغاء</bdi></a>' in page
    narrowed = "q=%D8%AB%D9%84%D9%88%D8%AC&amp;from=2015-01-01&amp;to=2015-12-31"
    assert f'href="/search?{narrowed}"><bdi>اقتصر عليه</bdi></a>' in page
    assert "إلغاء" not in client.get("/search?q=ثلوج").text


def test_days_that_filter_and_marks_that_fit_nowhere_are_told(client):
    page = plain(client.get("/search?q=الطريق قبل 2016").text)
    assert "نتائج «قبل 2016» وحدها. وفي غيرها وثيقتان. إلغاء" in page
    assert "مقال واحد يذكر هذا" in page
    assert "لا شيء من «قبل 2010»" in plain(client.get("/search?q=الطريق قبل 2010").text)
    assert "قُرئ كلاما لا علامة: )" in plain(client.get("/search?q=الطريق )").text)


def test_a_phrase_that_stands_nowhere_is_told(client):
    notice = "لا توجد العبارة «دواوير السيول» بنصها؛ هذه نتائج كلماتها."
    page = unescape(client.get('/search?q="دواوير السيول"').text)
    assert notice in page
    assert "السيول تعزل دواوير السهل" in page.replace("<mark>", "").replace("</mark>", "")
    assert notice not in unescape(client.get('/search?q="تعزل دواوير"').text)
    nothing = unescape(client.get('/search?q="دواوير السيول"&source=لا أحد').text)
    assert "بنصها" not in nothing


def test_titles_are_marked_by_what_a_query_in_other_letters_means(client):
    assert "<mark>ثلوج</mark>" in client.get("/search?q=tlouj").text
