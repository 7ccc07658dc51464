from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from search.query.syntax import ParsedQuery, parse_query
from search.records import DateHint


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("سد الوحدة", ParsedQuery("سد الوحدة")),
        ('"سد الوحدة" المياه', ParsedQuery("سد الوحدة المياه", phrases=("سد الوحدة",))),
        ("«سد الوحدة»", ParsedQuery("سد الوحدة", phrases=("سد الوحدة",))),
        ("“barrage vert”", ParsedQuery("barrage vert", phrases=("barrage vert",))),
        ("سد -المياه", ParsedQuery("سد", excluded=("المياه",))),
        ('سد -"مياه الشرب"', ParsedQuery("سد", excluded=("مياه الشرب",))),
        ("سد source:هسبريس", ParsedQuery("سد", sources=("هسبريس",))),
        ('مصدر:"صوت الوادي" سد', ParsedQuery("سد", sources=("صوت الوادي",))),
        ("SOURCE:a source:b", ParsedQuery("", sources=("a", "b"))),
        (
            "سد 2019..2021",
            ParsedQuery("سد", since=date(2019, 1, 1), until=date(2021, 12, 31)),
        ),
        ("٢٠١٩..٢٠٢١", ParsedQuery("", since=date(2019, 1, 1), until=date(2021, 12, 31))),
        ("2021..2019", ParsedQuery("", since=date(2019, 1, 1), until=date(2021, 12, 31))),
        ("2020-02.. سد", ParsedQuery("سد", since=date(2020, 2, 1))),
        ("سد ..2020-02-03", ParsedQuery("سد", until=date(2020, 2, 3))),
        ("\u202bسد\u202c", ParsedQuery("سد")),
    ],
)
def test_a_line_is_read(text, parsed):
    assert parse_query(text) == parsed


@pytest.mark.parametrize(
    "text",
    ["كوفيد -19", "26 - 12", "a-b", "title:سد", "سد..ماء", "..", "1..2", "http://a/b", "AND (سد"],
)
def test_what_does_not_fit_is_plain_words(text):
    assert parse_query(text) == ParsedQuery(text)


HYPHENS_THAT_SHUT_OUT_NOTHING = (
    "سد –المياه",  # typographic
    "سد −المياه",
    "سد —المياه",
    "الجديدة -مراسلة- غرق قارب",  # set in hyphens
    "سد - المياه",
    "سد-المياه",
    "كوفيد -19",
)


def test_hyphens_of_headlines_shut_out_nothing():
    for text in HYPHENS_THAT_SHUT_OUT_NOTHING:
        assert parse_query(text).excluded == (), text


@pytest.mark.parametrize(
    ("text", "words"),
    [('"', ""), ('سد "', "سد"), ('""', ""), ("«سد", "سد"), ('"؟"', "؟"), ("-", "-")],
)
def test_marks_without_a_partner_ask_for_nothing(text, words):
    assert parse_query(text) == ParsedQuery(words)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "فيضانات دجنبر 2020، الغرب",
            DateHint(date(2020, 12, 1), date(2020, 12, 31), "دجنبر 2020", "فيضانات الغرب"),
        ),
        (
            "فيضانات كانون الثاني ٢٠١٩",
            DateHint(date(2019, 1, 1), date(2019, 1, 31), "كانون الثاني ٢٠١٩", "فيضانات"),
        ),
        ("2009 سد", DateHint(date(2009, 1, 1), date(2009, 12, 31), "2009", "سد")),
        (
            'récolte "mauvaise" mai 2010',
            DateHint(date(2010, 5, 1), date(2010, 5, 31), "mai 2010", 'récolte "mauvaise"'),
        ),
    ],
)
def test_a_year_or_month_is_a_hint_and_stays_a_word(text, hint):
    parsed = parse_query(text)
    assert parsed.date_hint == hint
    assert hint.words in parsed.words


DAY = date(2020, 12, 26)


@pytest.mark.parametrize(
    ("text", "since", "until", "without"),
    [
        ("سد من 2019 إلى 2021", date(2019, 1, 1), date(2021, 12, 31), "سد"),
        ("سد بين 2019 و2021، الغرب", date(2019, 1, 1), date(2021, 12, 31), "سد الغرب"),
        ("eau entre mars 2019 et 2021", date(2019, 3, 1), date(2021, 12, 31), "eau"),
        ("water between 2019 and 2021", date(2019, 1, 1), date(2021, 12, 31), "water"),
        ("du 3 mars 2019 au 5 mai 2020 eau", date(2019, 3, 3), date(2020, 5, 5), "eau"),
        ("March 2020 - May 2020 rain", date(2020, 3, 1), date(2020, 5, 31), "rain"),
        ("سد 2019-2021", date(2019, 1, 1), date(2021, 12, 31), "سد"),
        ("سد من 2021 إلى 2019", date(2019, 1, 1), date(2021, 12, 31), "سد"),
        ("سد قبل 2015", None, date(2014, 12, 31), "سد"),
        ("سد بعد سنة 2015", date(2016, 1, 1), None, "سد"),
        ("eau depuis mars 2018", date(2018, 3, 1), None, "eau"),
        ("قبل 2015", None, date(2014, 12, 31), ""),
        ("سد 26 دجنبر 2020", DAY, DAY, "سد"),
        ("سد 26/12/2020", DAY, DAY, "سد"),
        ("26 décembre 2020 eau", DAY, DAY, "eau"),
    ],
)
def test_days_and_spans_are_hints_and_stay_words(text, since, until, without):
    hint = parse_query(text).date_hint
    assert (hint.since, hint.until, hint.without) == (since, until, without)
    assert parse_query(text).words == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2019 et 2021", "2019"),
        ("من 2019", "2019"),
        ("31 فبراير 2020", "فبراير 2020"),
        ("5 2020", "2020"),
        ("قبل الحرب 2014", "2014"),
    ],
)
def test_what_is_no_span_or_day_is_read_as_far_as_it_goes(text, hint):
    assert parse_query(text).date_hint.words == hint


@given(
    st.lists(
        st.sampled_from(
            'من بين قبل منذ 2019 و2021 إلى - دجنبر 26 1er 26/12/2020 2020-2019 سد "'.split()
        )
    )
)
def test_no_row_of_dates_fails(words):
    parsed = parse_query(" ".join(words))
    if parsed.date_hint and parsed.date_hint.since and parsed.date_hint.until:
        assert parsed.date_hint.since <= parsed.date_hint.until


@pytest.mark.parametrize("text", ["5000 درهم", "القانون 0908", '"2020"', "2020 2019..2021"])
def test_other_numbers_are_no_hint(text):
    assert parse_query(text).date_hint is None


def test_a_pasted_headline_only_quotes():
    parsed = parse_query("مندوب الفلاحة بالإقليم يؤكد: «الموسم جيد» رغم تأخر الأمطار")
    assert parsed.phrases == ()
    assert "الموسم جيد" in parsed.words
