from datetime import date

import numpy as np
import pytest

from search.index.local.columns import KINDS, Catalogue
from search.index.local.scope import EVERYTHING, narrow_by
from search.records import Filters, Kind

DAYS = [date(year, 1, 1).toordinal() for year in range(2001, 2011)]


@pytest.fixture(scope="module")
def catalogue():
    """Ten articles of a year each, the first two of another newspaper; a passage each."""
    numbers, zeros = np.arange(10, dtype=np.int64), np.zeros(10, np.int32)
    return Catalogue(
        rows=numbers,
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


def test_without_filters_everything_passes(catalogue):
    assert narrow_by(Filters(), catalogue) == EVERYTHING


def test_only_what_few_documents_pass_narrows(catalogue):
    few, many = date(2008, 1, 1), Filters(sources=("الكبرى",), kinds=(Kind.ARTICLE,))
    filters = Filters(sources=many.sources, kinds=many.kinds, since=few)
    narrowing = narrow_by(filters, catalogue)
    assert narrowing.narrow == Filters(since=few)
    assert narrowing.among == pytest.approx(0.3)
    assert np.flatnonzero(narrowing.passes).tolist() == [7, 8, 9]


def test_what_passes_passes_every_filter(catalogue):
    filters = Filters(sources=("الصغرى",), until=date(2001, 6, 1))
    narrowing = narrow_by(filters, catalogue)
    assert narrowing.narrow == filters
    assert narrowing.among == pytest.approx(0.1)
    assert np.flatnonzero(narrowing.passes).tolist() == [0]


def test_parts_are_each_restriction_by_itself():
    since, until = date(2001, 1, 1), date(2002, 1, 1)
    filters = Filters(sources=(), since=since, until=until, languages=("ar",))
    assert filters.parts == (
        Filters(sources=()),
        Filters(since=since, until=until),
        Filters(languages=("ar",)),
    )
    assert filters.without(filters.parts[1]) == Filters(sources=(), languages=("ar",))
