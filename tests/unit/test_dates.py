from datetime import date

import pytest

from search.dates import parse_date, read_period, write_date


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("26 - 12 - 2020", date(2020, 12, 26)),
        ("26/12/2020", date(2020, 12, 26)),
        ("2020-12-26", date(2020, 12, 26)),
        ("2020-12-26T09:00:00+01:00", date(2020, 12, 26)),
        ("السبت 26 دجنبر 2020 - 09:00", date(2020, 12, 26)),
        ("٢٦ دجنبر ٢٠٢٠", date(2020, 12, 26)),
        ("5 غشت 2011", date(2011, 8, 5)),
        ("5 أوت 2011", date(2011, 8, 5)),
        ("14 جانفي 2011", date(2011, 1, 14)),
        ("3 كانون الأول 2015", date(2015, 12, 3)),
        ("3 كانون الثاني 2015", date(2015, 1, 3)),
        ("1er août 2019", date(2019, 8, 1)),
        ("26 décembre 2020", date(2020, 12, 26)),
        ("29 - 02 - 2020", date(2020, 2, 29)),
    ],
)
def test_dates_of_the_press_are_read(written, day):
    assert parse_date(written) == day


@pytest.mark.parametrize(
    "written",
    ["", "أمس", "31 - 2 - 2020", "29 - 02 - 2019", "0 - 1 - 2020", "1 - 13 - 2020", "2020"],
)
def test_what_is_no_date_is_none(written):
    assert parse_date(written) is None


def test_dates_are_written_the_moroccan_way():
    assert write_date(date(2020, 12, 26)) == "26 دجنبر 2020"
    assert write_date(date(2011, 8, 5)) == "5 غشت 2011"


@pytest.mark.parametrize("month", range(1, 13))
def test_a_written_date_reads_back(month):
    assert parse_date(write_date(date(2023, month, 9))) == date(2023, month, 9)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("٢٠٢٠", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-12-26", date(2020, 12, 26), date(2020, 12, 26)),
        ("دجنبر 2020", date(2020, 12, 1), date(2020, 12, 31)),
        ("كانون  الأول 2020", date(2020, 12, 1), date(2020, 12, 31)),
        ("février 2019", date(2019, 2, 1), date(2019, 2, 28)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(written, first, last):
    assert read_period(written) == (first, last)


@pytest.mark.parametrize("text", ["", "1234", "3020", "20200", "2020-13", "2020-02-30", "في 2020"])
def test_what_is_no_period_is_none(text):
    assert read_period(text) is None
