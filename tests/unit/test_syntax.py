import gc
import time
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from search.language.analysis import terms
from search.plan import AllOf, AnyOf, Field, Holds, NoneOf
from search.query.form import QueryForm, write_query
from search.query.syntax import ParsedQuery, parse_query
from search.records import DateHint

QUOTED = ("q",)


def holds(text, *row, **options):
    """Return the demand for terms in a row; the words of `text` are its terms if none are given."""
    is_quoted = " " in text or text in QUOTED
    return Holds(text, (row or tuple(text.split()),), is_quoted=is_quoted, **options)


def words(text, **options):
    return ParsedQuery(text, text, **options)


YEARS = {"since": date(2019, 1, 1), "until": date(2021, 12, 31)}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("سد الوحدة", words("سد الوحدة")),
        ("\u202bسد\u202c", words("سد")),
        ("سد AND نهر", words("سد نهر")),
        ("سد and نهر", words("سد and نهر")),
        ("سد أو نهر", words("سد أو نهر")),
        # Phrases
        ('"سد الوحدة" المياه', ParsedQuery("سد الوحدة المياه", "المياه", ("سد الوحدة",))),
        ("«سد الوحدة»", ParsedQuery("سد الوحدة", phrases=("سد الوحدة",))),
        ("“barrage vert”", ParsedQuery("barrage vert", phrases=("barrage vert",))),
        ("„a b“ ‹c d› ‚e f‘", ParsedQuery("a b c d e f", phrases=("a b", "c d", "e f"))),
        ("‹l’eau d’ici›", ParsedQuery("l’eau d’ici", phrases=("l’eau d’ici",))),
        ('سد "؟"', words("سد ؟")),
        ('"" سد OR «»', words("سد OR", unread=('""', "OR", "«»"))),
        # Near one another
        ('"a b"~5', ParsedQuery("a b", demands=(holds("a b", distance=5),))),
        ("«a b»~٥٠", ParsedQuery("a b", demands=(holds("a b", distance=50),))),
        ('"q"~5', ParsedQuery("q", demands=(holds("q"),))),
        ('"a b"~51', ParsedQuery("a b ~51", "~51", ("a b",), unread=("~51",))),
        # Beginnings
        ("كتاب*", ParsedQuery("كتاب", demands=(holds("كتاب", is_prefix=True),))),
        (
            "سد الفلا*،",
            ParsedQuery(
                "سد الفلا",
                "سد",
                demands=(Holds("الفلا", (("الفلا",), ("فلا",)), is_prefix=True),),
            ),
        ),
        ("وزا*", ParsedQuery("وزا", demands=(holds("وزا", is_prefix=True),))),
        ("س* a-b* *", words("س* a-b* *", unread=("*",))),
        # Titles
        ("title:سد", ParsedQuery("سد", demands=(holds("سد", field=Field.TITLE),))),
        ("title:a b", ParsedQuery("a b", "b", demands=(holds("a", field=Field.TITLE),))),
        (
            "title:(a OR -b) c",
            ParsedQuery(
                "a c",
                "c",
                demands=(
                    AnyOf(
                        (
                            holds("a", field=Field.TITLE),
                            NoneOf((holds("b", field=Field.TITLE),)),
                        )
                    ),
                ),
            ),
        ),
        (
            "title:(a b)",
            ParsedQuery(
                "a b",
                demands=(AllOf((holds("a", field=Field.TITLE), holds("b", field=Field.TITLE))),),
            ),
        ),
        ("title: (a b)", words("title: (a b)", unread=("title:",))),
        (
            'عنوان:"a b"~3 title:ab*',
            ParsedQuery(
                "a b ab",
                demands=(
                    holds("a b", field=Field.TITLE, distance=3),
                    holds("ab", field=Field.TITLE, is_prefix=True),
                ),
            ),
        ),
        ("سد title:", words("سد title:", unread=("title:",))),
        ("title:-", words("title:-", unread=("title:",))),
        # What must not stand
        ("سد -المياه", words("سد", demands=(NoneOf((holds("المياه", "مياه"),)),))),
        ("سد NOT المياه", words("سد", demands=(NoneOf((holds("المياه", "مياه"),)),))),
        ('سد -"a b"', words("سد", demands=(NoneOf((holds("a b"),)),))),
        ("-a -a", ParsedQuery(demands=(NoneOf((holds("a"),)),))),
        ("-(a OR b)", ParsedQuery(demands=(NoneOf((holds("a"), holds("b"))),))),
        ("NOT (a b)", ParsedQuery(demands=(NoneOf((AllOf((holds("a"), holds("b"))),)),))),
        (
            "-title:x -ab*",
            ParsedQuery(
                demands=(
                    NoneOf((holds("x", field=Field.TITLE),)),
                    NoneOf((holds("ab", is_prefix=True),)),
                )
            ),
        ),
        ("NOT 19", ParsedQuery(demands=(NoneOf((holds("19"),)),))),
        ("سد not المياه", words("سد not المياه")),
        # Alternatives
        ("a OR b", ParsedQuery("a b", demands=(AnyOf((holds("a"), holds("b"))),))),
        ("a | b", ParsedQuery("a b", demands=(AnyOf((holds("a"), holds("b"))),))),
        (
            "x a OR b y",
            ParsedQuery("x a b y", "x y", demands=(AnyOf((holds("a"), holds("b"))),)),
        ),
        (
            'a OR "b c" OR title:d',
            ParsedQuery(
                "a b c d",
                demands=(AnyOf((holds("a"), holds("b c"), holds("d", field=Field.TITLE))),),
            ),
        ),
        (
            "(a OR b) (c OR d)",
            ParsedQuery(
                "a b c d",
                demands=(AnyOf((holds("a"), holds("b"))), AnyOf((holds("c"), holds("d")))),
            ),
        ),
        (
            "(a b) OR -c",
            ParsedQuery(
                "a b",
                demands=(AnyOf((AllOf((holds("a"), holds("b"))), NoneOf((holds("c"),)))),),
            ),
        ),
        ("a OR a", ParsedQuery("a a", demands=(holds("a"),))),
        (
            "2019 OR 2020",
            ParsedQuery("2019 2020", demands=(AnyOf((holds("2019"), holds("2020"))),)),
        ),
        ("a OR", words("a OR", unread=("OR",))),
        ("OR NOIR", words("OR NOIR", unread=("OR",))),
        ("a OR ؟", words("a OR ؟", unread=("OR",))),
        ("a | | b NOT", words("a | | b NOT", unread=("|", "NOT"))),
        ("AND a", words("AND a", unread=("AND",))),
        # Parentheses
        ("اجتماع (صور) f(x)", words("اجتماع (صور) f(x)")),
        ("(سد -نهر) a", words("سد a", demands=(NoneOf((holds("نهر"),)),))),
        ("(سد", words("(سد", unread=("(",))),
        ("a) -(", words("a) -(", unread=(")", "-", "("))),
        ('"سد (a', words("سد (a", unread=('"', "("))),
        # Newspapers and authors
        ("سد source:هسبريس", words("سد", sources=("هسبريس",))),
        ('مصدر:"صوت الوادي" سد', words("سد", sources=("صوت الوادي",))),
        ("SOURCE:a source:b source:a", ParsedQuery(sources=("a", "b"))),
        ("source:a OR source:b", ParsedQuery(sources=("a", "b"))),
        ("(source:a OR source:b) سد", words("سد", sources=("a", "b"))),
        ("-source:a NOT مَصدر:b", ParsedQuery(excluded_sources=("a", "b"))),
        ("-(source:a OR source:b)", ParsedQuery(excluded_sources=("a", "b"))),
        ('author:a كاتب:"b c" بقلم:d', ParsedQuery(authors=("a", "b c", "d"))),
        ("-author:a q", words("q", excluded_authors=("a",))),
        ("سد OR source:a", words("سد OR", sources=("a",), unread=("OR",))),
        # Ranges
        ("سد 2019..2021", words("سد", **YEARS)),
        ("٢٠١٩..٢٠٢١", ParsedQuery(**YEARS)),
        ("2021..2019", ParsedQuery(**YEARS)),
        ("2020-02.. سد", words("سد", since=date(2020, 2, 1))),
        ("سد ..2020-02-03", words("سد", until=date(2020, 2, 3))),
        ("سد 2018-03", words("سد", since=date(2018, 3, 1), until=date(2018, 3, 31))),
        ("سد بتاريخ 2018-03-05", words("سد", since=date(2018, 3, 5), until=date(2018, 3, 5))),
        ("٢٠١٨-٠٣-٠٥", ParsedQuery(since=date(2018, 3, 5), until=date(2018, 3, 5))),
        ("after:2018-03 سد", words("سد", since=date(2018, 4, 1))),
        ("بعد:2018 before:2021", ParsedQuery(since=date(2019, 1, 1), until=date(2020, 12, 31))),
        ('قبل:"5 يونيو 2017"', ParsedQuery(until=date(2017, 6, 4))),
        ("before:x", words("before:x", unread=("before:",))),
        ("مونديال صيف.. هكذا 1.. يتم", words("مونديال صيف.. هكذا 1.. يتم")),
    ],
)
def test_a_line_is_read(text, parsed):
    assert parse_query(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "كوفيد -19",
        "26 - 12",
        "a-b",
        "سد..ماء",
        "..",
        "1..2",
        "http://a/b",
        "الرباط: اجتماع",
        "-",
        "a|b",
    ],
)
def test_what_does_not_fit_is_plain_words(text):
    assert parse_query(text) == words(text)


