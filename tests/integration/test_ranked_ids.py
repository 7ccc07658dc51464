"""The ranking that evaluation measures is the ranking that readers get."""

from datetime import date

import pytest

from search.engine import SearchEngine
from search.index.live import LiveArchive
from search.records import Document, Kind, Mode, Query
from tests.encoder import NgramEncoder
from tests.memory_index import MemoryArchive, Stored

# The older an article the better it matches: only its date brings the last one forward.
ARTICLES = [
    Document(
        doc_id,
        Kind.ARTICLE,
        "أسعار الخضر في رمضان",
        "ارتفعت أسعار الخضر في رمضان. " * times + "ثم تحدث التجار عن الطرق والأسواق والنقل. " * 3,
        date=date(year, 4, 20),
        language="ar",
    )
    for doc_id, times, year in (("a", 3, 2012), ("b", 2, 2014), ("c", 2, 2020), ("d", 1, 2020))
]
COPY = Document("copy of d", Kind.ARTICLE, ARTICLES[3].title, ARTICLES[3].body, language="ar")


@pytest.fixture(scope="module")
def engine():
    archive = MemoryArchive(NgramEncoder(), Stored(copy_of={COPY.doc_id: "d"}))
    archive.add([*ARTICLES, COPY])
    return SearchEngine(LiveArchive(archive, NgramEncoder))


def read(engine, query):
    """Return the ids on all pages in order, each with those of its copies."""
    pages = [engine.search(query)]
    while pages[-1].hits:
        pages.append(
            engine.search(Query(query.text, query.mode, query.filters, k=2, page=len(pages) + 1))
        )
    return [
        doc_id
        for page in pages
        for hit in page.hits
        for doc_id in (hit.document.doc_id, *hit.copies)
    ]


def test_ranked_ids_are_the_ids_on_the_pages_of_a_reader(engine):
    texts = ("رمضان 2020", "رمضان", "رمضان قبل 2013", "أسعار 2012")
    queries = [Query(text, mode, k=2) for text in texts for mode in Mode]
    ranked = {query: engine.ranked_ids(query, 100) for query in queries}
    assert ranked == {query: read(engine, query) for query in queries}


def test_a_date_in_the_query_changes_the_ranked_ids(engine):
    plain, dated = (engine.ranked_ids(Query(text), 100) for text in ("رمضان", "رمضان 2020"))
    assert sorted(plain) == sorted(dated)
    assert dated.index("c") < plain.index("c")
