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
from search.language.analysis import terms as terms_of
from search.records import Document

Names = Mapping[str, float]

_LEAD_WORDS = 100  # of the text: a report names those concerned in its first paragraphs
_RARE_SHARE = 0.01  # of the passages; a word of more passages names nothing
# The weights of names and days beside those of the profiles, fitted together with them.
MOST_BY_NAMES = 4.0
_BY_DAY = -0.3
# An undated document counts as this many days away, so that only a very similar one agrees.
_UNDATED_DAYS = 14
_LEAST_SHARE = 1 / 3  # of the members that a further member agrees with


def names_of(document: Document, terms: TermStatistics) -> Names:
    """Return the rare words of a document's title and beginning, each with its weight.

    The weight is the inverse document frequency.
    """
    lead = " ".join(document.text.split(maxsplit=_LEAD_WORDS)[:_LEAD_WORDS])
    most = max(2.0, _RARE_SHARE * terms.passages)
    frequencies = {
        term: terms.frequency(term) for term in set(terms_of(f"{document.title}\n{lead}"))
    }
    return {
        term: log(1 + terms.passages / frequency)
        for term, frequency in frequencies.items()
        if 1 < frequency <= most  # a word of one passage is shared with no other
    }


def agree_in_meaning(
    base: Vectors, context: Vectors | None, days: Codes, encoder: Encoder
) -> Scores:
    """Return the log-odds that each two documents report the same event, names aside: `(n, n)`.

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
    agreement: Scores = odds + _BY_DAY * _days_apart(days)
    return agreement


def agree_in_names(names: Sequence[Names]) -> Scores:
    """Return what shared names add to the log-odds of each two documents, 0 to `MOST_BY_NAMES`."""
    distinct = dict.fromkeys(name for own in names for name in own)
    columns = {name: column for column, name in enumerate(distinct)}
    matrix = np.zeros((len(names), len(columns)), np.float32)
    for row, own in enumerate(names):
        matrix[row, [columns[name] for name in own]] = list(own.values())
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    agreement: Scores = MOST_BY_NAMES * (matrix @ matrix.T).astype(np.float64)
    return agreement


def grow(agreement: Scores, seed: int, *, threshold: float) -> Mask:
    """Return which documents belong to the story of one of them.

    A document belongs where it agrees with the seed, or with at least two members and a share of
    all: in a chain of documents that each agree with the one before, the last may be about another
    event.
    """
    agrees = agreement >= threshold
    members: Mask = agrees[seed].copy()
    members[seed] = True
    while True:
        least = max(2.0, _LEAST_SHARE * np.count_nonzero(members))
        grown = members | (np.count_nonzero(agrees[:, members], axis=1) >= least)
        if np.array_equal(grown, members):
            return members
        members = grown


def _cosines(vectors: Vectors) -> Scores:
    return (vectors @ vectors.T).astype(np.float64)


def _days_apart(days: Codes) -> npt.NDArray[np.int32]:
    apart = np.abs(days[:, None] - days)
    is_undated = days == NO_DAY
    apart[is_undated[:, None] | is_undated] = _UNDATED_DAYS
    return apart