HYPHENS_THAT_SHUT_OUT_NOTHING = (
    "سد –المياه",  # typographic
    "سد −المياه",
    "سد —المياه",
    "الجديدة -مراسلة- غرق قارب",  # set in hyphens
    "الجديدة -مراسلة خاصة- غرق قارب",
    "الجديدة -مراسلة - غرق قارب",
    "سد - المياه",
    "سد-المياه",
    "كوفيد -19",
)


def test_hyphens_of_headlines_shut_out_nothing():
    for text in HYPHENS_THAT_SHUT_OUT_NOTHING:
        assert parse_query(text) == words(text), text


@pytest.mark.parametrize(
    ("text", "left", "mark"),
    [
        ('"', "", '"'),
        ('سد "', "سد", '"'),
        ("«سد", "سد", "«"),
        ("سد»", "سد", "»"),
        ('-"a', "- a", '"'),
    ],
)
def test_quotation_marks_without_a_partner_ask_for_nothing(text, left, mark):
    parsed = parse_query(text)
    assert (parsed.words, parsed.phrases, parsed.demands) == (left, (), ())
    assert mark in parsed.unread


def test_a_pasted_headline_only_quotes():
    parsed = parse_query("مندوب الفلاحة بالإقليم يؤكد: «الموسم جيد» رغم تأخر الأمطار")
    assert parsed.phrases == ()
    assert (
        parsed.words == parsed.plain == "مندوب الفلاحة بالإقليم يؤكد: الموسم جيد رغم تأخر الأمطار"
    )


