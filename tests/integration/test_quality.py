"""Holds the shipped encoder and the ranking to pinned floors on the judged queries."""

import json
import re
from dataclasses import replace
from hashlib import blake2b
from html import unescape
from pathlib import Path

import pytest

import search.cli
from indexer.encoding import encode_context
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.evaluation.abstention import AbstentionRates
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import read_qrels, read_queries
from search.index.opening import open_index
from search.records import Confidence, Kind, Mode, Query
from tests.conftest import write_jsonl
from web import create_app

DATA = Path(__file__).parent.parent.parent / "data"
QUERIES, QRELS = DATA / "eval" / "queries.jsonl", DATA / "eval" / "qrels.tsv"
NONSENSE = DATA / "eval" / "nonsense.jsonl"
PINNED = json.loads((DATA / "eval" / "floors.json").read_text(encoding="utf-8"))
FLOORS = PINNED["nDCG@10"]


@pytest.fixture(scope="module")
def sample_archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "archive"
    report = add_dumps(
        [str(DATA / "sample")], folder, load_encoder(), captured_on=None, show_progress=False
    )
    # Four of the 92 articles are copies of another, nearly word for word.
    assert (report.articles, report.near_duplicates, report.headlines) == (88, 4, 339)
    assert report.rejected == {}
    return folder


def test_the_floors_were_measured_on_these_judgements():
    digest = blake2b(QUERIES.read_bytes() + QRELS.read_bytes(), digest_size=16).hexdigest()
    assert digest == PINNED["digest"], "queries or judgements changed: measure again, pin anew"


@pytest.mark.slow
def test_ranking_stays_above_its_floors(sample_archive):
    _require_floors(sample_archive, FLOORS["arshif-static"])


@pytest.mark.slow
def test_ranking_of_an_encoded_archive_stays_above_its_floors(tmp_path):
    encoder = load_encoder("arshif-small")
    sample, folder = str(DATA / "sample"), tmp_path / "archive"
    add_dumps([sample], folder, encoder, captured_on=None, show_progress=False)
    encode_context(open_index(folder), encoder, show_progress=False)
    _require_floors(folder, FLOORS["arshif-small"])


def _require_floors(archive, floors):
    engine, queries, qrels = SearchEngine.open(archive), read_queries(QUERIES), read_qrels(QRELS)
    results = {mode: evaluate(engine, queries, qrels, Mode(mode)) for mode in floors}
    assert {result.queries for result in results.values()} == {76}
    figures = {mode: result.measures["nDCG@10"] for mode, result in results.items()}
    assert {mode: figures[mode] >= floor for mode, floor in floors.items()} == dict.fromkeys(
        floors, True
    ), figures


@pytest.mark.slow
def test_nonsense_finds_nothing_and_judged_queries_something(sample_archive):
    engine = SearchEngine.open(sample_archive)
    rates = AbstentionRates.measure(engine, read_queries(NONSENSE), read_queries(QUERIES))
    assert rates.by_type["signs"] == 1.0
    assert rates.by_type["mash-latin"] >= 0.75
    assert rates.nonsense >= 0.45
    assert rates.judged == 0
    assert rates.nonsense_flagged >= 0.8
    assert rates.judged_flagged <= 0.12


def test_nothing_is_an_answer_like_any_other(sample_archive):
    page = SearchEngine.open(sample_archive).search(Query("ثقغفص ضصثقفغ"))
    assert (page.hits, page.total) == ((), 0)
    assert not any(facet.count for facets in page.facets.values() for facet in facets)


def test_the_page_offers_what_is_nearest_where_it_says_nothing(sample_archive):
    client = create_app(engine=SearchEngine.open(sample_archive)).test_client()

    def page_of(address, **parameters):
        return client.get(address, query_string=parameters or None).get_data(as_text=True)

    page = page_of("/search", q="ثقغفص ضصثقفغ")
    assert "<h1>لا نتائج</h1>" in page
    [link] = re.findall(r'href="([^"]*)"><bdi>أقرب ما في الأرشيف معنى،', page)
    assert '<li class="hit">' in page_of(unescape(link))
    # Where nothing can be near, or the search was narrowed, it would lead nowhere.
    for parameters in ({"q": "!؟"}, {"q": "ثقغفص ضصثقفغ", "to": "1990-01-01"}):
        page = page_of("/search", **parameters)
        assert "<h1>لا نتائج</h1>" in page
        assert "أقرب ما في الأرشيف" not in page


