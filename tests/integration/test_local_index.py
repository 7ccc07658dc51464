"""Filters on words: the ranking is the same by a filter in the index and by a mask of passages."""

from datetime import date
from itertools import product

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.index.local.index import LocalIndex, passages_in_scope
from search.index.local.reader import ArchiveReader
from search.index.local.snapshot import open_snapshot
from search.lexicon.gazetteer import Gazetteer
from search.query.planning import plan_query
from search.records import Filters, Query
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranking")
    records = [
        {
            "title": f"خبر {'السد ' * (number % 5 + 1)} رقم {number}",
            "source": source,
            "date": "2020-01-01" if number % 4 == 0 else "2010-01-01",
        }
        for number in range(60)
        for source in (["الكبرى"] if number % 3 else ["الصغرى"])
    ]
    dump = write_jsonl(folder / "dump.jsonl", records)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return folder / "a"


@pytest.fixture(scope="module")
def snapshot(folder):
    return open_snapshot(folder)


@pytest.fixture(scope="module")
def index(folder, snapshot):
    return LocalIndex(snapshot, ArchiveReader(folder), Gazetteer.shipped(), {}, "mark")


def test_a_mask_and_a_filter_in_the_index_leave_the_same_passages(index, snapshot):
    columns = snapshot.columns
    filters = [
        Filters(sources=sources, since=since)
        for sources in (("الكبرى",), ("الصغرى",), ("الكبرى", "الصغرى"))
        for since in (None, date(2005, 1, 1), date(2015, 1, 1))
    ]
    for case in product(filters, (3, 10, 39, 40, 1000)):
        filter_, depth = case
        plan = plan_query(Query("السد", filters=filter_), index, None)
        allowed, count = passages_in_scope(plan.scope, columns)
        assert count == allowed.sum(), case
        ranked = index.rank_by_words(plan, depth)
        expected = snapshot.lexical.search(plan, plan.scope.filters, depth)
        assert ranked.candidates.score == pytest.approx(expected.scores), case
        assert ranked.is_exact == expected.is_exact, case
        assert ranked.strength == pytest.approx(min(1.0, expected.strength)), case
        positions = ranked.candidates.position
        if ranked.is_exact:
            assert columns.passage_ids[positions].tolist() == expected.ids.tolist(), case
        assert allowed[positions].all(), case


def test_a_scope_of_many_passages_has_the_same_mask_as_an_array(index, snapshot):
    columns = snapshot.columns
    scope = index.scope(Filters(sources=("الكبرى",)))
    mask, count = passages_in_scope(scope, columns)
    allowed, about = passages_in_scope(scope, columns, exact_below=0)
    places = np.array([3, 0, len(columns.passage_ids) - 1])
    assert isinstance(mask, np.ndarray)
    assert not isinstance(allowed, np.ndarray)
    assert (allowed[:] == mask).all()
    assert (allowed[5:40:7] == mask[5:40:7]).all()
    assert (allowed[places] == mask[places]).all()
    assert about == pytest.approx(count, rel=0.2)
