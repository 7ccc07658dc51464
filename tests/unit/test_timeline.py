"""The charts of matching documents over time."""

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


def build(months, filters=None, applied=None):
    """Build the charts of a query with these filters; `applied` are also read from its words."""
    facets = {"month": tuple(Facet(month, count) for month, count in months.items())}
    query = Query("a", filters=filters or Filters())
    page = SearchPage(query, (), 9, 9, True, 0, 9, 0, facets, 0.0, filters=applied or query.filters)
    return build_timelines(page)


def labels(chart):
    return [bar.label for bar in chart.bars]


def days_of_link(bar):
    filters = read_query(bar.url.split("?")[1].encode()).filters
    return filters.since, filters.until


def test_up_to_a_year_has_a_bar_for_each_month():
    [chart] = build({"2020-11": 3, "2021-02": 1})
    assert chart.heading == "النتائج حسب الشهر"
    assert labels(chart) == ["نونبر 2020", "دجنبر 2020", "يناير 2021", "فبراير 2021"]
    assert [bar.count for bar in chart.bars] == ["3", "0", "0", "1"]
    assert days_of_link(chart.bars[3]) == (date(2021, 2, 1), date(2021, 2, 28))
    assert chart.bars[1].url is None


def test_more_than_a_year_has_a_bar_for_each_year():
    [chart] = build({"2018-05": 2, "2018-09": 2, "2020-01": 1})
    assert labels(chart) == ["2018", "2019", "2020"]
    assert [bar.count for bar in chart.bars] == ["4", "0", "1"]


def test_heights_are_proportional_to_the_counts_and_the_least_is_visible():
    [chart] = build({"2018-05": 2000, "2020-01": 500, "2021-01": 1})
    assert [bar.height for bar in chart.bars] == ["62.00%", "0.00%", "15.50%", "1.50%"]
    assert [bar.y for bar in chart.bars] == ["18.00%", "80.00%", "64.50%", "78.50%"]


def test_the_largest_count_names_the_scale_where_bars_have_no_room_for_their_counts():
    few, many = build_years_chart({2018: 1, 2020: 3000}), build_years_chart({2010: 1, 2020: 3000})
    assert (few.scale, many.scale) == ("", "3\N{NARROW NO-BREAK SPACE}000")


def test_time_runs_from_right_to_left():
    [chart] = build({"2018-05": 1, "2020-01": 1})
    assert [bar.slot for bar in chart.bars] == ["66.67%", "33.33%", "0.00%"]
    assert [bar.fit for bar in chart.bars] == ["first", "", "last"]


def test_a_bar_is_several_years_where_the_time_is_long():
    expected = {  # (first month, last month): (bars, label of the first)
        ("1990-01", "2013-01"): (24, "1990"),
        ("1990-01", "2014-01"): (5, "1990–1994"),
        ("1900-01", "2020-01"): (13, "1900–1909"),
    }
    charts = {months: build(dict.fromkeys(months, 1))[0] for months in expected}
    bars = {months: (len(chart.bars), chart.bars[0].label) for months, chart in charts.items()}
    assert bars == expected


TWO_YEARS = {"2018-05": 1, "2018-09": 2, "2020-01": 4}


def test_a_chosen_year_is_marked_among_all_years_and_has_a_chart_of_its_months():
    years, months = build(TWO_YEARS, Filters(since=date(2018, 1, 1), until=date(2018, 12, 31)))
    assert [(bar.count, bar.is_chosen) for bar in years.bars] == [
        ("3", True), ("0", False), ("4", False),
    ]  # fmt: skip
    assert days_of_link(years.bars[0]) == (None, None)  # removes the choice
    assert days_of_link(years.bars[2]) == (date(2020, 1, 1), date(2020, 12, 31))
    assert [bar.count for bar in months.bars] == list("000010002000")
    assert days_of_link(months.bars[4]) == (date(2018, 5, 1), date(2018, 5, 31))


def test_a_year_that_the_words_of_the_query_exclude_has_no_link():
    [chart] = build(TWO_YEARS, applied=Filters(since=date(2019, 1, 1)))
    assert [(bar.is_chosen, bar.url is None) for bar in chart.bars] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


def test_fewer_than_two_bars_are_not_drawn():
    for months in ({}, {"2020-03": 9}):
        assert build(months) == (), months


def test_the_first_and_the_last_year_of_the_calendar_are_drawn():
    for year in ("0001", "9999"):
        [months] = build({f"{year}-11": 1, f"{year}-12": 1})
        [years] = build({f"{year}-12": 1, "2020-01": 1})
        assert len(months.bars) == 2, year
        assert len(years.bars) > 100, year


def test_the_bars_of_the_front_page_link_to_the_years_of_the_archive():
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
