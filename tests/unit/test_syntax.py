"""The query language: how a line is parsed, and how a form is written as a line."""

import gc
import time
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from search.language.analysis import terms
from search.plan import AllOf, AnyOf, Contains, Field, NoneOf
from search.query.form import QueryForm, write_query
from search.query.syntax import ParsedQuery, parse_query
from search.understood import DateHint


def holds(text, *row, is_quoted=None, **options):
    """Return the demand for terms in a row; without `row`, these are the words of `text`."""
    is_quoted = " " in text if is_quoted is None else is_quoted
    return Contains(text, (row or tuple(text.split()),), is_quoted=is_quoted, **options)


def in_title(text, **options):
    return holds(text, field=Field.TITLE, **options)


def words(text, **options):
    """Return a query whose words no operator covers."""
    return ParsedQuery(text, text, **options)


def demands(text, *demands, plain=""):
    return ParsedQuery(text, plain, demands=demands)


A, B, C, D = map(holds, "abcd")


def assert_parsed(expected):
    assert {text: parse_query(text) for text in expected} == expected


def assert_words(texts):
    assert_parsed({text: words(text) for text in texts})


def test_words_without_operators_are_searched_as_they_stand():
    assert_parsed(
        {
            "سد الوحدة": words("سد الوحدة"),
            "\u202bسد\u202c": words("سد"),
            "سد AND نهر": words("سد نهر"),
            "سد and نهر": words("سد and نهر"),
            "سد أو نهر": words("سد أو نهر"),
            "AND a": words("AND a", unread=("AND",)),
        }
    )
    assert_words(
        [
            *("كوفيد -19", "26 - 12", "a-b", "سد..ماء", "..", "1..2", "http://a/b"),
            *("الرباط: اجتماع", "-", "a|b"),
        ]
    )


def test_quotation_marks_demand_a_phrase():
    assert_parsed(
        {
            '"سد الوحدة" المياه': ParsedQuery("سد الوحدة المياه", "المياه", ("سد الوحدة",)),
            "«سد الوحدة»": ParsedQuery("سد الوحدة", phrases=("سد الوحدة",)),
            "“barrage vert”": ParsedQuery("barrage vert", phrases=("barrage vert",)),
            "„a b“ ‹c d› ‚e f‘": ParsedQuery("a b c d e f", phrases=("a b", "c d", "e f")),
            "‹l’eau d’ici›": ParsedQuery("l’eau d’ici", phrases=("l’eau d’ici",)),
            'سد "؟"': words("سد ؟"),
            '"" سد OR «»': words("سد OR", unread=('""', "OR", "«»")),
        }
    )


def test_a_quotation_mark_without_a_partner_is_listed_as_unread():
    expected = {  # text: (its words, the mark)
        '"': ("", '"'),
        'سد "': ("سد", '"'),
        "«سد": ("سد", "«"),
        "سد»": ("سد", "»"),
        '-"a': ("- a", '"'),
    }
    for text, (left, mark) in expected.items():
        parsed = parse_query(text)
        assert (parsed.words, parsed.phrases, parsed.demands) == (left, (), ()), text
        assert mark in parsed.unread, text


def test_quotation_marks_in_a_pasted_headline_are_punctuation():
    parsed = parse_query("مندوب الفلاحة بالإقليم يؤكد: «الموسم جيد» رغم تأخر الأمطار")
    headline = "مندوب الفلاحة بالإقليم يؤكد: الموسم جيد رغم تأخر الأمطار"
    assert (parsed.words, parsed.plain, parsed.phrases) == (headline, headline, ())


def test_a_tilde_and_a_number_demand_words_near_one_another():
    assert_parsed(
        {
            '"a b"~5': demands("a b", holds("a b", distance=5)),
            "«a b»~٥٠": demands("a b", holds("a b", distance=50)),
            '"q"~5': demands("q", holds("q", is_quoted=True)),
            '"a b"~51': ParsedQuery("a b ~51", "~51", ("a b",), unread=("~51",)),
        }
    )


def test_an_asterisk_demands_a_word_with_this_beginning():
    peasants = Contains("الفلا", (("الفلا",), ("فلا",)), is_prefix=True)
    assert_parsed(
        {
            "كتاب*": demands("كتاب", holds("كتاب", is_prefix=True)),
            "سد الفلا*،": demands("سد الفلا", peasants, plain="سد"),
            "وزا*": demands("وزا", holds("وزا", is_prefix=True)),
            "س* a-b* *": words("س* a-b* *", unread=("*",)),
        }
    )


