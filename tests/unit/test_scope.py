"""Filters as masks of the documents of an archive, and the filters that few documents pass."""

from datetime import date

import numpy as np
import pytest

from search.index.candidates import KINDS
from search.index.local.columns import ArchiveColumns
from search.index.local.scope import evaluate_scope
from search.records import Filters, Kind

DAYS = [date(year, 1, 1).toordinal() for year in range(2001, 2011)]


@pytest.fixture(scope="module")
def columns():
    """Return ten articles of one passage, one a year; the first two are of the newspaper 1."""
    numbers, zeros = np.arange(10, dtype=np.int64), np.zeros(10, np.int32)
    return ArchiveColumns(
        rows=numbers,
        doc_ids=np.array([f"{number}" for number in range(10)], dtype=np.bytes_),
        by_doc_id=numbers.astype(np.int32),
        groups=numbers,
        kinds=zeros + KINDS.index(Kind.ARTICLE),
        sources=np.array([1, 1] + [0] * 8, np.int32),
        days=np.array(DAYS, np.int32),
        languages=zeros,
        source_names=("الكبرى", "الصغرى"),
        language_names=("ar",),
        passage_ids=numbers,
        documents=numbers,
    )


def scope_of(filters, columns):
    return evaluate_scope(filters, (), (), columns, documents=None)


def test_every_filter_masks_documents_and_those_that_few_documents_pass_narrow(columns):
    everything = scope_of(Filters(), columns)
    assert (everything.passes, everything.narrow, everything.share) == (None, Filters(), 1.0)
    since = date(2008, 1, 1)
    scope = scope_of(Filters(sources=("الكبرى",), kinds=(Kind.ARTICLE,), since=since), columns)
    assert scope.narrow == Filters(since=since)
    assert scope.share_of_narrow == pytest.approx(0.3)
    assert np.flatnonzero(scope.passes).tolist() == [7, 8, 9]
    filters = Filters(sources=("الصغرى",), until=date(2001, 6, 1))
    scope = scope_of(filters, columns)
    assert (scope.filters, scope.narrow) == (filters, filters)
    assert scope.share == scope.share_of_narrow == pytest.approx(0.1)
    assert np.flatnonzero(scope.passes).tolist() == [0]


def test_filters_are_split_into_one_part_for_each_restriction():
    since, until = date(2001, 1, 1), date(2002, 1, 1)
    filters = Filters(sources=(), since=since, until=until, languages=("ar",))
    assert filters.parts == (
        Filters(sources=()),
        Filters(since=since, until=until),
        Filters(languages=("ar",)),
    )
    assert filters.without(filters.parts[1]) == Filters(sources=(), languages=("ar",))
