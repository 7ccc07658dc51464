"""Queries over the tiny archive: hits, counts, facets, filters and refusals."""

from dataclasses import replace
from datetime import date

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.errors import QueryError
from search.query.validation import MAX_HIT_RANK, MAX_HITS_PER_PAGE, MAX_QUERY_LENGTH
from search.records import Filters, Kind, Match, Mode, Query, Sort
from search.results.answer import search_json
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder


def titles(page):
    return [hit.document.title for hit in page.hits]


def test_every_mode_finds_the_article(engine):
    query = "تلقيح الأطفال ضد الحصبة"
    best = {mode: titles(engine.search(Query(query, mode)))[0] for mode in Mode}
    assert best == dict.fromkeys(Mode, "حملة تلقيح ضد الحصبة في المدارس")


def test_spelling_variants_find_the_same(engine):
    variants = ("المَحصول", "محصول", "والمحصول", "مـحصول")
    found = {variant: titles(engine.search(Query(variant, Mode.LEXICAL))) for variant in variants}
    assert found == {variant: ["محصول الحبوب يرتفع هذا الموسم"] for variant in variants}


def test_a_french_query_finds_a_french_article(engine):
    assert (
        titles(engine.search(Query("neige sur la route du COL")))[0]
        == "La neige coupe la route du col"
    )


def test_the_lexical_mode_finds_only_documents_with_a_word_of_the_query(engine):
    page = engine.search(Query("كثيفة", Mode.LEXICAL))
    assert titles(page) == ["ثلوج كثيفة تقطع طريق الجبل"]
    assert (page.total, page.near, page.listed) == (1, 0, 1)
    assert engine.search(Query("زنجبيل", Mode.LEXICAL)).hits == ()


def test_the_mode_does_not_change_what_matches(engine):
    pages = [engine.search(Query("ثلوج", mode)) for mode in Mode]
    assert [page.total for page in pages] == [2, 2, 2]  # the French article by a translation
    assert pages[0].facets == pages[1].facets == pages[2].facets


def test_a_translation_finds_a_document_without_a_word_of_the_query(engine):
    assert "La neige coupe la route du col" in titles(engine.search(Query("ثلوج")))
    [evidence] = [
        hit.evidence[Mode.LEXICAL]
        for hit in engine.search(Query("ثلوج")).hits
        if hit.document.language == "fr" and Mode.LEXICAL in hit.evidence
    ]
    assert evidence.terms == ()  # none of the words as they were typed


def test_a_hit_has_its_highlights_and_the_terms_that_found_it(engine):
    [hit] = engine.search(Query("ثلوج المرتفعات", Mode.LEXICAL)).hits
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["ثلوج", "المرتفعات", "الثلج"]
    evidence = hit.evidence[Mode.LEXICAL]
    assert (evidence.rank, evidence.terms) == (1, ("ثلوج", "ثلج*", "مرتفعات"))
    assert Mode.SEMANTIC not in hit.evidence


def test_copies_fold_into_one_hit(engine):
    page = engine.search(Query("السيول تعزل الدواوير"))
    [hit] = [hit for hit in page.hits if hit.document.title.startswith("السيول تعزل")]
    [copy] = hit.copies
    sources = {engine.index.find(copy).source, hit.document.source}
    assert sources == {"صوت الوادي", "جريدة السهل"}


def is_between(document, since, until):
    return document.date is not None and since <= document.date <= until


FILTERS = (
    (Filters(sources=("ملاعبنا",)), lambda d: d.source == "ملاعبنا"),
    (
        Filters(sources=("ملاعبنا", "صوت الوادي")),
        lambda d: d.source in {"ملاعبنا", "صوت الوادي"},
    ),
    (Filters(sources=("لا أحد",)), lambda d: False),
    (Filters(sources=()), lambda d: False),
    (Filters(kinds=(Kind.HEADLINE,)), lambda d: d.kind is Kind.HEADLINE),
    (Filters(since=date(2020, 1, 1)), lambda d: is_between(d, date(2020, 1, 1), date.max)),
    (Filters(until=date(2015, 12, 21)), lambda d: is_between(d, date.min, date(2015, 12, 21))),
    (
        Filters(("جريدة السهل",), (Kind.ARTICLE,), date(2019, 1, 12), date(2019, 1, 12)),
        lambda d: d.title == "فيضانات تغمر قرى سهل اللوز",
    ),
)


def test_every_hit_passes_the_filters_and_no_other_hit_is_lost(engine):
    text = "أخبار المدينة في السهل والوادي بعد ثلوج الجبل ومباراة الفريق وثمن الغازوال"
    for mode in Mode:
        unfiltered = [hit.document for hit in engine.search(Query(text, mode, k=50)).hits]
        for filters, passes in FILTERS:
            page = engine.search(Query(text, mode, filters, k=50))
            documents = [hit.document for hit in page.hits]
            # A copy may stand for the document it was folded into, if only the copy passes.
            assert all(map(passes, documents)), (mode, filters)
            ids = {document.doc_id for document in documents}
            assert {d.doc_id for d in unfiltered if passes(d)} <= ids, (mode, filters)
            assert page.listed == len(documents) == page.total + page.near, (mode, filters)