def test_title_demands_words_in_the_title():
    assert_parsed(
        {
            "title:سد": demands("سد", in_title("سد")),
            "title:a b": demands("a b", in_title("a"), plain="b"),
            "title:(a OR -b) c": demands(
                "a c", AnyOf((in_title("a"), NoneOf((in_title("b"),)))), plain="c"
            ),
            "title:(a b)": demands("a b", AllOf((in_title("a"), in_title("b")))),
            "title: (a b)": words("title: (a b)", unread=("title:",)),
            'عنوان:"a b"~3 title:ab*': demands(
                "a b ab", in_title("a b", distance=3), in_title("ab", is_prefix=True)
            ),
            "سد title:": words("سد title:", unread=("title:",)),
            "title:-": words("title:-", unread=("title:",)),
        }
    )


def test_a_hyphen_or_not_excludes():
    water = NoneOf((holds("المياه", "مياه"),))
    assert_parsed(
        {
            "سد -المياه": words("سد", demands=(water,)),
            "سد NOT المياه": words("سد", demands=(water,)),
            'سد -"a b"': words("سد", demands=(NoneOf((holds("a b"),)),)),
            "-a -a": demands("", NoneOf((A,))),
            "-(a OR b)": demands("", NoneOf((A, B))),
            "NOT (a b)": demands("", NoneOf((AllOf((A, B)),))),
            "-title:x -ab*": demands(
                "", NoneOf((in_title("x"),)), NoneOf((holds("ab", is_prefix=True),))
            ),
            "NOT 19": demands("", NoneOf((holds("19"),))),
            "سد not المياه": words("سد not المياه"),
        }
    )


def test_hyphens_of_headlines_exclude_nothing():
    assert_words(
        [
            "سد –المياه",  # typographic
            "سد −المياه",
            "سد —المياه",
            "الجديدة -مراسلة- غرق قارب",  # between hyphens
            "الجديدة -مراسلة خاصة- غرق قارب",
            "الجديدة -مراسلة - غرق قارب",
            "سد - المياه",
            "سد-المياه",
            "كوفيد -19",
        ]
    )


def test_or_demands_one_of_several_alternatives():
    assert_parsed(
        {
            "a OR b": demands("a b", AnyOf((A, B))),
            "a | b": demands("a b", AnyOf((A, B))),
            "x a OR b y": demands("x a b y", AnyOf((A, B)), plain="x y"),
            'a OR "b c" OR title:d': demands("a b c d", AnyOf((A, holds("b c"), in_title("d")))),
            "(a OR b) (c OR d)": demands("a b c d", AnyOf((A, B)), AnyOf((C, D))),
            "(a b) OR -c": demands("a b", AnyOf((AllOf((A, B)), NoneOf((C,))))),
            "a OR a": demands("a a", A),
            "2019 OR 2020": demands("2019 2020", AnyOf((holds("2019"), holds("2020")))),
            "a OR": words("a OR", unread=("OR",)),
            "OR NOIR": words("OR NOIR", unread=("OR",)),
            "a OR ؟": words("a OR ؟", unread=("OR",)),
            "a | | b NOT": words("a | | b NOT", unread=("|", "NOT")),
        }
    )


def test_parentheses_group_beside_an_operator_and_are_punctuation_elsewhere():
    assert_parsed(
        {
            "اجتماع (صور) f(x)": words("اجتماع (صور) f(x)"),
            "(سد -نهر) a": words("سد a", demands=(NoneOf((holds("نهر"),)),)),
            "(سد": words("(سد", unread=("(",)),
            "a) -(": words("a) -(", unread=(")", "-", "(")),
            '"سد (a': words("سد (a", unread=('"', "(")),
        }
    )


def test_groups_may_be_nested_up_to_a_bound():
    def parse_nested(depth):
        return parse_query("-(a " * depth + ")" * depth)

    assert parse_nested(8).unread == ()
    assert parse_nested(9).unread == ("-", "(", ")")


