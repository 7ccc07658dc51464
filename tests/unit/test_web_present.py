"""Words, marks and links of the pages, worked out by hand."""

from datetime import date

import pytest

from search.records import Filters, Kind, Mode, Query, SearchPage, Sort
from web import create_app
from web.addresses import write_query
from web.pages.navigation import chips, page_links, period
from web.pages.results_page import mark
from web.pages.wording import ARTICLES, RESULTS, TIMES, count_of, more_than, number
from web.parameters import RequestError, read_query


@pytest.fixture
def request_context(engine):
    with create_app(engine=engine).test_request_context():
        yield


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "لا نتائج"),
        (1, "نتيجة واحدة"),
        (2, "نتيجتان"),
        (3, "3 نتائج"),
        (10, "10 نتائج"),
        (11, "11 نتيجة"),
        (99, "99 نتيجة"),
        (100, "100 نتيجة"),
        (103, "103 نتائج"),
        (12345, "12\u202f345 نتيجة"),
    ],
)
def test_results_agree_with_their_number(count, words):
    assert count_of(count, RESULTS) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(2, "مقالان"), (9, "9 مقالات"), (92, "92 مقالا"), (102, "102 مقال"), (111, "111 مقالا")],
)
def test_a_masculine_noun_takes_its_ending(count, words):
    assert count_of(count, ARTICLES) == words


@pytest.mark.parametrize(
    ("count", "words"), [(124, "أزيد من 124 نتيجة"), (2, "أزيد من نتيجتين"), (5, "أزيد من 5 نتائج")]
)
def test_a_lower_bound_says_so(count, words):
    assert more_than(count, RESULTS) == words


def test_copies_are_counted_in_times():
    assert [count_of(count, TIMES) for count in (0, 1, 2, 3)] == [
        "",
        "مرة أخرى",
        "مرتين أخريين",
        "3 مرات أخرى",
    ]


def test_thousands_stand_apart():
    assert number(1234567) == "1\u202f234\u202f567"


def test_marks_stand_around_escaped_words():
    assert mark('<b> "سيول" &', [(1, 2), (5, 9)]) == (
        "&lt;<mark>b</mark>&gt; &#34;<mark>سيول</mark>&#34; &amp;"
    )


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2020, 1, 1), date(2020, 12, 31), "سنة 2020"),
        (date(2020, 8, 3), date(2020, 8, 3), "يوم 3 غشت 2020"),
        (date(2020, 7, 3), None, "من 3 يوليوز 2020"),
        (None, date(2021, 5, 1), "إلى 1 ماي 2021"),
        (date(2020, 9, 3), date(2021, 5, 1), "من 3 شتنبر 2020 إلى 1 ماي 2021"),
    ],
)
def test_periods_are_named(since, until, words):
    assert period(since, until) == words


FULL = Query(
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


@pytest.mark.parametrize("query", [FULL, Query(text="سيول")])
def test_an_address_holds_the_whole_query(query):
    assert read_query(write_query(query).encode()) == query


def test_what_is_assumed_is_left_out_of_the_address():
    assert write_query(Query(text="a b")) == "q=a+b"


def test_an_empty_value_is_one_not_given():
    assert read_query(b"q=a&mode=&kind=&source=&from=&to=&sort=&page=&k=") == Query(text="a")


def test_numbers_may_be_arabic():
    assert read_query("q=a&page=٢".encode()).page == 2


@pytest.mark.parametrize(
    ("address", "detail", "sentence"),
    [
        ("q=%20", "q is empty", "كلمة واحدة على الأقل"),
        ("q=" + "a" * 1001, "q has 1001 characters: at most 1000", "طويلة"),
        ("q=a&mode=magic", "mode is 'magic': expected one of hybrid, semantic", "طريقة البحث"),
        ("q=a&kind=poem", "kind is 'poem': expected one of article, headline", "نوع المواد"),
        ("q=a&sort=best", "sort is 'best': expected one of relevance", "الترتيب"),
        ("q=a&from=2020-02-31", "from is '2020-02-31': expected a date", "التاريخ غير صحيح"),
        ("q=a&to=x", "to is 'x': expected a date as YYYY-MM-DD", "التاريخ غير صحيح"),
        ("q=a&from=2021-01-01&to=2020-01-01", "from 2021-01-01 is after to", "بعد تاريخ النهاية"),
        ("q=a&k=0", "k is 0: expected 1 to 100", "من 1 إلى 100"),
        ("q=a&k=1000000000", "k is 1000000000: expected 1 to 100", "من 1 إلى 100"),
        ("q=a&k=ten", "k is 'ten': expected a whole number", "رابط البحث"),
        ("q=a&page=-1", "page is -1: expected 1 to 100", "بهذا الرقم"),
        ("q=a&page=101", "page is 101: expected 1 to 100 with k=10", "بهذا الرقم"),
        ("q=a&page=" + "9" * 5000, "expected a whole number", "رابط البحث"),
        ("q=a&q=b", "q is given 2 times", "رابط البحث"),
        ("q=%FF", "not UTF-8", "رابط البحث"),
        ("q=%ED%A0%80", "not UTF-8", "رابط البحث"),
    ],
)
def test_refusals_name_what_is_wrong(address, detail, sentence):
    with pytest.raises(RequestError) as refused:
        read_query(address.encode())
    assert detail in str(refused.value)
    assert sentence in refused.value.sentence


@pytest.mark.usefixtures("request_context")
def test_each_chip_drops_one_filter():
    labels = [chip.label for chip in chips(FULL)]
    assert labels == [
        "صوت الوادي",
        "Le Messager du Col",
        "مقال",
        "من 1 يناير 2019 إلى 1 يناير 2020",
        "بالكلمات وحدها",
    ]
    left = read_query(str(chips(FULL)[0].url).split("?")[1].encode())
    assert (left.filters.sources, left.page) == (("Le Messager du Col",), 1)


def numbers_shown(page, total):
    answer = SearchPage(Query("a", page=page), (), total, True, {}, 0.0)
    links = page_links(answer)
    return [link.label if link else "…" for link in links.numbers]


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize(
    ("page", "total", "shown"),
    [
        (1, 11, ["1", "2"]),
        (1, 95, ["1", "2", "3", "…", "10"]),
        (5, 95, ["1", "…", "3", "4", "5", "6", "7", "…", "10"]),
        (1, 9999, ["1", "2", "3", "…", "100"]),
    ],
)
def test_page_numbers_leave_out_what_is_far(page, total, shown):
    assert numbers_shown(page, total) == shown


@pytest.mark.usefixtures("request_context")
def test_one_page_needs_no_links():
    assert page_links(SearchPage(Query("a"), (), 10, True, {}, 0.0)) is None
