from datetime import UTC, date, datetime, timedelta, timezone

from search.language.dates import Fault, parse_date, read_date, read_moment, read_period, write_date

DATES = {
    date(2020, 12, 26): [
        "26 - 12 - 2020",
        "26/12/2020",
        "2020-12-26",
        "2020-12-26T09:00:00+01:00",
        "السبت 26 دجنبر 2020 - 09:00",
        "٢٦ دجنبر ٢٠٢٠",
        "26 décembre 2020",
        "2020-12-26T23:30:00Z",
        "2020-12-26 23:30:00.000-05:00",
        "Sat, 26 Dec 2020 09:00:00 GMT",
        "26 كانون الأول/ديسمبر 2020",
        "26 ديسمبر (كانون الأول) 2020م",
        "ديسمبر 26, 2020",
        "٢٦/١٢/٢٠٢٠",
        "\u200f26\u200f/12\u200f/2020",  # as Windows writes it
        "le 26 déc. 2020 à 10h",
        "11 جمادى الأولى 1442هـ الموافق 26 ديسمبر 2020م",
        "26-12-2020 / 11-05-1442",
        "1442/05/11 - 2020/12/26",
        "1442-05-11 - 2020-12-26",
        "09:00 - 26/12/2020",
        "20201226",
        "26 دجمبر 2020",  # Mauritania
        "26 من شهر ديسمبر عام 2020",
        "26 ديسمبر من العام 2020",
        "26 شهر دجنبر لسنة 2020",
        "26 du mois de décembre 2020",
        "26/12/20",
        "٢٦-١٢-٢٠",
        "نشر في السهل يوم 26.12.20",
        "26-Dec-20",
        "26 déc. 20",
        "Sat, 26 Dec 20 09:00:00 GMT",
        "Saturday, 26-Dec-20 09:00:00 GMT",
        "Sat Dec 26 09:00:00 +0000 2020",
        "20201226T090000Z",
        "26 كانون1/ديسمبر 2020",
        "11/5/1442 هـ (26/12/2020 م)",
        "1608940800",
        "1608940800000",
    ],
    date(2011, 8, 5): ["5 غشت 2011", "5 أوت 2011"],
    date(2011, 1, 14): ["14 جانفي 2011"],
    date(2015, 12, 3): ["3 كانون الأول 2015"],
    date(2015, 1, 3): ["3 كانون الثاني 2015"],
    date(2019, 8, 1): ["1er août 2019"],
    date(2020, 2, 29): ["29 - 02 - 2020"],
    date(2020, 6, 5): ["05/06/20"],  # day first
    date(1969, 12, 26): ["26/12/69"],
}


def test_dates_are_read_in_the_forms_of_the_press():
    expected = {text: day for day, texts in DATES.items() for text in texts}
    assert {text: parse_date(text) for text in expected} == expected


def test_the_time_of_day_is_read_where_it_is_written():
    evening = datetime(2020, 12, 26, 18, 30)
    hour_east = evening.replace(tzinfo=timezone(timedelta(hours=1)))
    expected = {
        "2020-12-26T18:30:00+01:00": hour_east,
        "Sat, 26 Dec 2020 18:30:00 +0100": hour_east,
        "2020-12-26T18:30:00.250Z": evening.replace(tzinfo=UTC),
        "26 دجنبر 2020 على الساعة 18:30": evening,
        "٢٦/١٢/٢٠٢٠ ٦:٣٠ م": evening,
        "26/12/2020 6:30 مساء": evening,
        "26 déc. 2020 à 18h30": evening,
        "26/12/2020 12:30 pm": evening.replace(hour=12),
        "26/12/2020 12:30 ص": evening.replace(hour=0),
        "20201226183000": evening,
        "2020-12-26": None,
        "26/12/20 18:30": evening,
        "2020-12-26+01:00": None,  # a day and its zone
        "2020-12-26T00:00:00Z": None,  # a day alone, as databases write it
        "18:30": None,
    }
    assert {text: read_moment(text) for text in expected} == expected


def test_a_text_without_a_possible_date_has_a_fault():
    expected = {
        "": Fault.UNREADABLE,
        "أمس": Fault.UNREADABLE,
        "2020": Fault.UNREADABLE,
        "11/05/1442": Fault.UNREADABLE,  # a Hijri date alone
        "11/5/42هـ": Fault.UNREADABLE,
        "31 - 2 - 2020": Fault.IMPOSSIBLE,
        "2020-02-31": Fault.IMPOSSIBLE,
        "29 - 02 - 2019": Fault.IMPOSSIBLE,
        "0 - 1 - 2020": Fault.IMPOSSIBLE,
        "1 - 13 - 2020": Fault.IMPOSSIBLE,
        "0000-00-00": Fault.IMPOSSIBLE,
        "1 - 1 - 0001": Fault.IMPOSSIBLE,
        "12/26/20": Fault.IMPOSSIBLE,  # month first
        "1970-01-01": Fault.ZERO,
        "Thu, 01 Jan 1970 00:00:00 GMT": Fault.ZERO,
        "1969-12-31T19:00:00-05:00": Fault.ZERO,
        "1900-01-01 00:00:00": Fault.ZERO,
        "30/12/1899": Fault.ZERO,
    }
    assert {text: read_date(text) for text in expected} == expected
    assert {text: parse_date(text) for text in expected} == dict.fromkeys(expected)


def test_a_date_after_the_latest_possible_day_is_in_the_future():
    for text in ("27 - 12 - 2020", "2999-01-01", "26/12/65"):
        assert read_date(text, latest=date(2020, 12, 26)) is Fault.FUTURE, text


def test_dates_are_written_with_moroccan_months_and_can_be_read_back():
    assert write_date(date(2020, 12, 26)) == "26 دجنبر 2020"
    assert write_date(date(2011, 8, 5)) == "5 غشت 2011"
    days = [date(2023, month, 9) for month in range(1, 13)]
    assert [parse_date(write_date(day)) for day in days] == days


def test_a_period_has_a_first_and_a_last_day():
    expected = {
        "2020": (date(2020, 1, 1), date(2020, 12, 31)),
        "٢٠٢٠": (date(2020, 1, 1), date(2020, 12, 31)),
        "2020-02": (date(2020, 2, 1), date(2020, 2, 29)),
        "2020-12-26": (date(2020, 12, 26), date(2020, 12, 26)),
        "دجنبر 2020": (date(2020, 12, 1), date(2020, 12, 31)),
        "كانون  الأول 2020": (date(2020, 12, 1), date(2020, 12, 31)),
        "février 2019": (date(2019, 2, 1), date(2019, 2, 28)),
    }
    no_period = ["", "1234", "3020", "20200", "2020-13", "2020-02-30", "في 2020"]
    expected |= dict.fromkeys(no_period)
    assert {text: read_period(text) for text in expected} == expected