def test_groups_are_nested_as_deep_as_is_bounded():
    def nested(depth):
        return parse_query("-(a " * depth + ")" * depth)

    assert nested(8).unread == ()
    assert nested(9).unread == ("-", "(", ")")


@pytest.mark.parametrize(
    "unit", ["(", "-(a ", "((a OR ", "a OR ", "NOT ", "«“„", "-a ", "بن x ", "من 3 مارس ", "title:"]
)
def test_a_long_line_takes_no_longer_than_its_length(unit):
    def seconds(length):
        start = time.process_time()
        parse_query('"' + unit * (length // len(unit)))
        return time.process_time() - start

    # Twelve times as long: a time that grows with the square would be 144 times as much. What the
    # other tests left in memory is not collected meanwhile, and a noisy machine is asked thrice.
    gc.disable()
    try:
        short, long = zip(*((seconds(5000), seconds(60_000)) for _ in range(3)), strict=True)
    finally:
        gc.enable()
    assert min(long) < 72 * min(short)


MARKS = """
a ab* OR AND NOT | - -b ( ) -( " « » ~5 "c d"~5 title: source:x -source:y author:z 2019.. ؟ 2018-03
قبل 2014 5 يونيو و2021 من إلى دجنبر 26/12/2020 2020-2019
""".split()


@given(st.lists(st.sampled_from(MARKS)), st.booleans())
def test_no_row_of_marks_fails(pieces, are_apart):
    text = (" " if are_apart else "").join(pieces)
    parsed = parse_query(text)
    assert not (parsed.day_filter and parsed.date_hint)
    assert not ((parsed.since or parsed.until) and (parsed.day_filter or parsed.date_hint))
    assert all(mark in text for mark in parsed.unread)
    for hint in filter(None, (parsed.day_filter, parsed.date_hint)):
        assert not (hint.since and hint.until) or hint.since <= hint.until


DATED_NAMES = """
حركة 20 فبراير | أحداث 16 ماي | رؤية 2030 | ميزانية 2021 | انتخابات 8 شتنبر | جيل 2026
ثورة 25 يناير | هجمات 11 سبتمبر | مونديال 2030 | دستور 2011 | مسيرة 6 نونبر
قانون مالية 2022 | الأجندة 2063 | برنامج 2020-2023 | موسم 2019-2020
الرؤية الاستراتيجية 2015-2030 | السنة المالية 2017/2018
كأس أمم إفريقيا 2025 | شارع 11 يناير | ملعب 5 يوليوز | أكادير 2004 | مؤتمر مراكش نونبر 2016
زلزال شتنبر 2023 | قانون 09-08 | فاتح ماي | expo 2030 | plan 2025-2030 | mouvement du 20 février
attentats du 16 mai | budget 2021 | élections du 8 septembre | october 7 | سنة 2000 | صيف 2018
أكثر من 2000 مشارك | بعد 2000 كيلومتر | من 2000 إلى 2050 درهم | 2019 et 2021 | قبل الحرب 2014
dès 2030 | ابتداء من 2025 | قبل 5 سنوات | بعد 20 فبراير | 31 فبراير 2020 | كوبا 1898 – 1902
"""


def test_dated_names_never_filter():
    for name in DATED_NAMES.replace("\n", "|").split("|"):
        parsed = parse_query(name.strip())
        assert parsed == words(name.strip(), date_hint=parsed.date_hint), name


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
        ("سنة 2009", DateHint(date(2009, 1, 1), date(2009, 12, 31), "سنة 2009", "")),
        # The dots of a headline, not those of a range
        (
            "مونديال 2026.. هكذا يتم",
            DateHint(date(2026, 1, 1), date(2026, 12, 31), "2026", "مونديال هكذا يتم"),
        ),
        (
            "موسم 2018/2017",
            DateHint(date(2017, 1, 1), date(2018, 12, 31), "2018/2017", "موسم"),
        ),
    ],
)
def test_a_year_or_month_favours_and_stays_a_word(text, hint):
    assert parse_query(text) == words(text, date_hint=hint)