def test_source_and_author_filter():
    assert_parsed(
        {
            "سد source:هسبريس": words("سد", sources=("هسبريس",)),
            'مصدر:"صوت الوادي" سد': words("سد", sources=("صوت الوادي",)),
            "SOURCE:a source:b source:a": ParsedQuery(sources=("a", "b")),
            "source:a OR source:b": ParsedQuery(sources=("a", "b")),
            "(source:a OR source:b) سد": words("سد", sources=("a", "b")),
            "-source:a NOT مَصدر:b": ParsedQuery(excluded_sources=("a", "b")),
            "-(source:a OR source:b)": ParsedQuery(excluded_sources=("a", "b")),
            'author:a كاتب:"b c" بقلم:d': ParsedQuery(authors=("a", "b c", "d")),
            "-author:a q": words("q", excluded_authors=("a",)),
            "سد OR source:a": words("سد OR", sources=("a",), unread=("OR",)),
        }
    )


YEARS = {"since": date(2019, 1, 1), "until": date(2021, 12, 31)}


def test_ranges_filter_by_day():
    day = {"since": date(2018, 3, 5), "until": date(2018, 3, 5)}
    assert_parsed(
        {
            "سد 2019..2021": words("سد", **YEARS),
            "٢٠١٩..٢٠٢١": ParsedQuery(**YEARS),
            "2021..2019": ParsedQuery(**YEARS),  # in the wrong order
            "2020-02.. سد": words("سد", since=date(2020, 2, 1)),
            "سد ..2020-02-03": words("سد", until=date(2020, 2, 3)),
            "سد 2018-03": words("سد", since=date(2018, 3, 1), until=date(2018, 3, 31)),
            "سد بتاريخ 2018-03-05": words("سد", **day),
            "٢٠١٨-٠٣-٠٥": ParsedQuery(**day),
            "after:2018-03 سد": words("سد", since=date(2018, 4, 1)),
            "بعد:2018 before:2021": ParsedQuery(since=date(2019, 1, 1), until=date(2020, 12, 31)),
            'قبل:"5 يونيو 2017"': ParsedQuery(until=date(2017, 6, 4)),
            "before:x": words("before:x", unread=("before:",)),
            "مونديال صيف.. هكذا 1.. يتم": words("مونديال صيف.. هكذا 1.. يتم"),
            "سد قبل 2015 2019..2021": words("سد قبل 2015", **YEARS),  # days in words do not count
        }
    )


