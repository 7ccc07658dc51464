"""Words under a filter: the same ranking whether the index applies it or the mask does."""

from datetime import date

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.index.local.reader import ArchiveReader
from search.query.planning import interpret
from search.ranking import retrieval
from search.records import Filters
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
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
    return ArchiveReader(folder / "a").snapshot()


@pytest.mark.parametrize("depth", [3, 10, 39, 40, 1000])
@pytest.mark.parametrize("since", [None, date(2005, 1, 1), date(2015, 1, 1)])
@pytest.mark.parametrize("sources", [("الكبرى",), ("الصغرى",), ("الكبرى", "الصغرى")])
def test_a_mask_and_a_filter_of_the_index_leave_the_same(
    snapshot, monkeypatch, depth, sources, since
):
    monkeypatch.setattr(retrieval, "LEXICAL_DEPTH", depth)
    catalogue, lexical = snapshot.catalogue, snapshot.lexical
    asked = interpret("السد", Filters(sources=sources, since=since), catalogue, lexical)
    allowed, count = retrieval.allowed_passages(asked, catalogue)
    assert count == allowed.sum()
    found, strength = retrieval.rank_by_words(snapshot, asked)
    expected = lexical.search(asked.lexical, asked.filters, depth)
    assert found.scores == pytest.approx(expected.scores)
    assert found.is_exact == expected.is_exact
    assert strength == pytest.approx(expected.strength)
    if found.is_exact:
        assert catalogue.passage_ids[found.positions].tolist() == expected.ids.tolist()
    assert allowed[found.positions].all()


def test_many_allowed_passages_are_told_as_few_are(snapshot, monkeypatch):
    catalogue, lexical = snapshot.catalogue, snapshot.lexical
    asked = interpret("السد", Filters(sources=("الكبرى",)), catalogue, lexical)
    mask, count = retrieval.allowed_passages(asked, catalogue)
    monkeypatch.setattr(retrieval, "FEW", 0)
    allowed, about = retrieval.allowed_passages(asked, catalogue)
    places = np.array([3, 0, len(catalogue.passage_ids) - 1])
    assert isinstance(mask, np.ndarray)
    assert not isinstance(allowed, np.ndarray)
    assert (allowed[:] == mask).all()
    assert (allowed[5:40:7] == mask[5:40:7]).all()
    assert (allowed[places] == mask[places]).all()
    assert about == pytest.approx(count, rel=0.2)