def test_days_beside_a_phrase_favour():
    parsed = parse_query('récolte "mauvaise" mai 2010')
    assert parsed.date_hint == DateHint(
        date(2010, 5, 1), date(2010, 5, 31), "mai 2010", 'récolte "mauvaise"'
    )
    assert parsed.plain == "récolte mai 2010"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2019 et 2021", "2019"),
        ("من 2019", "2019"),
        ("31 فبراير 2020", "فبراير 2020"),
        ("5 2020", "2020"),
        ("قبل الحرب 2014", "2014"),
        ('5 "سد" يونيو 2017', "يونيو 2017"),
    ],
)
def test_what_is_no_span_or_day_is_read_as_far_as_it_goes(text, hint):
    assert parse_query(text).date_hint.words == hint


@pytest.mark.parametrize(
    "text", ["5000 درهم", "2000 درهم", "القانون 0908", '"2020"', "2020 2019..2021"]
)
def test_other_numbers_are_no_hint(text):
    assert parse_query(text).date_hint is None


DAY = (date(2020, 12, 26), date(2020, 12, 26))
TWO_YEARS = (date(2019, 1, 1), date(2021, 12, 31))
DAYS_OF_MARCH = (date(2018, 3, 3), date(2018, 3, 5))


@pytest.mark.parametrize(
    ("text", "days", "left"),
    [
        ("سد يوم 26 دجنبر 2020", DAY, "سد"),
        ("سد في يوم السبت 26 دجنبر 2020، الغرب", DAY, "سد الغرب"),
        ("سد ٢٦ ديسمبر ٢٠٢٠م", DAY, "سد"),
        ("سد 26 كانون الأول/ديسمبر 2020", DAY, "سد"),
        ("سد 26 من شهر دجنبر 2020", DAY, "سد"),
        ("سد 26/12/2020", DAY, "سد"),
        ("سد (يوم 26 دجنبر 2020)", DAY, "سد"),
        ("مسيرات فاتح ماي 2019", (date(2019, 5, 1), date(2019, 5, 1)), "مسيرات"),
        ("سد يوم 26 - 12 - 2020", DAY, "سد"),
        ("eau le 26 décembre 2020", DAY, "eau"),
        ("rain on December 26, 2020", DAY, "rain"),
        ("يوم 26 دجنبر 2020", DAY, ""),
        ("في 26 دجنبر 2020 ؟", DAY, ""),  # nothing but a stop word and a mark is left
        ("سد من 2019 إلى 2021", TWO_YEARS, "سد"),
        ("سد من 2021 إلى 2019", TWO_YEARS, "سد"),
        ("سد من سنة 2019 إلى غاية 2021", TWO_YEARS, "سد"),
        ("سد بين عامي 2019 و2021، الغرب", TWO_YEARS, "سد الغرب"),
        ("سد ما بين 2019-2021", TWO_YEARS, "سد"),
        ("water between 2019 and 2021", TWO_YEARS, "water"),
        ("eau depuis 2019 jusqu'en 2021", TWO_YEARS, "eau"),
        ("سد بعد 2018 وقبل 2022", TWO_YEARS, "سد"),
        ("eau entre mars 2019 et 2021", (date(2019, 3, 1), date(2021, 12, 31)), "eau"),
        ("du 3 mars 2019 au 5 mai 2020 eau", (date(2019, 3, 3), date(2020, 5, 5)), "eau"),
        ("March 2020 - May 2020 rain", (date(2020, 3, 1), date(2020, 5, 31)), "rain"),
        ("معرض من 3 إلى 5 مارس 2018", DAYS_OF_MARCH, "معرض"),
        ("foire du 3 au 5 mars 2018", DAYS_OF_MARCH, "foire"),
        ("سد بين دجنبر ومارس 2018", (date(2017, 12, 1), date(2018, 3, 31)), "سد"),
        ("سد من دجنبر إلى مارس 2018", (date(2017, 12, 1), date(2018, 3, 31)), "سد"),
        ("سد قبل 2015", (None, date(2014, 12, 31)), "سد"),
        ("سد بعد سنة 2015", (date(2016, 1, 1), None), "سد"),
        ("سد منذ مارس 2018", (date(2018, 3, 1), None), "سد"),
        ("سد منذ بداية 2018", (date(2018, 1, 1), None), "سد"),
        ("eau depuis mars 2018", (date(2018, 3, 1), None), "eau"),
        ("eau avant le 3 mars 2018", (None, date(2018, 3, 2)), "eau"),
        ("rain since 2018", (date(2018, 1, 1), None), "rain"),
        ("ومنذ 2018 سد", (date(2018, 1, 1), None), "سد"),
        ("قبل 2018-03 سد", (None, date(2018, 2, 28)), "سد"),
        ("ميزانية 2021 قبل 2015", (None, date(2014, 12, 31)), "ميزانية 2021"),
    ],
)
def test_days_and_spans_filter_and_are_no_words(text, days, left):
    parsed = parse_query(text)
    assert (parsed.day_filter.since, parsed.day_filter.until) == days
    assert (parsed.words, parsed.plain, parsed.date_hint) == (left, left, None)
    assert parsed.day_filter.words in text


