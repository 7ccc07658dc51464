"""A record has the same id in every dump, and different records have different ids."""

import math
from datetime import date
from urllib.parse import quote

from indexer.readers.identity import canonical_url, record_id
from indexer.readers.placeholders import has_no_page, is_missing
from search.records import Document, Kind


def test_an_address_has_one_canonical_form():
    expected = {
        "https://www.example.com/jarida/12345": "example.com/jarida/12345",
        "http://Example.com/jarida/12345/": "example.com/jarida/12345",
        "https://example.com/jarida/12345?utm_source=x&fbclid=y#top": "example.com/jarida/12345",
        "https://example.com/?p=12&lang=ar": "example.com?p=12&lang=ar",
        "https://example.com/%D8%B3%D8%AF/1": "example.com/سد/1",
        "https://[bad": "https://[bad",
        "https://example.com/%7Ewadi/%61%2Db": "example.com/~wadi/a-b",
        "https://example.com/a%2fb%3Fc": "example.com/a%2Fb%3Fc",  # not a/b?c
        "https://example.com/%d3%cf/1": "example.com/%D3%CF/1",  # not UTF-8
        "https://example.com/?q=%d3%cf": "example.com?q=%D3%CF",
        "https://example.com/#!/akhbar/7": "example.com#!/akhbar/7",
        "https://example.com/app#/akhbar/7": "example.com/app#/akhbar/7",
        "https://example.com/app#/": "example.com/app",
        "https://example.com:8080/a": "example.com:8080/a",
        "https://example.com:443/a": "example.com/a",
    }
    assert {url: canonical_url(url) for url in expected} == expected


def test_addresses_that_are_not_utf_8_stay_different():
    for encoding in ("cp1256", "iso8859-6"):
        paths = {quote(word.encode(encoding)) for word in ("سفينة", "حديقة", "مخبزة")}
        for prefix in ("http://s.example/", "http://s.example/?t="):
            assert len({canonical_url(f"{prefix}{path}") for path in paths}) == 3, encoding


def id_of(*, kind=Kind.ARTICLE, title="خبر السد الجديد اليوم", body="نص", **fields):
    return record_id(Document("", kind, title, "" if kind is Kind.HEADLINE else body, **fields))


def test_an_own_id_is_unique_within_its_newspaper():
    first = id_of(own_id="7", source="السهل")
    assert first == id_of(own_id="7", source="السهل", url="https://e.example/9", body="غيره")
    assert first == id_of(own_id="7", source="السهل", kind=Kind.HEADLINE)
    assert len({first, id_of(own_id="7", source="الوادي"), id_of(own_id="7")}) == 3


def test_a_record_without_an_own_id_is_named_by_its_address():
    url = "https://www.example.com/jarida/12345"
    assert id_of(url=url) == id_of(url="http://example.com/jarida/12345/", source="السهل")
    assert id_of(url=url) == id_of(url=url, body="نص آخر")
    assert id_of(url=url) == id_of(url=url, kind=Kind.HEADLINE, title="قصير")
    assert id_of(url=url) != id_of(url="https://www.example.com/jarida/6")


def test_a_headline_is_named_by_its_title_unless_the_title_is_short():
    urls = [f"https://example.com/{page}" for page in (1, 2)]
    assert len({id_of(kind=Kind.HEADLINE, url=url) for url in urls}) == 1
    assert len({id_of(kind=Kind.HEADLINE, url=url, title="رأي") for url in urls}) == 2


def test_without_id_and_address_newspaper_day_title_and_text_name_an_article():
    day = date(2020, 1, 2)
    ids = [
        id_of(title="أخبار السد", source="جريدة", date=day),
        id_of(title="أخبار السد", source="أخرى", date=day),
        id_of(title="أخبار السد", source="جريدة"),
        id_of(title="غيره", source="جريدة", date=day),
        id_of(title="أخبار السد", source="جريدة", date=day, body="نص آخر"),
        id_of(title="أخبار السد", source="جريدة", date=day, kind=Kind.HEADLINE),
        id_of(title="", body="نص أول"),
        id_of(title="", body="نص ثان"),
    ]
    assert len(set(ids)) == len(ids)
    assert ids[0] == id_of(title="اخبار  السّد", source="جريدة", date=day)


PLACEHOLDERS = ["", " ", "NaN", "null", "NULL", "\\N", "None", "N/A", "n/a", "-", "--", "#", "<NA>"]


def test_placeholders_stand_for_a_missing_value():
    for value in [*PLACEHOLDERS, math.nan, None, "0", 0, -1, "-1", False, "false", True, "TRUE"]:
        for field in ("id", "url", "source", "author", "date"):
            assert is_missing(field, value), (field, value)
    spelled = ["000", "-1.00", "+0", "٠", "inf", "'null'", "[NULL]", "None\u200f", "ـ", "…", "{}"]
    for value in spelled:
        assert is_missing("id", value), value
    for value in ("unknown", "(vide)", "Néant", "غير معروف", "لا يوجد", "[object Object]"):
        assert is_missing("source", value), value
    for value in (7, "7", "007", "100", "nankin", "-12", "حسن", 0.5, "لا يوجد بديل"):
        assert not is_missing("id", value), value


def test_numbers_and_words_are_no_placeholders_of_a_text():
    for value in [*PLACEHOLDERS, math.nan, None]:
        assert is_missing("body", value), value
    for value in ("0", "true", "-1", "بلا عنوان"):
        assert not is_missing("title", value), value


def test_a_bare_homepage_or_a_script_is_not_the_address_of_a_page():
    no_page = [
        "javascript:void(0)",
        "JavaScript:;",
        "about:blank",
        "https://www.e.example",
        "https://www.e.example/",
        "https://e.example/#top",
        "https://e.example/index.php",
        "https://e.example/Default.aspx",
        "https://e.example/home/",
        "https://e.example/ar/",
        "https://e.example/undefined",
        "https://e.example/%23",
        "https://e.example/?utm_source=x&lang=ar",
        "https://e.example/?p=",
        "http://null",
        "file:///tmp/a.html",
        "e.example/",
        "//e.example/",
        "e.example",
        "/",
    ]
    page = [
        "https://e.example/?p=7",
        "https://e.example/#!/a/7",
        "https://e.example/7",
        "/jarida/7",
        "https://e.example/?7",
        "https://e.example/ar/7",
        "https://e.example/?utm_source=x&p=7",
    ]
    expected = dict.fromkeys(no_page, True) | dict.fromkeys(page, False)
    assert {url: has_no_page(url) for url in expected} == expected
