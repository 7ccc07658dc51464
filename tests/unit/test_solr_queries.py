"""The trees of Solr's queries; `test_solr_conformance.py` runs them."""

from datetime import date

from lxml import etree

from search.index.solr.queries import (
    MAX_CLAUSES,
    filter_parts,
    matching_documents,
    passages_with_words,
    written,
)
from search.plan import Alternative, Contains, NoneOf, QueryPlan, Scope
from search.records import Filters


def plan(*words, demands=()):
    return QueryPlan("", words, Scope(demands=demands), matching_words=words)


def test_the_text_of_a_query_is_never_part_of_its_syntax():
    hostile = '</TermQuery><MatchAllDocsQuery/> "&lt; ]]> {!lucene}a:b'
    literal = Contains(hostile, ((hostile,),))
    prefix = Contains(hostile, ((hostile,),), is_prefix=True)
    tree = matching_documents(
        plan((Alternative((hostile,)),), demands=(literal, NoneOf((prefix,))))
    )
    parsed = etree.fromstring(written(tree))
    assert [term.text for term in parsed.iter("TermQuery")] == [hostile, hostile]
    assert [term.get("lowerTerm") for term in parsed.iter("RangeQuery")] == [hostile]
    assert len(list(parsed.iter("MatchAllDocsQuery"))) == 1  # of the exclusion


def test_a_control_character_is_in_no_stored_term():
    assert written(filter_parts(Filters(sources=("a\x00b",)))["source"]) == "<BooleanQuery/>"


def test_each_restriction_is_a_filter_of_its_own():
    filters = Filters(sources=("أ", "ب"), since=date(1, 1, 3), excluded_sources=("ب",))
    parts = filter_parts(filters)
    assert list(parts) == ["source", "day"]
    assert parts["day"].attrib == {"fieldName": "day", "type": "int", "lowerTerm": "3"}
    assert [term.text for term in parts["source"].iter("TermQuery")] == ["أ", "ب", "ب"]


def test_a_long_query_loses_its_lightest_alternatives():
    words = [
        tuple(Alternative((f"w{number}o{other}",), 0.5) for other in range(20))
        for number in range(64)
    ]
    tree = passages_with_words(plan(*words))
    terms = [term.text for term in tree.iter("TermQuery")]
    assert len(terms) <= MAX_CLAUSES
    assert {f"w{number}o0" for number in range(64)} <= {*terms}
