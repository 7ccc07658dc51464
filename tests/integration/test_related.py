"""Words near the query in meaning: apart from the highlights in the answer and on the page."""

import pytest

from search.records import Kind, Mode, Query
from search.results.answer import search_json
from web import create_app

FRENCH = "neige sur la route"


def related(hit):
    return [hit.snippet[start:end] for start, end in hit.related]


@pytest.fixture
def client(reading_engine):
    return create_app(engine=reading_engine).test_client()


def test_a_french_query_marks_arabic_words_in_the_sentence_that_answers(reading_engine):
    hit = reading_engine.search(Query(FRENCH)).hits[0]
    assert hit.highlights == ()
    assert related(hit) == ["الثلج", "الطريق"]
    assert hit.snippet.startswith("…وفي الليل تساقط الثلج")


def test_a_headline_has_related_words_in_its_title(reading_engine):
    hits = reading_engine.search(Query("match de football")).hits
    [headline] = [hit for hit in hits if hit.document.kind is Kind.HEADLINE]
    assert related(headline) == ["مباراة", "كرة", "القدم"]


def test_a_highlight_is_not_related_as_well(reading_engine):
    hit = reading_engine.search(Query("neige الثلج")).hits[0]
    assert [hit.snippet[start:end] for start, end in hit.highlights] == ["الثلج"]
    assert "الثلج" not in related(hit)


def test_a_lexical_search_marks_no_related_words(reading_engine):
    hit = reading_engine.search(Query("ثلوج الجبل", mode=Mode.LEXICAL)).hits[0]
    assert hit.related == ()


def test_without_word_pieces_related_words_are_those_of_the_thesaurus(engine):
    _, french, *others = engine.search(Query("ثلوج الجبل")).hits
    assert (related(french), french.highlights) == (["neige", "neige"], ())
    assert {hit.related for hit in others} == {()}


def test_the_json_answer_has_related_words(reading_engine):
    page = reading_engine.search(Query(FRENCH))
    [first, *_] = search_json(page)["hits"]
    assert [first["snippet"][start:end] for start, end in first["related"]] == ["الثلج", "الطريق"]


def test_the_page_marks_related_words_and_explains_the_mark(client):
    html = client.get("/search", query_string={"q": FRENCH}).get_data(as_text=True)
    assert '<mark class="related">الثلج</mark>' in html
    assert "قريب في المعنى" in html
    html = client.get("/search", query_string={"q": "match de football"}).get_data(as_text=True)
    assert "<bdi>مباراة كرة القدم" in html  # titles have no marks, not even of headlines


def test_a_page_without_related_words_has_no_explanation(client):
    html = client.get("/search", query_string={"q": "الثلج", "mode": "lexical"}).get_data(
        as_text=True
    )
    assert "<mark>الثلج</mark>" in html
    assert "قريب في المعنى" not in html
