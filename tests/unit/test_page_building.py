"""Words, marks and links of the pages, worked out by hand."""

from datetime import date

import pytest

from search.records import Filters, Kind, Mode, Query, SearchPage
from web import create_app
from web.pages.highlighting import mark_spans
from web.pages.navigation import build_chips, build_pagination, name_period
from web.pages.wording import (
    ARTICLES,
    DOCUMENTS,
    MATCHING_ARTICLES,
    MATCHING_DOCUMENTS,
    NEAR,
    TEXTS,
    TIMES,
    UNDATED,
    format_count,
    format_number,
)
from web.parameters import read_query


@pytest.fixture
def request_context(engine):
    with create_app(engine=engine).test_request_context():
        yield


@pytest.mark.parametrize(
    ("noun", "by_count"),
    [
        (DOCUMENTS, {0: "لا وثائق", 1: "وثيقة واحدة", 12345: "12\u202f345 وثيقة"}),
        (
            MATCHING_DOCUMENTS,
            {
                0: "لا وثيقة تذكر هذا",
                1: "وثيقة واحدة تذكر هذا",
                2: "وثيقتان تذكران هذا",
                3: "3 وثائق تذكر هذا",
                10: "10 وثائق تذكر هذا",
                11: "11 وثيقة تذكر هذا",
                100: "100 وثيقة تذكر هذا",
                103: "103 وثائق تذكر هذا",
            },
        ),
        (MATCHING_ARTICLES, {2: "مقالان يذكران هذا", 48: "48 مقالا يذكر هذا"}),
        (ARTICLES, {2: "مقالان", 9: "9 مقالات", 92: "92 مقالا", 102: "102 مقال", 111: "111 مقالا"}),
        (NEAR, {2: "نتيجتان قريبتان في المعنى", 63: "63 نتيجة قريبة في المعنى"}),
        (TEXTS, {1: "نص واحد", 2: "نصين", 7: "7 نصوص", 41: "41 نصا"}),
        (UNDATED, {2: "وثيقتين بلا تاريخ", 5: "5 وثائق بلا تاريخ", 12: "12 وثيقة بلا تاريخ"}),
    ],
)
def test_nouns_agree_with_their_number(noun, by_count):
    assert {count: format_count(count, noun) for count in by_count} == by_count


def test_copies_are_counted_in_times():
    assert [format_count(count, TIMES) for count in (0, 1, 2, 3)] == [
        "",
        "مرة أخرى",
        "مرتين أخريين",
        "3 مرات أخرى",
    ]


def test_thousands_stand_apart():
    assert format_number(1234567) == "1\u202f234\u202f567"


def test_marks_stand_around_escaped_words():
    assert mark_spans('<b> "سيول" &', [(1, 2), (5, 9)]) == (
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
    assert name_period(since, until) == words


NARROWED = Query(
    text="سيول & «AND» +",
    mode=Mode.LEXICAL,
    filters=Filters(
        sources=("صوت الوادي", "Le Messager du Col"),
        kinds=(Kind.ARTICLE,),
        since=date(2019, 1, 1),
        until=date(2020, 1, 1),
    ),
    page=3,
)


@pytest.mark.usefixtures("request_context")
def test_each_chip_drops_one_filter():
    labels = [chip.label for chip in build_chips(NARROWED)]
    assert labels == [
        "صوت الوادي",
        "Le Messager du Col",
        "مقال",
        "من 1 يناير 2019 إلى 1 يناير 2020",
        "بالكلمات وحدها",
    ]
    left = read_query(str(build_chips(NARROWED)[0].url).split("?")[1].encode())
    assert (left.filters.sources, left.page) == (("Le Messager du Col",), 1)


def answer_with(listed, page=1):
    return SearchPage(Query("a", page=page), (), 0, 0, True, 0, listed, 0, {}, 0.0)


def numbers_shown(page, listed):
    answer = answer_with(listed, page)
    links = build_pagination(answer)
    return [link.label if link else "…" for link in links.numbers]


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize(
    ("page", "listed", "shown"),
    [
        (1, 11, ["1", "2"]),
        (1, 95, ["1", "2", "3", "…", "10"]),
        (5, 95, ["1", "…", "3", "4", "5", "6", "7", "…", "10"]),
        (1, 9999, ["1", "2", "3", "…", "1\u202f000"]),
        (1, 2_000_000, ["1", "2", "3", "…", "100\u202f000"]),  # hit 1,000,000 is the last
    ],
)
def test_page_numbers_leave_out_what_is_far(page, listed, shown):
    assert numbers_shown(page, listed) == shown


@pytest.mark.usefixtures("request_context")
def test_one_page_needs_no_links():
    assert build_pagination(answer_with(10)) is None