@pytest.mark.slow
def test_the_time_to_parse_grows_with_the_length_of_a_line():
    def seconds(unit, length):
        start = time.process_time()
        parse_query('"' + unit * (length // len(unit)))
        return time.process_time() - start

    units = ("(", "-(a ", "((a OR ", "a OR ", "NOT ", "«“„", "-a ", "بن x ", "من 3 مارس ", "title:")
    for unit in units:
        # Twelve times as long: time that grows with the square would be 144 times as much. Garbage
        # of other tests is not collected meanwhile, and the least of three times counts.
        gc.disable()
        try:
            times = [(seconds(unit, 5000), seconds(unit, 60_000)) for _ in range(3)]
        finally:
            gc.enable()
        assert min(long for _, long in times) < 72 * min(short for short, _ in times), unit


MARKS = """
a ab* OR AND NOT | - -b ( ) -( " « » ~5 "c d"~5 title: source:x -source:y author:z 2019.. ؟ 2018-03
قبل 2014 5 يونيو و2021 من إلى دجنبر 26/12/2020 2020-2019
""".split()


@given(st.lists(st.sampled_from(MARKS)), st.booleans())
def test_any_row_of_marks_is_parsed(pieces, are_apart):
    text = (" " if are_apart else "").join(pieces)
    parsed = parse_query(text)
    assert not (parsed.day_filter and parsed.date_hint)
    assert not ((parsed.since or parsed.until) and (parsed.day_filter or parsed.date_hint))
    assert all(mark in text for mark in parsed.unread)
    for hint in filter(None, (parsed.day_filter, parsed.date_hint)):
        assert not (hint.since and hint.until) or hint.since <= hint.until


NAMES_WITH_DATES = """
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


def test_a_date_in_a_name_does_not_filter():
    names = [name.strip() for name in NAMES_WITH_DATES.replace("\n", "|").split("|")]
    parsed = {name: parse_query(name) for name in names}
    assert parsed == {name: words(name, date_hint=parsed[name].date_hint) for name in names}


def test_a_year_or_a_month_favours_its_documents_and_stays_a_word():
    expected = {
        "فيضانات دجنبر 2020، الغرب": DateHint(
            date(2020, 12, 1), date(2020, 12, 31), "دجنبر 2020", "فيضانات الغرب"
        ),
        "فيضانات كانون الثاني ٢٠١٩": DateHint(
            date(2019, 1, 1), date(2019, 1, 31), "كانون الثاني ٢٠١٩", "فيضانات"
        ),
        "2009 سد": DateHint(date(2009, 1, 1), date(2009, 12, 31), "2009", "سد"),
        "سنة 2009": DateHint(date(2009, 1, 1), date(2009, 12, 31), "سنة 2009", ""),
        # The dots of a headline are no range.
        "مونديال 2026.. هكذا يتم": DateHint(
            date(2026, 1, 1), date(2026, 12, 31), "2026", "مونديال هكذا يتم"
        ),
        "موسم 2018/2017": DateHint(date(2017, 1, 1), date(2018, 12, 31), "2018/2017", "موسم"),
    }
    assert_parsed({text: words(text, date_hint=hint) for text, hint in expected.items()})


def test_a_month_beside_a_phrase_favours_its_documents():
    parsed = parse_query('récolte "mauvaise" mai 2010')
    assert parsed.date_hint == DateHint(
        date(2010, 5, 1), date(2010, 5, 31), "mai 2010", 'récolte "mauvaise"'
    )
    assert parsed.plain == "récolte mai 2010"


def test_an_incomplete_span_or_an_impossible_day_favours_its_year_or_month():
    expected = {
        "2019 et 2021": "2019",
        "من 2019": "2019",
        "31 فبراير 2020": "فبراير 2020",
        "5 2020": "2020",
        "قبل الحرب 2014": "2014",
        '5 "سد" يونيو 2017': "يونيو 2017",
    }
    assert {text: parse_query(text).date_hint.words for text in expected} == expected


def test_other_numbers_favour_nothing():
    texts = ("5000 درهم", "2000 درهم", "القانون 0908", '"2020"', "2020 2019..2021")
    assert {text: parse_query(text).date_hint for text in texts} == dict.fromkeys(texts)


DAY = (date(2020, 12, 26), date(2020, 12, 26))
THREE_YEARS = (date(2019, 1, 1), date(2021, 12, 31))
MARCH_DAYS = (date(2018, 3, 3), date(2018, 3, 5))
WINTER = (date(2017, 12, 1), date(2018, 3, 31))


def test_a_day_or_a_span_in_words_filters_and_is_removed_from_the_words():
    expected = {  # text: ((first day, last day), the other words)
        "سد يوم 26 دجنبر 2020": (DAY, "سد"),
        "سد في يوم السبت 26 دجنبر 2020، الغرب": (DAY, "سد الغرب"),
        "سد ٢٦ ديسمبر ٢٠٢٠م": (DAY, "سد"),
        "سد 26 كانون الأول/ديسمبر 2020": (DAY, "سد"),
        "سد 26 من شهر دجنبر 2020": (DAY, "سد"),
        "سد 26/12/2020": (DAY, "سد"),
        "سد (يوم 26 دجنبر 2020)": (DAY, "سد"),
        "مسيرات فاتح ماي 2019": ((date(2019, 5, 1), date(2019, 5, 1)), "مسيرات"),
        "سد يوم 26 - 12 - 2020": (DAY, "سد"),
        "eau le 26 décembre 2020": (DAY, "eau"),
        "rain on December 26, 2020": (DAY, "rain"),
        "يوم 26 دجنبر 2020": (DAY, ""),
        "في 26 دجنبر 2020 ؟": (DAY, ""),  # a stop word and a mark do not count as words
        "سد من 2019 إلى 2021": (THREE_YEARS, "سد"),
        "سد من 2021 إلى 2019": (THREE_YEARS, "سد"),
        "سد من سنة 2019 إلى غاية 2021": (THREE_YEARS, "سد"),
        "سد بين عامي 2019 و2021، الغرب": (THREE_YEARS, "سد الغرب"),
        "سد ما بين 2019-2021": (THREE_YEARS, "سد"),
        "water between 2019 and 2021": (THREE_YEARS, "water"),
        "eau depuis 2019 jusqu'en 2021": (THREE_YEARS, "eau"),
        "سد بعد 2018 وقبل 2022": (THREE_YEARS, "سد"),
        "eau entre mars 2019 et 2021": ((date(2019, 3, 1), date(2021, 12, 31)), "eau"),
        "du 3 mars 2019 au 5 mai 2020 eau": ((date(2019, 3, 3), date(2020, 5, 5)), "eau"),
        "March 2020 - May 2020 rain": ((date(2020, 3, 1), date(2020, 5, 31)), "rain"),
        "معرض من 3 إلى 5 مارس 2018": (MARCH_DAYS, "معرض"),
        "foire du 3 au 5 mars 2018": (MARCH_DAYS, "foire"),
        "سد بين دجنبر ومارس 2018": (WINTER, "سد"),
        "سد من دجنبر إلى مارس 2018": (WINTER, "سد"),
        "سد قبل 2015": ((None, date(2014, 12, 31)), "سد"),
        "سد بعد سنة 2015": ((date(2016, 1, 1), None), "سد"),
        "سد منذ مارس 2018": ((date(2018, 3, 1), None), "سد"),
        "سد منذ بداية 2018": ((date(2018, 1, 1), None), "سد"),
        "eau depuis mars 2018": ((date(2018, 3, 1), None), "eau"),
        "eau avant le 3 mars 2018": ((None, date(2018, 3, 2)), "eau"),
        "rain since 2018": ((date(2018, 1, 1), None), "rain"),
        "ومنذ 2018 سد": ((date(2018, 1, 1), None), "سد"),
        "قبل 2018-03 سد": ((None, date(2018, 2, 28)), "سد"),
        "ميزانية 2021 قبل 2015": ((None, date(2014, 12, 31)), "ميزانية 2021"),
    }
    for text, (days, left) in expected.items():
        parsed = parse_query(text)
        assert (parsed.day_filter.since, parsed.day_filter.until) == days, text
        assert (parsed.words, parsed.plain, parsed.date_hint) == (left, left, None), text
        assert parsed.day_filter.words in text, text


def test_a_form_is_written_in_the_query_language():
    cases = [
        (QueryForm("سد الوحدة"), "سد الوحدة"),
        (
            QueryForm("a -b", "c d", 'e "19"', "f g", "h", "i j"),
            'a b "f g" (c OR d) title:h -e NOT 19 source:"i j"',
        ),
        (QueryForm(since=date(2019, 1, 1)), "2019-01-01.."),
        (QueryForm(since=date(1, 1, 1), until=date(2019, 1, 1)), "1790-01-01..2019-01-01"),
        (QueryForm("قبل 2014", "b"), "قبل AND 2014 (b OR b)"),
        (QueryForm("a b c d e f", exact="g"), 'a b c d e f "g"~0'),
    ]
    assert [(form, write_query(form)) for form, _ in cases] == cases


TEXTS = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(MARKS)).map(" ".join))


def rows_of(demands):
    """Return the rows of terms in demands, also those within alternatives and exclusions."""
    rows = set()
    for demand in demands:
        rows |= {demand.spellings[0]} if isinstance(demand, Contains) else rows_of(demand.parts)
    return rows


def single_terms(text):
    return {(term,) for term in terms(text)}


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.dates(date(1790, 1, 1)))
def test_a_written_form_is_parsed_to_its_fields(
    all_of, any_of, none_of, exact, title, source, since
):
    parsed = parse_query(
        write_query(QueryForm(all_of, any_of, none_of, exact, title, source, since))
    )
    assert terms(parsed.plain) == terms(all_of)
    assert (parsed.since, parsed.until, parsed.unread) == (since, None, ())
    assert parsed.day_filter is None
    excluded = [demand for demand in parsed.demands if isinstance(demand, NoneOf)]
    of_title = [
        demand
        for demand in parsed.demands
        if isinstance(demand, Contains) and demand.field is Field.TITLE
    ]
    others = [demand for demand in parsed.demands if demand not in excluded + of_title]
    assert rows_of(excluded) == single_terms(none_of)
    assert rows_of(of_title) == single_terms(title)
    phrases = {tuple(terms(text)) for text in parsed.phrases}
    exact_row = {tuple(terms(exact))} - {()}
    assert rows_of(others) | phrases == exact_row | single_terms(any_of)
    assert terms(" ".join(parsed.sources)) == terms(source)


def test_direction_isolates_around_operators_are_not_read():
    for text in ('"سد الوحدة"', "-نهر سد", "source:السهل سد"):
        isolated = " ".join(f"\u2067{part}\u2069" for part in text.split(" ")).replace(
            'الوحدة"\u2069', 'الوحدة\u2069"'
        )
        assert parse_query(isolated) == parse_query(text), text
        assert parse_query(text) != parse_query("سد"), text
