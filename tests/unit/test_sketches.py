"""Sketches of texts, found by the bands that they share."""

import numpy as np

from search.index.catalogue.sketches import SketchIndex

BANDS, MOST = 28, 32


def sketch(number):
    """Return a sketch that shares no band with the sketch of another number."""
    return (np.arange(BANDS, dtype="<u4") + 10**7 + number * BANDS).astype("<u4").tobytes()


def test_candidates_are_ordered_by_shared_bands_then_by_age():
    index = SketchIndex([(1, sketch(1)), (2, sketch(1)), (3, sketch(3))])
    mixed = sketch(3)[:8] + sketch(1)[8:]
    assert index.candidates(mixed, MOST) == [1, 2, 3]
    index.add(4, mixed)
    assert index.candidates(mixed, MOST) == [4, 1, 2, 3]
    assert index.candidates(mixed, 2) == [4, 1, 2]  # which shares half of the bands
    assert index.candidates(sketch(9), MOST) == []


def test_an_index_that_grew_has_the_candidates_of_one_that_was_opened():
    count = 5000  # enough for several runs to be sorted and merged
    sketches = [(row, sketch(row % 1700)) for row in range(count)]
    grown = SketchIndex()
    for row, added in sketches:
        grown.add(row, added)
    opened = SketchIndex(sketches)
    for number in (0, 7, 1699):
        expected = list(range(number, count, 1700))
        assert grown.candidates(sketch(number), MOST) == expected
        assert opened.candidates(sketch(number), MOST) == expected
