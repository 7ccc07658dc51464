"""Judge which documents report the same event: by similarity, by shared names, and by time.

Each sign adds to the log-odds that a document reports the event of a story, so that no single sign
decides. The similarity of each level of vectors counts by the profile of its encoder. The names of
a document are the words of its title and beginning that are rare in the archive. A document is
compared with the mean of a story's members, as in Rocchio's relevance feedback (1971). All
functions are pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np

from search.encoders.identity import Encoder, Vectors
from search.index import TermStatistics
from search.index.candidates import NO_DAY, Codes, Mask, Scores
from search.language.analysis import terms as terms_of
from search.records import Document

Names = Mapping[str, float]

# The constants below, and those of an event in the profiles, were chosen on 20 labelled events
# (`tests.benchmarks.stories`). Without names, the mean F1 of these events falls from .77 to .69.
_BY_NAMES = 10.0  # where all names are shared
_MOST_SHARED = 0.6  # of the names of two reports that are not copies
_BY_DAY = -0.3
_UNDATED_DAYS = 14  # an undated document counts as this many days away: it must be very similar
_SEED_SHARE = 0.3  # the share of the seed in the mean, beside its share as a member: against drift

# Log-odds by which a member may agree less with the seed than with the story. Over the table alone,
# the mean precision of the events rises from .79 to .85, and the mean recall falls from .83 to .81.
_MOST_BELOW = 3.0

_LEAD_WORDS = 60  # a report names those concerned first; with 250 words, F1 is .02 lower
_RARE_SHARE = 0.01  # of the passages; a word of more passages names nothing
_RARE = 5  # passages, in a small archive
_IN_TITLE = 2.0  # weight of a name in the title


@dataclass(frozen=True, slots=True)
class Signs:
    """What is compared of several documents, a row or an element for each.

    `base` and `context` are the means of the vectors of a document's passages on each level, unit
    rows; a row of `context` is NaN where a passage has no vector there. `days` are
    `date.toordinal()`, or NO_DAY. `names` holds unit rows of the weights of the names. It is None
    while the texts are unread: then as many names count as shared as two reports may share.
    """

    base: Vectors
    context: Vectors | None
    days: Codes
    names: Vectors | None


def names_of(document: Document, terms: TermStatistics) -> Names:
    """Return the rare words of a document's title and beginning, each with its weight.

    The weight is the square of the inverse document frequency.
    """
    in_title = set(terms_of(document.title))
    in_lead = terms_of(" ".join(document.text.split(maxsplit=_LEAD_WORDS)[:_LEAD_WORDS]))
    passages = terms.passages
    most = max(_RARE, _RARE_SHARE * passages)
    frequencies = {term: terms.frequency(term) for term in in_title.union(in_lead)}
    return {
        term: log(1 + passages / frequency) ** 2 * (_IN_TITLE if term in in_title else 1.0)
        for term, frequency in frequencies.items()
        if 1 < frequency <= most  # a word of one passage is shared with no other
    }


def build_names_matrix(names: Sequence[Names]) -> Vectors:
    """Return a unit row for each document, and a column for each name of any of them."""
    columns = {
        name: column for column, name in enumerate(dict.fromkeys(n for o in names for n in o))
    }
    matrix = np.zeros((len(names), len(columns)), np.float32)
    for row, own in enumerate(names):
        matrix[row, [columns[name] for name in own]] = list(own.values())
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Vectors = matrix / np.maximum(lengths, 1e-12)
    return unit


def grow_story(signs: Signs, seed: int, encoder: Encoder, *, threshold: float) -> Mask:
    """Return which documents belong to the story of one of them, which is the seed.

    Documents that agree with the mean of the members become members, until none is left. They must
    also agree with the seed, if less, because the mean of a story of fires is near to every fire.
    """
    members: Mask = np.arange(len(signs.days)) == seed
    near_seed = agree(_dated_as(signs, seed), members, seed, encoder) >= threshold - _MOST_BELOW
    while True:
        grown = members | (near_seed & (agree(signs, members, seed, encoder) >= threshold))
        if np.array_equal(grown, members):
            return members
        members = grown


def _dated_as(signs: Signs, seed: int) -> Signs:
    """Return the signs with the seed's day where a day is unknown, or with one day for all."""
    day = signs.days[seed]
    days = signs.days if day != NO_DAY else np.ones_like(signs.days)
    return replace(signs, days=np.where(days == NO_DAY, day, days))


def agree(signs: Signs, members: Mask, seed: int, encoder: Encoder) -> Scores:
    """Return the log-odds that each document reports the event of a story."""
    weights = members * ((1 - _SEED_SHARE) / np.count_nonzero(members))
    weights[seed] += _SEED_SHARE
    return _weigh(
        encoder,
        _cosines(signs.base, weights),
        None if signs.context is None else _cosines_of_known(signs.context, weights),
        _MOST_SHARED if signs.names is None else _cosines(signs.names, weights),
        _days_away(signs.days, members),
    )


def agree_in_pairs(signs: Signs, encoder: Encoder) -> Scores:
    """Return the log-odds that two documents report one event: `(n, n)`, where `names` is None.

    A row is what `agree` returns for the story of one document alone.
    """
    is_dated = signs.days != NO_DAY
    away = np.abs(np.subtract.outer(signs.days, signs.days)).astype(np.float64)
    away[~np.logical_and.outer(is_dated, is_dated)] = _UNDATED_DAYS
    context = None if signs.context is None else signs.context @ signs.context.T
    return _weigh(encoder, signs.base @ signs.base.T, context, _MOST_SHARED, away)


def _weigh(
    encoder: Encoder,
    by_base: Vectors | Scores,
    by_context: Vectors | Scores | None,
    shared_names: Scores | float,
    days_away: Scores,
) -> Scores:
    """Return the log-odds of the signs; a NaN of the second level leaves the first alone."""
    table = encoder.profile
    odds = table.event + table.event_by_cosine * by_base
    if by_context is not None and encoder.context is not None:
        second = encoder.context.profile
        of_context = second.event + second.event_by_cosine * by_context
        share = second.weight_beside_table
        odds = np.where(np.isnan(of_context), odds, (1 - share) * odds + share * of_context)
    agreement: Scores = odds + _BY_NAMES * shared_names + _BY_DAY * days_away
    return agreement


def _cosines(rows: Vectors, weights: Scores) -> Scores:
    """Return the cosine of each unit row to the weighted mean of the rows."""
    mean = weights.astype(np.float32) @ rows
    cosines: Scores = (rows @ mean).astype(np.float64) / max(sqrt(mean @ mean), 1e-12)
    return cosines


def _cosines_of_known(rows: Vectors, weights: Scores) -> Scores:
    """Return the cosines to the mean of the rows that have numbers; NaN where there is none."""
    has_numbers = ~np.isnan(rows[:, 0])
    if has_numbers.all():
        return _cosines(rows, weights)
    cosines = np.full(len(rows), np.nan)
    if weights[has_numbers].any():
        cosines[has_numbers] = _cosines(rows[has_numbers], weights[has_numbers])
    return cosines


def _days_away(days: Codes, members: Mask) -> Scores:
    """Return how many days each document is away from the nearest member."""
    dated = days[members & (days != NO_DAY)]
    away = np.full(len(days), float(_UNDATED_DAYS))
    if len(dated):
        is_dated = days != NO_DAY
        away[is_dated] = np.abs(days[is_dated, None] - dated).min(axis=1)
    return away