def test_facets_count_the_matching_documents(engine):
    page = engine.search(Query("ثلج neige", k=50))
    matching = [hit.document for hit in page.hits if hit.match is Match.WORDS]
    assert [document.title for document in matching] == [
        "La neige coupe la route du col", "ثلوج كثيفة تقطع طريق الجبل",
    ]  # fmt: skip
    assert (page.total, page.near) == (2, len(page.hits) - 2)
    for name in ("source", "kind", "language"):
        values = [getattr(document, name) for document in matching]
        assert {f.value: f.count for f in page.facets[name]} == {v: values.count(v) for v in values}
    years = [document.date.year for document in matching if document.date]
    assert {f.value: f.count for f in page.facets["year"]} == {y: years.count(y) for y in years}


def test_pages_follow_one_another(engine):
    for sort in Sort:
        query = Query("أخبار", sort=sort, k=4)
        first, second = (titles(engine.search(replace(query, page=page))) for page in (1, 2))
        assert first + second == titles(engine.search(replace(query, k=8))), sort


def test_an_order_by_date_ends_with_undated_documents(engine):
    for sort, reverse in ((Sort.NEWEST, True), (Sort.OLDEST, False)):
        days = [hit.document.date for hit in engine.search(Query("أخبار", sort=sort, k=50)).hits]
        dated = [day for day in days if day]
        assert dated == sorted(dated, reverse=reverse)
        assert days[: len(dated)] == dated


def test_the_same_query_gives_the_same_page(engine):
    first, second = (search_json(engine.search(Query("مباراة الفريق"))) for _ in range(2))
    assert first | {"took_ms": 0} == second | {"took_ms": 0}


UNUSUAL = (
    "AND", "OR NOT", '"', '"""قوس', "*", "سد*", "a-b", "title:سد", "(((", "\\", "سد AND",
    "\u202eسد\u202c", "a\x00b", "؟", "🙂", "سد " * 300, "%", "'; DROP TABLE documents; --",
)  # fmt: skip


def test_no_text_is_refused_for_its_syntax(engine):
    assert [engine.search(Query(text)).query.text for text in UNUSUAL] == list(UNUSUAL)


REFUSALS = (
    (Query(""), "the query is empty"),
    (Query(" \n\t"), "the query is empty"),
    (Query("س" * 10_000), f"10000 characters, at most {MAX_QUERY_LENGTH}"),
    (Query("\ud800سد"), "half of a character"),
    (Query("سد", k=0), f"k is 0: ask for 1 to {MAX_HITS_PER_PAGE}"),
    (Query("سد", k=10**9), f"ask for 1 to {MAX_HITS_PER_PAGE}"),
    (Query("سد", page=0), "pages start at 1"),
    (Query("سد", page=MAX_HIT_RANK), f"end with hit {MAX_HIT_RANK}"),
)


def test_a_query_without_a_possible_answer_is_refused_with_the_reason(engine):
    for query, message in REFUSALS:
        with pytest.raises(QueryError, match=message):
            engine.search(query)


def test_a_new_commit_is_served_from_the_next_query_on(tmp_path):
    def add(path):
        add_dumps(
            [str(path)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False
        )

    add(TINY_DUMP)
    running = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    assert running.search(Query("زنجبيل", Mode.LEXICAL)).hits == ()
    add(write_jsonl(tmp_path / "new.jsonl", [{"title": "ثمن الزنجبيل يرتفع"}]))
    for mode in Mode:
        assert titles(running.search(Query("زنجبيل", mode)))[0] == "ثمن الزنجبيل يرتفع"


def test_the_json_answer_has_the_fields_of_the_contract(engine):
    answer = search_json(engine.search(Query("ثلوج الجبل", k=1)))
    assert list(answer) == [
        "query", "mode", "took_ms", "page", "k", "total", "total_is_exact", "texts",
        "texts_is_exact", "near", "listed", "confidence", "hits", "facets", "suggestion",
        "suggestion_total", "understood", "is_doubtful",
    ]  # fmt: skip
    [hit] = answer["hits"]
    assert hit["title"] == "ثلوج كثيفة تقطع طريق الجبل"
    assert hit["date"] == "2015-12-22"
    assert set(hit) == {
        "id", "kind", "title", "source", "date", "url", "language", "author", "section",
        "published_at", "match", "score", "snippet", "highlights", "related", "copies", "why",
    }  # fmt: skip
    assert set(hit["why"]) == {"semantic", "lexical"}
    assert hit["why"]["lexical"]["terms"] == ["ثلوج", "ثلج", "جبل"]
    assert set(answer["facets"]) == {"source", "year", "month", "kind", "language", "date"}


def test_a_hit_beyond_the_semantic_depth_has_a_score_but_no_rank(tmp_path):
    far = [
        {"id": f"n{n}", "title": "خبر", "body": f"حديث الكرة والملعب رقم {n}"} for n in range(300)
    ]
    only_by_word = {"id": "x", "title": "متن", "body": "زنجبيل " + "قققققق " * 60}
    dump = write_jsonl(tmp_path / "d.jsonl", [*far, only_by_word])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    pages = [engine.search(Query("حديث الكرة زنجبيل", k=100, page=page)) for page in (1, 2, 3, 4)]
    [hit] = [hit for page in pages for hit in page.hits if hit.document.title == "متن"]
    assert hit.evidence[Mode.SEMANTIC].rank is None
    assert hit.evidence[Mode.SEMANTIC].score < 0.5
    assert hit.evidence[Mode.LEXICAL].rank == 1
    assert (pages[0].total, hit.match) == (0, Match.PARTIAL)
