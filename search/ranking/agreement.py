"""Judge whether documents report the same event: by similarity, by shared names, and by time.

Each sign adds to the log-odds that the event is the same, so that no single sign decides. The
similarity of each level of vectors becomes log-odds by the profile of its encoder. The names of a
document are the content words of its title and beginning that are rare in the archive. All
functions are pure.
"""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Encoder, Vectors
from search.index import TermStatistics
from search.index.candidates import NO_DAY, Codes, Mask, Scores
from search.language.analysis import content_words
from search.records import Document

Names = Mapping[str, float]

_LEAD_WORDS = 100  # of the text: a report names those concerned in its first paragraphs
_RARE_SHARE = 0.01  # of the passages; a word of more passages names nothing
# The weights of names and days beside those of the profiles, fitted together with them.
_BY_NAMES = 4.0
_BY_DAY = -0.3
# An undated document counts as this many days away, so that only a very similar one agrees.
_UNDATED_DAYS = 14
_LEAST_SHARE = 1 / 3  # of the members that a further member agrees with


def names_of(document: Document, terms: TermStatistics) -> Names:
    """Return the rare words of a document's title and beginning, with the weight of each.

    The weights are squares of inverse document frequencies, as in the cosine of two texts.
    """
    lead = " ".join(document.text.split(maxsplit=_LEAD_WORDS)[:_LEAD_WORDS])
    most = max(2.0, _RARE_SHARE * terms.passages)
    weights = {}
    for word in content_words(f"{document.title}\n{lead}"):
        frequency = terms.frequency(word.term)
        if 1 < frequency <= most:  # a word of one passage is shared with no other
            weights[word.term] = log(1 + terms.passages / frequency) ** 2
    return weights


def agree(
    base: Vectors, context: Vectors | None, names: Sequence[Names], days: Codes, encoder: Encoder
) -> Scores:
    """Return the log-odds that each two documents report the same event: `(n, n)` float64.

    `base` and `context` hold the mean vector of each document on each level, a row of NaN where
    there is none. `days` are `date.toordinal()`, or NO_DAY.
    """
    table = encoder.profile
    odds = table.event + table.event_by_cosine * _cosines(base)
    if context is not None and encoder.context is not None:
        second = encoder.context.profile
        by_context = second.event + second.event_by_cosine * _cosines(context)
        weight = second.weight_beside_table
        mixed = (1 - weight) * odds + weight * by_context
        odds = np.where(np.isnan(by_context), odds, mixed)
    agreement: Scores = odds + _BY_NAMES * _share_names(names) + _BY_DAY * _days_apart(days)
    return agreement


def grow(agreement: Scores, *, threshold: float) -> Mask:
    """Return which documents belong to the story of the first.

    A document belongs where it agrees with the first, or with at least two members and a share of
    all: in a chain of documents that each agree with the one before, the last may be about another
    event.
    """
    agrees = agreement >= threshold
    members: Mask = agrees[0].copy()
    members[0] = True
    while True:
        least = max(2.0, _LEAST_SHARE * np.count_nonzero(members))
        grown = members | (np.count_nonzero(agrees[:, members], axis=1) >= least)
        if np.array_equal(grown, members):
            return members
        members = grown


def _cosines(vectors: Vectors) -> Scores:
    return (vectors @ vectors.T).astype(np.float64)


def _share_names(names: Sequence[Names]) -> Scores:
    """Return the cosine of the names of each two documents, 0 to 1."""
    columns = {name: column for column, name in enumerate(dict.fromkeys(n for own in names for n in own))}
    matrix = np.zeros((len(names), len(columns)))
    for row, own in enumerate(names):
        for name, weight in own.items():
            matrix[row, columns[name]] = weight**0.5
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.maximum(lengths, 1e-12)
    shared: Scores = matrix @ matrix.T
    return shared


def _days_apart(days: Codes) -> npt.NDArray[np.int32]:
    apart = np.abs(days[:, None] - days)
    is_undated = days == NO_DAY
    apart[is_undated[:, None] | is_undated] = _UNDATED_DAYS
    return apart
