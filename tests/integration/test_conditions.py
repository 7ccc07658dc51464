"""Quotes, exclusions, newspapers, dates and spelling in a query, over a few articles."""

from datetime import date
from itertools import product

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Filters, Kind, Match, Mode, Query, Sort
from search.results.answer import search_json
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

FILLER = " ".join(["كلام كثير عن أشياء أخرى في المدينة والبادية."] * 25)
ARTICLES = [
    {"title": "سد الوحدة يمتلئ", "body": "بلغت حقينة السد نسبة قياسية.", "source": "صوت الوادي",
     "date": "2019-03-01"},
    {"title": "الوحدة قرب السد", "body": "تعاونية تحمل اسم الوحدة قرب السد القديم.",
     "source": "جريدة السهل", "date": "2021-06-01"},
    {"title": "الماء والري", "body": f"مياه السد تسقي الحقول. {FILLER} رائحة الزعفران تعم السوق.",
     "source": "جريدة السهل", "date": "2020-12-05"},
    {"title": "فيضانات في الجنوب", "body": "الفيضانات تغمر الحقول. الزعفران ينجو من السد.",
     "date": "2009-02-01"},
    {"title": "فيضانات في الشمال", "body": "الفيضانات تغمر الحقول والطرق من جديد.",
     "date": "2016-11-01"},
    {"title": "القصر الكبير تحتفي بكتابها", "body": "قراء كثيرون في معرض القصر الكبير."},
    {"title": "Le marché de Dakhla", "body": "Le poulpe se vend cher à Dakhla."},
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conditions")
    dump = write_jsonl(folder / "dump.jsonl", ARTICLES)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return folder / "a"


@pytest.fixture(scope="module")
def engine(folder):
    return SearchEngine.open(folder, load=NgramEncoder)


def titles(page):
    return {hit.document.title for hit in page.hits}


def test_conditions_hold_for_whole_documents_in_every_mode(engine):
    dam = {"سد الوحدة يمتلئ", "الوحدة قرب السد", "الماء والري", "فيضانات في الجنوب"}
    queries = {
        '"سد الوحدة"': {"سد الوحدة يمتلئ"},
        '"مياه السد" "رائحة الزعفران"': {"الماء والري"},  # in two passages of one article
        "السد -الوحدة": {"الماء والري", "فيضانات في الجنوب"},
        "السد -الوحدة -الزعفران": set(),  # which stands in another passage than the dam
        'السد -"سد الوحدة" source:السهل': {"الوحدة قرب السد", "الماء والري"},
    }
    for (query, expected), mode in product(queries.items(), Mode):
        page = engine.search(Query(query, mode, Filters(kinds=(Kind.ARTICLE,))))
        # By meaning any allowed article may come last: only those about the dam are compared.
        about_dam = titles(page) if mode is Mode.LEXICAL else titles(page) & dam
        matches = {hit.document.title for hit in page.hits if hit.match is Match.WORDS}
        counts = (page.total, sum(facet.count for facet in page.facets["kind"]))
        assert (about_dam, matches) == (expected, expected), (query, mode)
        assert counts == (len(expected), len(expected)), (query, mode)


def test_a_phrase_that_stands_nowhere_is_reported_and_searched_by_its_words(engine):
    queries = {
        "«السدود الوحدة»": ("السدود الوحدة", {"سد الوحدة يمتلئ", "الوحدة قرب السد"}),
        # Each phrase stands somewhere, but no document has both: the first one is required.
        '"سد الوحدة" "القديم"': ("القديم", {"سد الوحدة يمتلئ"}),
        '"سد الوحدة" source:السهل': ("سد الوحدة", {"الوحدة قرب السد"}),
        '"الزعفران ينجو" -الفيضانات': ("الزعفران ينجو", {"الماء والري"}),
    }
    for (query, (phrase, expected)), mode in product(queries.items(), Mode):
        page = engine.search(Query(query, mode, Filters(kinds=(Kind.ARTICLE,))))
        assert expected <= titles(page), (query, mode)
        understood = [{"kind": "missing_phrase", "words": phrase}]
        assert search_json(page)["understood"] == understood, (query, mode)
        assert page.listed == len(page.hits), (query, mode)


def test_a_newspaper_is_named_in_full_or_by_a_word_of_its_name(engine):
    queries = {
        "السد source:السهل": {"جريدة السهل"},
        'السد مصدر:"صوت الوادي"': {"صوت الوادي"},
        "السد source:السهل source:الوادي": {"جريدة السهل", "صوت الوادي"},
        "السد source:لا_أحد": set(),
    }
    for (query, expected), mode in product(queries.items(), Mode):
        sources = {hit.document.source for hit in engine.search(Query(query, mode)).hits}
        assert sources == expected, (query, mode)


def test_a_range_of_years_narrows_the_other_filters(engine):
    for mode in Mode:
        hits = engine.search(Query("السد 2019..2020", mode)).hits
        assert {hit.document.date.year for hit in hits} == {2019, 2020}, mode
        of_source = Filters(sources=("جريدة السهل",))
        page = engine.search(Query("السد 2019..2020", mode, of_source))
        assert titles(page) == {"الماء والري"}, mode
        later = Filters(since=date(2022, 1, 1))
        assert engine.search(Query("السد 2019..2020", mode, later)).hits == (), mode


def test_a_newspaper_in_the_query_narrows_the_newspapers_of_the_filter(engine):
    plain = {"الوحدة قرب السد", "الماء والري"}
    for mode in Mode:
        for sources, expected in (
            (("جريدة السهل",), plain),
            (("صوت الوادي",), set()),
            (("صوت الوادي", "جريدة السهل"), plain),
        ):
            page = engine.search(Query("source:السهل", mode, Filters(sources=sources)))
            assert titles(page) == expected, (mode, sources)


def test_conditions_without_words_list_what_they_leave(engine):
    assert titles(engine.search(Query("source:السهل"))) == {"الوحدة قرب السد", "الماء والري"}
    assert titles(engine.search(Query("source:السهل -الزعفران", Mode.LEXICAL))) == {
        "الوحدة قرب السد"
    }


def test_a_year_favours_its_documents_and_is_shown(engine):
    first = [engine.search(Query(f"الفيضانات تغمر الحقول {year}")).hits[0] for year in (2009, 2016)]
    assert [hit.document.date.year for hit in first] == [2009, 2016]
    [hint] = search_json(engine.search(Query("الفيضانات تغمر الحقول 2009")))["understood"]
    assert hint == {
        "kind": "date", "words": "2009", "from": "2009-01-01", "to": "2009-12-31",
        "without": "الفيضانات تغمر الحقول", "is_filter": False, "left_nothing": False,
        "elsewhere": 0,
    }  # fmt: skip
    assert engine.search(Query("فيضانات 1950")).understood == ()  # no document is of that year


def test_a_span_of_years_favours_its_documents(engine):
    for span, year, since, until in (
        ("قبل 2012", 2009, None, "2011-12-31"),
        ("منذ 2012", 2016, "2012-01-01", None),
        ("بين 2015 و2017", 2016, "2015-01-01", "2017-12-31"),
    ):
        page = engine.search(Query(f"الفيضانات تغمر الحقول {span}"))
        assert page.hits[0].document.date.year == year, span
        [hint] = search_json(page)["understood"]
        assert (hint["words"], hint["from"], hint["to"]) == (span, since, until)


def test_words_find_other_spellings_scripts_and_languages(engine):
    for query, title in (
        ("lfaydanat f chamal", "فيضانات في الشمال"),
        ("Ksar El Kebir", "القصر الكبير تحتفي بكتابها"),
        ("الداخلة", "Le marché de Dakhla"),
        ("الزعفارن تعم", "الماء والري"),
    ):
        hit = engine.search(Query(query, Mode.LEXICAL)).hits[0]
        assert hit.document.title == title, query
        assert hit.highlights != () or title.startswith("الماء"), query


def test_the_suggestion_corrects_a_typing_error_and_keeps_the_rest(engine):
    page = engine.search(Query("رائحة الزعفارن -المطر", Mode.LEXICAL))
    assert page.suggestion == "رائحة الزعفران -المطر"
    assert engine.search(Query("رائحة الزعفران")).suggestion is None
    assert engine.search(Query("قققققققق")).suggestion is None


def test_letters_without_sense_have_no_suggestion(engine):
    """Each has a word that is one slip away from a word of the archive, or stands in it."""
    for text in ("لااتنم", "السسسسد", "ئزةزةل السدد", "cbzzz bvznxcn xbzxmnzcc السد", "سدضص ؤطظ"):
        page = engine.search(Query(text))
        assert (page.total, page.suggestion) == (0, None), text


def test_a_date_read_from_words_filters_unless_it_leaves_nothing(engine):
    page = engine.search(Query("الزعفران قبل 2001"))
    [hint] = search_json(page)["understood"]
    assert (hint["words"], hint["is_filter"], hint["left_nothing"]) == ("قبل 2001", False, True)
    assert page.total == engine.search(Query("الزعفران")).total == 2
    one_day = engine.search(Query("الزعفران يوم 5 دجنبر 2020"))
    [hint] = search_json(one_day)["understood"]
    assert (one_day.total, titles(one_day)) == (1, {"الماء والري"})
    assert (hint["is_filter"], hint["elsewhere"]) == (True, 1)


def test_words_beside_a_phrase_must_match_as_whole_words(engine):
    def total(text, **options):
        return engine.search(Query(text, **options)).total

    assert total('"السد" القديم') == total('القديم "السد"') == 1
    assert total('"السد" السدادة') == total('السدادة "السد"') == 0  # no part of a longer word
    assert total('ماذا عن "سد الوحدة"') == total('"سد الوحدة"') == 1
    headlines = Filters(kinds=(Kind.HEADLINE,))
    page = engine.search(Query('السد "سد الوحدة"', filters=headlines))
    assert [(facet.value, facet.count) for facet in page.facets["kind"]] == [("article", 1)]


def test_a_date_or_an_author_that_cannot_exist_filters_nothing(engine):
    assert engine.search(Query("after:9999-12-31")).total == 0
    assert engine.search(Query("author:— السد")).total == 4


def test_dates_that_exclude_each_other_match_and_count_nothing(engine):
    filters = Filters(since=date(2021, 1, 1))
    page = engine.search(Query("السد 2019..2020", filters=filters))
    assert (page.total, page.facets["source"]) == (0, ())
    assert engine.search(Query("السد بعد 31 دجنبر 9999")).total == 4  # no day is later


def test_an_exclusion_holds_unless_the_query_is_a_pasted_title(tmp_path):
    headlines = ["تفاح وبرتقال", "تفاح فقط", "موسم الزيتون -صور من الحقول"]
    dump = write_jsonl(tmp_path / "dump.jsonl", [{"title": title} for title in headlines])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    assert titles(engine.search(Query("تفاح -برتقال", Mode.LEXICAL))) == {"تفاح فقط"}
    pasted = engine.search(Query("موسم الزيتون –صور من الحقول"))
    assert (pasted.total, pasted.hits[0].document.title) == (1, headlines[2])
    assert engine.search(Query("موسم الزيتون -صور من الحقول")).total == 1


def test_dates_can_be_excluded_and_marks_without_a_meaning_are_reported(engine):
    def years(text):
        hits = engine.search(Query(text, Mode.LEXICAL, sort=Sort.OLDEST)).hits
        return [hit.document.date.year for hit in hits if hit.document.date]

    assert years("السد") == [2009, 2019, 2020, 2021]
    assert years("السد -before:2020") == [2020, 2021]
    assert years("السد NOT after:2019") == [2009, 2019]
    assert years("السد OR before:2020") == [2009, 2019]  # the filter holds, and OR is reported
    [unread] = search_json(engine.search(Query("السد OR before:2020")))["understood"]
    assert unread == {"kind": "unread", "marks": ["OR"]}
    assert years("السد -author:سعيد") == years("السد")  # no author has this name


def test_an_author_can_be_excluded_and_a_title_may_have_one_of_several_words(tmp_path):
    records = [
        {"title": "تفاح أخضر", "body": "برتقال وعنب في السوق", "author": "ليلى"},
        {"title": "برتقال حلو", "body": "عن الفواكه", "author": "سعيد"},
        {"title": "عنب الجبل", "body": "تفاح وبرتقال"},
    ]
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    for text, expected in (
        ("برتقال -author:سعيد", {"تفاح أخضر", "عنب الجبل"}),
        ("NOT author:سعيد NOT author:ليلى", {"عنب الجبل"}),
        ("title:(تفاح OR برتقال)", {"تفاح أخضر", "برتقال حلو"}),
        ("-title:(تفاح OR برتقال) برتقال", {"عنب الجبل"}),
    ):
        page = engine.search(Query(text, Mode.LEXICAL))
        assert (titles(page), page.total) == (expected, len(expected)), text
