"""Judges whether what a query found answers it at all, so that nonsense finds nothing. Pure.

By meaning every query finds something. Five numbers tell whether it answers: the best cosine, the
best score of a document read piece by piece, how well the words matched, how many words were asked,
and among how many passages was searched, since chance puts the nearest of many nearer. A logistic
regression on judged queries, on questions that an archive cannot answer and on nonsense makes
log-odds of them (`EncoderProfile`); every weight has the sign that a reader would expect. Left out:
queries that match well or demand more than words, whole sentences, encoders that know no pieces,
and searches among few passages, where nothing can stand out. How often it is right:
`python -m search.evaluation --nonsense`.
"""

from dataclasses import dataclass
from math import log

from search.encoders.identity import PieceReader
from search.encoders.profile import EncoderProfile
from search.language.analysis import content_words
from search.plan import QueryPlan
from search.ranking.rankings import Ranking
from search.ranking.reranking import Reading
from search.records import Confidence

# How well the words match at best, from where on an answer is never in doubt.
_MATCHING = 0.75
# From where on an answer is never nothing: a document holds a word that was asked for.
_HELD = 0.25
# Words up to which a query that documents match is never in doubt: they hold all of them.
_ALL_MATCHED = 3
_FEWEST_PASSAGES = 100
# Words from which on a query is a pasted sentence: nobody makes up such nonsense.
_SENTENCE = 13
# Words up to which more of them say more: chance finds one alone in many texts.
_TELLING = 6


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells whether a query was answered; the first five make the odds."""

    cosine: float  # of the nearest passage
    reading: float  # of the best document read piece by piece, to the most the encoder gives
    strength: float  # how well the words matched at best, 0 to 1
    length: float  # logarithm of the number of content words, of six at most
    passages: float  # logarithm of the number searched
    is_made_up: bool
    is_beyond_doubt: bool  # whatever the odds are

    def numbers(self) -> tuple[float, ...]:
        return self.cosine, self.reading, self.strength, self.length, self.passages


def gather_signs(
    plan: QueryPlan,
    reader: PieceReader,
    *,
    strength: float,
    semantic: Ranking,
    searched: int,
    reading: Reading,
    profile: EncoderProfile,
    has_matches: bool,
) -> Signs:
    """Gather what a query found; `strength` is how well its words matched at best, 0 to 1."""
    words = [plan.text[span.start : span.end] for span in content_words(plan.text)]
    is_unread = not len(reading.passages) or not len(semantic.candidates)
    is_telling = searched >= _FEWEST_PASSAGES and len(words) < _SENTENCE
    is_matched = strength >= _MATCHING or (has_matches and len(words) <= _ALL_MATCHED)
    is_made_up = _is_made_up(words, reader, strength, profile)
    return Signs(
        cosine=0.0 if is_unread else float(semantic.candidates.score[0]),
        reading=0.0 if is_unread else float(reading.passages.max()),
        strength=strength,
        length=log(max(1, min(len(words), _TELLING))),
        passages=log(max(1, searched)),
        is_made_up=is_made_up,
        is_beyond_doubt=is_unread
        or plan.demands_more_than_words
        or is_matched
        or not (is_telling or is_made_up),
    )


def judge(signs: Signs, profile: EncoderProfile) -> Confidence:
    """Judge the documents that a query found."""
    if signs.is_beyond_doubt:
        return Confidence.HIGH
    odds = profile.odds(signs.numbers())
    if (signs.is_made_up or odds < profile.nothing_below) and signs.strength < _HELD:
        return Confidence.ABSTAIN
    return Confidence.LOW if odds < profile.doubted_below else Confidence.HIGH


def _is_made_up(
    words: list[str], reader: PieceReader, strength: float, profile: EncoderProfile
) -> bool:
    """Return whether the words are none to anybody, nor slips of words that the archive holds."""
    if sum(map(reader.knows, words)) <= len(words) / 2:
        return True
    pieces = [reader.count_pieces(word) for word in words]
    letters = sum(map(len, words))
    is_broken = min(pieces) > 1 and letters <= profile.letters_a_piece * sum(pieces)
    return is_broken and not strength
