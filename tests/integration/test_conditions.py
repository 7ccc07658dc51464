"""What a query asks for beside its words, over the tiny archive and a few more articles."""

from datetime import date

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


MODES = pytest.mark.parametrize("mode", list(Mode))


@MODES
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"سد الوحدة"', {"سد الوحدة يمتلئ"}),
        ('"مياه السد" "رائحة الزعفران"', {"الماء والري"}),  # in two passages of one article
        ("السد -الوحدة", {"الماء والري", "فيضانات في الجنوب"}),
        ("السد -الوحدة -الزعفران", set()),  # it stands in another passage than the dam
        ('السد -"سد الوحدة" source:السهل', {"الوحدة قرب السد", "الماء والري"}),
    ],
)
def test_conditions_hold_for_whole_documents_in_every_ranking(engine, query, found, mode):
    page = engine.search(Query(query, mode, Filters(kinds=(Kind.ARTICLE,))))
    dam = {"سد الوحدة يمتلئ", "الوحدة قرب السد", "الماء والري", "فيضانات في الجنوب"}
    # By meaning anything allowed may come last: only what speaks of the dam is compared.
    assert titles(page) & dam == found
    if mode is Mode.LEXICAL:
        assert titles(page) == found
    assert {hit.document.title for hit in page.hits if hit.match is Match.WORDS} == found
    assert page.total == len(found) == sum(f.count for f in page.facets["kind"])


@MODES
@pytest.mark.parametrize(
    ("query", "missing", "found"),
    [
        ("«السدود الوحدة»", ["السدود الوحدة"], {"سد الوحدة يمتلئ", "الوحدة قرب السد"}),
        # Each stands somewhere, and nowhere both: the first is kept.
        ('"سد الوحدة" "القديم"', ["القديم"], {"سد الوحدة يمتلئ"}),
        ('"سد الوحدة" source:السهل', ["سد الوحدة"], {"الوحدة قرب السد"}),
        ('"الزعفران ينجو" -الفيضانات', ["الزعفران ينجو"], {"الماء والري"}),
    ],
)
def test_words_of_a_phrase_that_nothing_holds_are_looked_for(engine, query, missing, found, mode):
    page = engine.search(Query(query, mode, Filters(kinds=(Kind.ARTICLE,))))
    assert found <= titles(page)
    assert search_json(page)["understood"] == [
        {"kind": "missing_phrase", "words": words} for words in missing
    ]
    assert page.listed == len(page.hits)


@MODES
@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("السد source:السهل", {"جريدة السهل"}),
        ('السد مصدر:"صوت الوادي"', {"صوت الوادي"}),
        ("السد source:السهل source:الوادي", {"جريدة السهل", "صوت الوادي"}),
        ("السد source:لا_أحد", set()),
    ],
)
def test_a_newspaper_is_named_whole_or_by_a_word(engine, query, sources, mode):
    assert {hit.document.source for hit in engine.search(Query(query, mode)).hits} == sources


@MODES
def test_a_range_narrows_what_was_chosen_beside_it(engine, mode):
    found = engine.search(Query("السد 2019..2020", mode)).hits
    assert {hit.document.date.year for hit in found} == {2019, 2020}
    both = Filters(sources=("جريدة السهل",))
    assert titles(engine.search(Query("السد 2019..2020", mode, both))) == {"الماء والري"}
    never = Filters(since=found[0].document.date.replace(year=2022))
    assert engine.search(Query("السد 2019..2020", mode, never)).hits == ()


def test_conditions_alone_list_what_they_leave(engine):
    assert titles(engine.search(Query("source:السهل"))) == {"الوحدة قرب السد", "الماء والري"}
    assert titles(engine.search(Query("source:السهل -الزعفران", Mode.LEXICAL))) == {
        "الوحدة قرب السد"
    }


def test_a_year_brings_its_documents_forward_and_is_shown(engine):
    first = [engine.search(Query(f"الفيضانات تغمر الحقول {year}")).hits[0] for year in (2009, 2016)]
    assert [hit.document.date.year for hit in first] == [2009, 2016]
    [hint] = search_json(engine.search(Query("الفيضانات تغمر الحقول 2009")))["understood"]
    assert hint == {
        "kind": "date", "words": "2009", "from": "2009-01-01", "to": "2009-12-31",
        "without": "الفيضانات تغمر الحقول", "is_filter": False, "left_nothing": False,
        "elsewhere": 0,
    }  # fmt: skip
    assert engine.search(Query("فيضانات 1950")).understood == ()  # nothing is of then


@pytest.mark.parametrize(
    ("span", "year", "since", "until"),
    [
        ("قبل 2012", 2009, None, "2011-12-31"),
        ("منذ 2012", 2016, "2012-01-01", None),
        ("بين 2015 و2017", 2016, "2015-01-01", "2017-12-31"),
    ],
)
def test_a_span_of_years_brings_its_documents_forward(engine, span, year, since, until):
    page = engine.search(Query(f"الفيضانات تغمر الحقول {span}"))
    assert page.hits[0].document.date.year == year
    [hint] = search_json(page)["understood"]
    assert (hint["words"], hint["from"], hint["to"]) == (span, since, until)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("lfaydanat f chamal", "فيضانات في الشمال"),
        ("Ksar El Kebir", "القصر الكبير تحتفي بكتابها"),
        ("الداخلة", "Le marché de Dakhla"),
        ("الزعفارن تعم", "الماء والري"),
    ],
)
def test_words_find_what_is_written_otherwise(engine, query, title):
    page = engine.search(Query(query, Mode.LEXICAL))
    assert page.hits[0].document.title == title
    assert page.hits[0].highlights != () or title.startswith("الماء")