def test_a_range_wins_over_days_in_words():
    assert parse_query("سد قبل 2015 2019..2021") == words("سد قبل 2015", **YEARS)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (QueryForm("سد الوحدة"), "سد الوحدة"),
        (
            QueryForm("a -b", "c d", 'e "19"', "f g", "h", "i j"),
            'a b "f g" (c OR d) title:h -e NOT 19 source:"i j"',
        ),
        (QueryForm(since=date(2019, 1, 1)), "2019-01-01.."),
        (QueryForm(since=date(1, 1, 1), until=date(2019, 1, 1)), "1790-01-01..2019-01-01"),
        (QueryForm("قبل 2014", "b"), "قبل AND 2014 (b OR b)"),
        (QueryForm("a b c d e f", exact="g"), 'a b c d e f "g"~0'),
    ],
)
def test_a_form_is_written_in_the_language(form, text):
    assert write_query(form) == text


TEXTS = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(MARKS)).map(" ".join))


def rows(demands):
    """Return what is demanded in a row, in alternatives and exclusions too."""
    found = set()
    for demand in demands:
        found |= {demand.spellings[0]} if isinstance(demand, Holds) else rows(demand.parts)
    return found


def single_terms(text):
    return {(term,) for term in terms(text)}


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.dates(date(1790, 1, 1)))
def test_a_form_is_read_as_it_was_filled_in(
    all_of, any_of, none_of, exact, in_title, source, since
):
    form = QueryForm(all_of, any_of, none_of, exact, in_title, source, since)
    parsed = parse_query(write_query(form))
    assert terms(parsed.plain) == terms(all_of)
    assert (parsed.since, parsed.until, parsed.unread) == (since, None, ())
    assert parsed.day_filter is None
    excluded = [demand for demand in parsed.demands if isinstance(demand, NoneOf)]
    in_titles = [
        one for one in parsed.demands if isinstance(one, Holds) and one.field is Field.TITLE
    ]
    others = [demand for demand in parsed.demands if demand not in excluded + in_titles]
    assert rows(excluded) == single_terms(none_of)
    assert rows(in_titles) == single_terms(in_title)
    literal = {tuple(terms(exact))} - {()}
    assert rows(others) | {tuple(terms(text)) for text in parsed.phrases} == (
        literal | single_terms(any_of)
    )
    assert terms(" ".join(parsed.sources)) == terms(source)
