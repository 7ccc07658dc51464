"""The words, marks and links of the pages."""

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


def test_arabic_nouns_agree_with_their_number():
    expected = {
        (DOCUMENTS, 0): "لا وثائق",
        (DOCUMENTS, 1): "وثيقة واحدة",
        (DOCUMENTS, 12345): "12\u202f345 وثيقة",
        (MATCHING_DOCUMENTS, 0): "لا وثيقة تذكر هذا",
        (MATCHING_DOCUMENTS, 1): "وثيقة واحدة تذكر هذا",
        (MATCHING_DOCUMENTS, 2): "وثيقتان تذكران هذا",
        (MATCHING_DOCUMENTS, 3): "3 وثائق تذكر هذا",
        (MATCHING_DOCUMENTS, 10): "10 وثائق تذكر هذا",
        (MATCHING_DOCUMENTS, 11): "11 وثيقة تذكر هذا",
        (MATCHING_DOCUMENTS, 100): "100 وثيقة تذكر هذا",
        (MATCHING_DOCUMENTS, 103): "103 وثائق تذكر هذا",
        (MATCHING_ARTICLES, 2): "مقالان يذكران هذا",
        (MATCHING_ARTICLES, 48): "48 مقالا يذكر هذا",
        (ARTICLES, 2): "مقالان",
        (ARTICLES, 9): "9 مقالات",
        (ARTICLES, 92): "92 مقالا",
        (ARTICLES, 102): "102 مقال",
        (ARTICLES, 111): "111 مقالا",
        (NEAR, 2): "نتيجتان قريبتان في المعنى",
        (NEAR, 63): "63 نتيجة قريبة في المعنى",
        (TEXTS, 1): "نص واحد",
        (TEXTS, 2): "نصين",
        (TEXTS, 7): "7 نصوص",
        (TEXTS, 41): "41 نصا",
        (UNDATED, 2): "وثيقتين بلا تاريخ",
        (UNDATED, 5): "5 وثائق بلا تاريخ",
        (UNDATED, 12): "12 وثيقة بلا تاريخ",
        (TIMES, 0): "",
        (TIMES, 1): "مرة أخرى",
        (TIMES, 2): "مرتين أخريين",
        (TIMES, 3): "3 مرات أخرى",
    }
    assert {(noun, count): format_count(count, noun) for noun, count in expected} == expected


def test_a_narrow_space_separates_thousands():
    assert format_number(1234567) == "1\u202f234\u202f567"


def test_highlighted_words_are_marked_in_escaped_text():
    assert mark_spans('<b> "سيول" &', [(1, 2), (5, 9)]) == (
        "&lt;<mark>b</mark>&gt; &#34;<mark>سيول</mark>&#34; &amp;"
    )


def test_periods_are_named_by_year_day_or_limits():
    expected = {
        (date(2020, 1, 1), date(2020, 12, 31)): "سنة 2020",
        (date(2020, 8, 3), date(2020, 8, 3)): "يوم 3 غشت 2020",
        (date(2020, 7, 3), None): "من 3 يوليوز 2020",
        (None, date(2021, 5, 1)): "إلى 1 ماي 2021",
        (date(2020, 9, 3), date(2021, 5, 1)): "من 3 شتنبر 2020 إلى 1 ماي 2021",
    }
    assert {period: name_period(*period) for period in expected} == expected


@pytest.mark.usefixtures("request_context")
def test_each_chip_removes_one_filter():
    query = Query(
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
    chips = build_chips(query)
    assert [chip.label for chip in chips] == [
        "صوت الوادي",
        "Le Messager du Col",
        "مقال",
        "من 1 يناير 2019 إلى 1 يناير 2020",
        "بالكلمات وحدها",
    ]
    without_first = read_query(str(chips[0].url).split("?")[1].encode())
    assert without_first.filters.sources == ("Le Messager du Col",)
    assert without_first.page == 1


@pytest.mark.usefixtures("request_context")
def test_page_numbers_far_from_the_current_page_are_left_out():
    expected = {  # (current page, hits): page numbers
        (1, 11): "1 2",
        (1, 95): "1 2 3 … 10",
        (5, 95): "1 … 3 4 5 6 7 … 10",
        (1, 9999): "1 2 3 … 1\u202f000",
        (1, 2_000_000): "1 2 3 … 100\u202f000",  # no hit after the first million is listed
    }

    def numbers_of(page, listed):
        links = build_pagination(answer_with(listed, page)).numbers
        return " ".join(link.label if link else "…" for link in links)

    assert {case: numbers_of(*case) for case in expected} == expected
    assert build_pagination(answer_with(10)) is None  # a single page


def answer_with(listed, page=1):
    return SearchPage(Query("a", page=page), (), 0, 0, True, 0, listed, 0, {}, 0.0)
