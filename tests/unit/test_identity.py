"""Ids are the same for one record however a dump writes it, and differ for different ones."""

import math
from datetime import date
from urllib.parse import quote

import pytest

from indexer.readers.columns import Columns
from indexer.readers.identity import canonical_url, record_id
from indexer.readers.placeholders import is_missing, names_no_page
from search.records import Document, Kind


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.example.com/jarida/12345", "example.com/jarida/12345"),
        ("http://Example.com/jarida/12345/", "example.com/jarida/12345"),
        ("https://example.com/jarida/12345?utm_source=x&fbclid=y#top", "example.com/jarida/12345"),
        ("https://example.com/?p=12&lang=ar", "example.com?p=12&lang=ar"),
        ("https://example.com/%D8%B3%D8%AF/1", "example.com/سد/1"),
        ("https://[bad", "https://[bad"),
        ("https://example.com/%7Ewadi/%61%2Db", "example.com/~wadi/a-b"),
        ("https://example.com/a%2fb%3Fc", "example.com/a%2Fb%3Fc"),  # not a/b?c
        ("https://example.com/%d3%cf/1", "example.com/%D3%CF/1"),  # of another encoding
        ("https://example.com/?q=%d3%cf", "example.com?q=%D3%CF"),
        ("https://example.com/#!/akhbar/7", "example.com#!/akhbar/7"),
        ("https://example.com/app#/akhbar/7", "example.com/app#/akhbar/7"),
        ("https://example.com/app#/", "example.com/app"),
        ("https://example.com:8080/a", "example.com:8080/a"),
        ("https://example.com:443/a", "example.com/a"),
    ],
)
def test_one_address_is_written_one_way(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859-6"])
def test_addresses_of_octets_that_are_no_utf_8_stay_apart(encoding):
    paths = {quote(word.encode(encoding)) for word in ("سفينة", "حديقة", "مخبزة")}
    assert len({canonical_url(f"http://s.example/{path}") for path in paths}) == 3
    assert len({canonical_url(f"http://s.example/?t={path}") for path in paths}) == 3


def named(*, kind=Kind.ARTICLE, title="خبر السد الجديد اليوم", body="نص", **fields):
    document = Document("", kind, title, "" if kind is Kind.HEADLINE else body, **fields)
    return record_id(document)


def test_an_id_is_of_its_newspaper():
    of_first = named(own_id="7", source="السهل")
    assert of_first == named(own_id="7", source="السهل", url="https://e.example/9", body="غيره")
    assert of_first == named(own_id="7", source="السهل", kind=Kind.HEADLINE)
    assert len({of_first, named(own_id="7", source="الوادي"), named(own_id="7")}) == 3


def test_an_address_names_what_has_no_id():
    url = "https://www.example.com/jarida/12345"
    assert named(url=url) == named(url="http://example.com/jarida/12345/", source="السهل")
    assert named(url=url, kind=Kind.HEADLINE, title="قصير") == named(url=url)


def test_a_title_that_tells_a_story_names_a_headline_whatever_page_carries_it():
    pages = [f"https://example.com/{page}" for page in (1, 2)]
    assert len({named(kind=Kind.HEADLINE, url=url) for url in pages}) == 1
    assert len({named(kind=Kind.HEADLINE, url=url, title="رأي") for url in pages}) == 2


def test_without_id_and_address_source_day_title_and_text_decide():
    names = [
        named(title="أخبار السد", source="جريدة", date=date(2020, 1, 2)),
        named(title="أخبار السد", source="أخرى", date=date(2020, 1, 2)),
        named(title="أخبار السد", source="جريدة"),
        named(title="غيره", source="جريدة", date=date(2020, 1, 2)),
        named(title="أخبار السد", source="جريدة", date=date(2020, 1, 2), body="نص آخر"),
    ]
    assert len(set(names)) == 5
    assert named(title="اخبار  السّد", source="جريدة", date=date(2020, 1, 2)) == names[0]


PLACEHOLDERS = ["", " ", "NaN", "null", "NULL", "\\N", "None", "N/A", "n/a", "-", "--", "#", "<NA>"]


def test_a_placeholder_names_nothing():
    for value in [*PLACEHOLDERS, math.nan, None, "0", 0, -1, "-1", False, "false", True, "TRUE"]:
        for field in ("id", "url", "source", "author", "date"):
            assert is_missing(field, value), (field, value)
    for value in (
        "000",
        "-1.00",
        "+0",
        "٠",
        "inf",
        "'null'",
        "[NULL]",
        "None\u200f",
        "ـ",
        "…",
        "{}",
    ):
        assert is_missing("id", value), value
    for value in ("unknown", "(vide)", "Néant", "غير معروف", "لا يوجد", "[object Object]"):
        assert is_missing("source", value), value
    for value in (7, "7", "007", "100", "nankin", "-12", "حسن", 0.5, "لا يوجد بديل"):
        assert not is_missing("id", value), value


def test_a_text_is_missing_only_where_it_stands_for_none():
    for value in [*PLACEHOLDERS, math.nan, None]:
        assert is_missing("body", value), value
    assert not any(is_missing("title", value) for value in ("0", "true", "-1", "بلا عنوان"))


@pytest.mark.parametrize(
    "url",
    [
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
    ],
)
def test_what_leads_to_no_page_of_its_own_names_none(url):
    assert names_no_page(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://e.example/?p=7",
        "https://e.example/#!/a/7",
        "https://e.example/7",
        "/jarida/7",
        "https://e.example/?7",
        "https://e.example/ar/7",
        "https://e.example/?utm_source=x&p=7",
    ],
)
def test_what_leads_to_a_page_names_it(url):
    assert not names_no_page(url)


def test_of_two_columns_the_one_that_is_no_placeholder_is_taken():
    record = {"title": "ع", "url": "NULL", "link": "https://e.example/7"}
    assert Columns().fields(record)["url"] == "https://e.example/7"
