"""Queries as the parameters of an address."""

from datetime import date

import pytest

from search.records import Filters, Kind, Mode, Query, Sort
from web.parameters import RequestError, read_query, write_query


def test_an_address_holds_the_whole_query():
    full = Query(
        text="سيول & «AND» +",
        mode=Mode.LEXICAL,
        filters=Filters(
            sources=("صوت الوادي", "Le Messager du Col"),
            kinds=(Kind.ARTICLE,),
            since=date(2019, 1, 1),
            until=date(2020, 1, 1),
        ),
        sort=Sort.NEWEST,
        k=5,
        page=3,
    )
    undated = Query("", filters=Filters(languages=("ar", "fr"), undated=True))
    for query in (full, Query(text="سيول"), undated):
        assert read_query(write_query(query).encode()) == query


def test_defaults_are_left_out_of_the_address():
    assert write_query(Query(text="a b")) == "q=a+b"


def test_an_empty_parameter_counts_as_missing():
    assert read_query(b"q=a&mode=&kind=&source=&from=&to=&sort=&page=&k=") == Query(text="a")


def test_numbers_may_have_arabic_digits():
    assert read_query("q=a&page=٢".encode()).page == 2


def test_a_bad_parameter_is_refused_in_english_for_programs_and_in_arabic_for_readers():
    cases = [
        ("q=%20&source=", "q is empty", "كلمة واحدة على الأقل"),
        ("q=" + "a" * 1001, "q has 1001 characters: at most 1000", "طويلة"),
        ("q=a&mode=magic", "mode is 'magic': expected one of hybrid, semantic", "طريقة البحث"),
        ("q=a&kind=poem", "kind is 'poem': expected one of article, headline", "نوع الوثائق"),
        ("q=a&sort=best", "sort is 'best': expected one of relevance", "الترتيب"),
        ("q=a&from=2020-02-31", "from is '2020-02-31': expected a date", "التاريخ غير صحيح"),
        ("q=a&to=x", "to is 'x': expected a date as YYYY-MM-DD", "التاريخ غير صحيح"),
        ("q=a&k=0", "k is 0: expected 1 to 100", "بين 1 و100"),
        ("q=a&k=1000000000", "k is 1000000000: expected 1 to 100", "بين 1 و100"),
        ("q=a&k=ten", "k is 'ten': expected a whole number", "رابط البحث"),
        ("q=a&page=-1", "page is -1: expected 1 to 1000000", "بهذا الرقم"),
        ("q=a&page=100001", "page is 100001: expected 1 to 100000 with k=10", "بهذا الرقم"),
        ("undated=1&from=2020-01-01", "undated is given with from or to", "اختر أحد الأمرين"),
        ("q=a&undated=x", "undated is 'x': expected 1 or 0", "رابط البحث"),
        ("q=a&page=" + "9" * 5000, "expected a whole number", "رابط البحث"),
        ("q=a&q=b", "q is given 2 times", "رابط البحث"),
        ("q=%FF", "not UTF-8", "رابط البحث"),
        ("q=%ED%A0%80", "not UTF-8", "رابط البحث"),
    ]
    for address, detail, sentence in cases:
        with pytest.raises(RequestError) as refused:
            read_query(address.encode())
        assert detail in str(refused.value), address[:40]
        assert sentence in refused.value.sentence, address[:40]
