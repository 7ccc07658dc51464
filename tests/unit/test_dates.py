from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from search.language.dates import Fault, parse_date, read_date, read_moment, read_period, write_date


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
        ("2020-12-26T23:30:00Z", date(2020, 12, 26)),
        ("2020-12-26 23:30:00.000-05:00", date(2020, 12, 26)),
        ("Sat, 26 Dec 2020 09:00:00 GMT", date(2020, 12, 26)),
        ("26 كانون الأول/ديسمبر 2020", date(2020, 12, 26)),
        ("26 ديسمبر (كانون الأول) 2020م", date(2020, 12, 26)),
        ("ديسمبر 26, 2020", date(2020, 12, 26)),
        ("٢٦/١٢/٢٠٢٠", date(2020, 12, 26)),
        ("\u200f26\u200f/12\u200f/2020", date(2020, 12, 26)),  # as Windows writes it
        ("le 26 déc. 2020 à 10h", date(2020, 12, 26)),
        ("11 جمادى الأولى 1442هـ الموافق 26 ديسمبر 2020م", date(2020, 12, 26)),
        ("26-12-2020 / 11-05-1442", date(2020, 12, 26)),
        ("1442/05/11 - 2020/12/26", date(2020, 12, 26)),
        ("1442-05-11 - 2020-12-26", date(2020, 12, 26)),
        ("09:00 - 26/12/2020", date(2020, 12, 26)),
        ("20201226", date(2020, 12, 26)),
        ("26 دجمبر 2020", date(2020, 12, 26)),  # Mauritania
        ("26 من شهر ديسمبر عام 2020", date(2020, 12, 26)),
        ("26 ديسمبر من العام 2020", date(2020, 12, 26)),
        ("26 شهر دجنبر لسنة 2020", date(2020, 12, 26)),
        ("26 du mois de décembre 2020", date(2020, 12, 26)),
        ("26/12/20", date(2020, 12, 26)),
        ("٢٦-١٢-٢٠", date(2020, 12, 26)),
        ("نشر في السهل يوم 26.12.20", date(2020, 12, 26)),
        ("05/06/20", date(2020, 6, 5)),  # day first
        ("26/12/69", date(1969, 12, 26)),
        ("26-Dec-20", date(2020, 12, 26)),
        ("26 déc. 20", date(2020, 12, 26)),
        ("Sat, 26 Dec 20 09:00:00 GMT", date(2020, 12, 26)),
        ("Saturday, 26-Dec-20 09:00:00 GMT", date(2020, 12, 26)),
        ("Sat Dec 26 09:00:00 +0000 2020", date(2020, 12, 26)),
        ("20201226T090000Z", date(2020, 12, 26)),
        ("26 كانون1/ديسمبر 2020", date(2020, 12, 26)),
        ("11/5/1442 هـ (26/12/2020 م)", date(2020, 12, 26)),
        ("1608940800", date(2020, 12, 26)),
        ("1608940800000", date(2020, 12, 26)),
    ],
)
def test_dates_of_the_press_are_read(written, day):
    assert parse_date(written) == day


def test_the_time_of_day_is_read_where_it_is_told():
    evening = datetime(2020, 12, 26, 18, 30)
    hour_east = evening.replace(tzinfo=timezone(timedelta(hours=1)))
    moments = {
        "2020-12-26T18:30:00+01:00": hour_east,
        "Sat, 26 Dec 2020 18:30:00 +0100": hour_east,
        "2020-12-26T18:30:00.250Z": evening.replace(tzinfo=UTC),
        "26 دجنبر 2020 على الساعة 18:30": evening,
        "٢٦/١٢/٢٠٢٠ ٦:٣٠ م": evening,
        "26/12/2020 6:30 مساء": evening,
        "26 déc. 2020 à 18h30": evening,
        "20201226183000": evening,
        "2020-12-26": None,
        "26/12/20 18:30": evening,
        "2020-12-26+01:00": None,  # a day and its zone
        "2020-12-26T00:00:00Z": None,  # a day alone, as databases write it
        "18:30": None,
    }
    assert {written: read_moment(written) for written in moments} == moments


@pytest.mark.parametrize(
    "written",
    ["", "أمس", "31 - 2 - 2020", "29 - 02 - 2019", "0 - 1 - 2020", "1 - 13 - 2020", "2020"],
)
def test_what_is_no_date_is_none(written):
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("أمس", Fault.UNREADABLE),
        ("11/05/1442", Fault.UNREADABLE),  # Hijri alone
        ("31 - 2 - 2020", Fault.IMPOSSIBLE),
        ("2020-02-31", Fault.IMPOSSIBLE),
        ("0000-00-00", Fault.IMPOSSIBLE),
        ("1 - 1 - 0001", Fault.IMPOSSIBLE),
        ("27 - 12 - 2020", Fault.FUTURE),
        ("2999-01-01", Fault.FUTURE),
        ("12/26/20", Fault.IMPOSSIBLE),  # month first
        ("26/12/65", Fault.FUTURE),
        ("11/5/42هـ", Fault.UNREADABLE),
        ("1970-01-01", Fault.ZERO),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Fault.ZERO),
        ("1969-12-31T19:00:00-05:00", Fault.ZERO),
        ("1900-01-01 00:00:00", Fault.ZERO),
        ("30/12/1899", Fault.ZERO),
    ],
)
def test_why_there_is_no_date_is_told(written, fault):
    assert read_date(written, latest=date(2020, 12, 26)) is fault


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