def test_an_answer_that_is_hardly_better_than_chance_says_so(sample_archive, capsys):
    client = create_app(engine=SearchEngine.open(sample_archive)).test_client()
    for text, is_doubtful in (
        ("regex lookbehind assertion is not fixed width", True),
        ("فيضانات سهل الغرب", False),
    ):
        found = client.get("/api/search", query_string={"q": text}).get_json()
        assert found["hits"]
        assert found["is_doubtful"] is is_doubtful
        page = client.get("/search", query_string={"q": text}).get_data(as_text=True)
        assert ("قد لا يكون في الأرشيف شيء" in page) is is_doubtful
        assert search.cli.main([text, "--archive", str(sample_archive)]) == 0
        assert ("may hold nothing on this" in capsys.readouterr().out) is is_doubtful


def test_only_words_that_stand_in_one_document_put_an_answer_beyond_doubt(tmp_path):
    records = [{"title": f"خبر رقم {number} من السوق"} for number in range(120)]
    records += [{"title": "زلزال حوزة"}]
    encoder = load_encoder()
    encoder.profile = replace(encoder.profile, doubted_below=1000.0)  # whatever can be doubted is
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", encoder, captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=lambda name: encoder)
    matched, resembled = engine.search(Query("زلزال حوزة")), engine.search(Query("زلزال الحوز"))
    assert (matched.total, matched.confidence) == (1, Confidence.HIGH)
    assert (resembled.total, resembled.confidence) == (0, Confidence.LOW)
    assert resembled.hits[0].document.title == "زلزال حوزة"


def test_a_whole_sentence_is_not_taken_for_nonsense(sample_archive):
    encoder = load_encoder()
    encoder.profile = replace(encoder.profile, nothing_below=1000.0)  # nothing is near
    engine = SearchEngine.open(sample_archive, load=lambda name: encoder)
    sentence = (
        "Les astronomes ont observé une galaxie lointaine dont les étoiles naissent plus vite,"
        " brillent davantage, vieillissent et meurent avant celles de notre propre galaxie"
    )
    assert engine.search(Query(sentence)).hits
    assert not engine.search(Query("ثقغفص ضصثقفغ " * 8)).hits
    assert not engine.search(Query(sentence[:50])).hits


def test_a_word_that_a_document_holds_is_never_nothing(sample_archive):
    engine = SearchEngine.open(sample_archive)
    for document in engine.index.newest(20):
        rarest = max(document.title.split(), key=len)
        assert engine.search(Query(rarest)).total > 0, rarest
        assert engine.search(Query(f"{rarest} ثقغفص")).hits, rarest


@pytest.mark.parametrize("text", ["رمضان 2020", "رمضان", "فيضانات قبل 2012", "élections 2011"])
def test_what_is_measured_is_the_ranking_that_readers_get(sample_archive, text):
    engine = SearchEngine.open(sample_archive)
    query = Query(text, k=100)
    hits = engine.search(query).hits
    read = [doc_id for hit in hits for doc_id in (hit.document.doc_id, *hit.copies)]
    assert engine.ranked_ids(query, query.k) == read


def test_every_judged_document_is_in_the_sample(sample_archive):
    index = open_index(sample_archive).open()
    missing = [qrel for qrel in read_qrels(QRELS) if index.find(qrel.doc_id) is None]
    assert missing == []


def test_the_sample_is_as_varied_as_it_says(sample_archive):
    status = open_index(sample_archive).status()
    assert status.kinds == {Kind.ARTICLE: 92, Kind.HEADLINE: 339}
    assert len([name for name in status.sources if name]) == 14
    assert {year for year in status.years if year} == set(range(2007, 2027))


def test_a_misspelt_word_is_read_as_what_was_meant(sample_archive):
    # «الفيضنات» alone: its pieces mean anything, and floods stood nowhere on the first page.
    page = SearchEngine.open(sample_archive).search(Query("الفيضنات"))
    assert page.suggestion == "فيضانات"
    assert "فيضان" in page.hits[0].document.title
