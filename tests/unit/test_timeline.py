"""Bars along time, worked out by hand."""

from datetime import date

import pytest

from search.records import Facet, Filters, Query, SearchPage
from web import create_app
from web.pages.timeline import build_timelines, build_years_chart
from web.parameters import read_query


@pytest.fixture(autouse=True)
def _request_context(engine):
    with create_app(engine=engine).test_request_context():
        yield


def all_drawn(months, filters=None, demanded=None):
    facets = {"month": tuple(Facet(month, count) for month, count in months.items())}
    query = Query("a", filters=filters or Filters())
    page = SearchPage(
        query, (), 9, 9, True, 0, 9, 0, facets, 0.0, filters=demanded or query.filters
    )
    return build_timelines(page)


def drawn(months, filters=None, demanded=None):
    return next(iter(all_drawn(months, filters, demanded)), None)


def labels(chart):
    return [bar.label for bar in chart.bars]


def narrowed(bar):
    filters = read_query(bar.url.split("?")[1].encode()).filters
    return filters.since, filters.until


def test_a_year_is_drawn_by_months():
    chart = drawn({"2020-11": 3, "2021-02": 1})
    assert chart.heading == "النتائج بحسب الشهر"
    assert labels(chart) == ["نونبر 2020", "دجنبر 2020", "يناير 2021", "فبراير 2021"]
    assert [bar.count for bar in chart.bars] == ["3", "0", "0", "1"]
    assert narrowed(chart.bars[3]) == (date(2021, 2, 1), date(2021, 2, 28))
    assert chart.bars[1].url is None


def test_more_than_a_year_is_drawn_by_years_that_add_up():
    chart = drawn({"2018-05": 2, "2018-09": 2, "2020-01": 1})
    assert labels(chart) == ["2018", "2019", "2020"]
    assert [bar.count for bar in chart.bars] == ["4", "0", "1"]


def test_heights_grow_with_the_root_of_the_count():
    chart = drawn({"2018-05": 4, "2020-01": 1})
    assert [bar.height for bar in chart.bars] == ["64.00%", "0.00%", "32.00%"]
    assert [bar.y for bar in chart.bars] == ["16.00%", "80.00%", "48.00%"]


def test_time_runs_from_right_to_left():
    chart = drawn({"2018-05": 1, "2020-01": 1})
    assert [bar.slot for bar in chart.bars] == ["66.67%", "33.33%", "0.00%"]
    assert [bar.fit for bar in chart.bars] == ["first", "", "last"]


@pytest.mark.parametrize(
    ("first", "last", "count", "label"),
    [
        ("1990-01", "2013-01", 24, "1990"),
        ("1990-01", "2014-01", 5, "1990–1994"),
        ("1900-01", "2020-01", 13, "1900–1909"),
    ],
)
def test_long_times_are_drawn_in_steps(first, last, count, label):
    chart = drawn({first: 1, last: 1})
    assert len(chart.bars) == count
    assert chart.bars[0].label == label


TWO_YEARS = {"2018-05": 1, "2018-09": 2, "2020-01": 4}


def test_chosen_days_are_marked_among_all_times_and_shown_by_their_parts():
    years, months = all_drawn(TWO_YEARS, Filters(since=date(2018, 1, 1), until=date(2018, 12, 31)))
    assert [(bar.count, bar.is_chosen) for bar in years.bars] == [
        ("3", True), ("0", False), ("4", False),
    ]  # fmt: skip
    assert narrowed(years.bars[0]) == (None, None)  # taken off
    assert narrowed(years.bars[2]) == (date(2020, 1, 1), date(2020, 12, 31))
    assert [bar.count for bar in months.bars] == list("000010002000")
    assert narrowed(months.bars[4]) == (date(2018, 5, 1), date(2018, 5, 31))


def test_a_time_that_the_query_itself_shuts_out_has_no_link():
    chart = drawn(TWO_YEARS, demanded=Filters(since=date(2019, 1, 1)))
    assert [(bar.is_chosen, bar.url is None) for bar in chart.bars] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize("months", [{}, {"2020-03": 9}])
def test_one_bar_is_no_chart(months):
    assert drawn(months) is None


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_ends_of_the_calendar_are_drawn(year):
    assert len(drawn({f"{year}-11": 1, f"{year}-12": 1}).bars) == 2
    assert len(drawn({f"{year}-12": 1, "2020-01": 1}).bars) > 100


def test_the_chart_of_an_archive_leads_to_its_years():
    chart = build_years_chart({2018: 1, 2020: 3})
    assert [(bar.label, bar.url) for bar in chart.bars] == [
        ("2018", "/day/2018"),
        ("2019", None),
        ("2020", "/day/2020"),
    ]
    assert [bar.url for bar in build_years_chart({1992: 1, 2020: 3}).bars if bar.url] == [
        "/day/1992",
        "/day/2020",
    ]