def test_a_slip_is_corrected_in_the_suggestion_as_people_write_it(engine):
    page = engine.search(Query("رائحة الزعفارن -المطر", Mode.LEXICAL))
    assert page.suggestion == "رائحة الزعفران -المطر"
    assert engine.search(Query("رائحة الزعفران")).suggestion is None
    assert engine.search(Query("قققققققق")).suggestion is None


def test_a_day_that_leaves_nothing_is_said_and_does_not_filter(engine):
    page = engine.search(Query("الزعفران قبل 2001"))
    [hint] = search_json(page)["understood"]
    assert (hint["words"], hint["is_filter"], hint["left_nothing"]) == ("قبل 2001", False, True)
    assert page.total == engine.search(Query("الزعفران")).total == 2
    one_day = engine.search(Query("الزعفران يوم 5 دجنبر 2020"))
    [hint] = search_json(one_day)["understood"]
    assert (one_day.total, titles(one_day)) == (1, {"الماء والري"})
    assert (hint["is_filter"], hint["elsewhere"]) == (True, 1)


def test_words_beside_a_phrase_count_as_they_stand(engine):
    def total(text, **options):
        return engine.search(Query(text, **options)).total

    assert total('"السد" القديم') == total('القديم "السد"') == 1
    assert total('"السد" السدادة') == total('السدادة "السد"') == 0  # no part of a longer word
    assert total('ماذا عن "سد الوحدة"') == total('"سد الوحدة"') == 1
    headlines = Filters(kinds=(Kind.HEADLINE,))
    page = engine.search(Query('السد "سد الوحدة"', filters=headlines))
    assert [(facet.value, facet.count) for facet in page.facets["kind"]] == [("article", 1)]


def test_what_no_calendar_and_no_name_has_is_no_filter(engine):
    assert engine.search(Query("after:9999-12-31")).total == 0
    assert engine.search(Query("author:— السد")).total == 4


def test_days_that_exclude_one_another_leave_nothing_and_count_nothing(engine):
    filters = Filters(since=date(2021, 1, 1))
    page = engine.search(Query("السد 2019..2020", filters=filters))
    assert (page.total, page.facets["source"]) == (0, ())
    assert engine.search(Query("السد بعد 31 دجنبر 9999")).total == 4  # which no day is


def test_what_is_shut_out_stays_out_where_a_title_only_looks_like_the_query(tmp_path):
    titles_of = ["تفاح وبرتقال", "تفاح فقط", "موسم الزيتون -صور من الحقول"]
    dump = write_jsonl(tmp_path / "dump.jsonl", [{"title": title} for title in titles_of])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    assert titles(engine.search(Query("تفاح -برتقال", Mode.LEXICAL))) == {"تفاح فقط"}
    pasted = engine.search(Query("موسم الزيتون –صور من الحقول"))
    assert (pasted.total, pasted.hits[0].document.title) == (1, titles_of[2])
    assert engine.search(Query("موسم الزيتون -صور من الحقول")).total == 1


def test_days_are_shut_out_and_marks_that_fit_nowhere_ask_for_nothing(engine):
    def years(text):
        hits = engine.search(Query(text, Mode.LEXICAL, sort=Sort.OLDEST)).hits
        return [hit.document.date.year for hit in hits if hit.document.date]

    assert years("السد") == [2009, 2019, 2020, 2021]
    assert years("السد -before:2020") == [2020, 2021]
    assert years("السد NOT after:2019") == [2009, 2019]
    assert years("السد OR before:2020") == [2009, 2019]  # the filter holds, and OR is told
    [unread] = search_json(engine.search(Query("السد OR before:2020")))["understood"]
    assert unread == {"kind": "unread", "marks": ["OR"]}
    assert years("السد -author:سعيد") == years("السد")  # which no author is called


def test_an_author_is_shut_out_and_a_title_holds_one_of_several_words(tmp_path):
    records = [
        {"title": "تفاح أخضر", "body": "برتقال وعنب في السوق", "author": "ليلى"},
        {"title": "برتقال حلو", "body": "عن الفواكه", "author": "سعيد"},
        {"title": "عنب الجبل", "body": "تفاح وبرتقال"},
    ]
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    for text, found in (
        ("برتقال -author:سعيد", {"تفاح أخضر", "عنب الجبل"}),
        ("NOT author:سعيد NOT author:ليلى", {"عنب الجبل"}),
        ("title:(تفاح OR برتقال)", {"تفاح أخضر", "برتقال حلو"}),
        ("-title:(تفاح OR برتقال) برتقال", {"عنب الجبل"}),
    ):
        page = engine.search(Query(text, Mode.LEXICAL))
        assert (titles(page), page.total) == (found, len(found)), text
