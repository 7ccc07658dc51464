"""Judges whether what a query found answers it at all, so that nonsense finds nothing. Pure.

By meaning every query finds something. What nonsense finds lies hardly nearer than chance puts the
nearest of so many passages, and reading finds little of the query in it. Two numbers tell: the best
cosine, and the best score of the documents read piece by piece, held against what chance gives
nonsense of our own making (`EncoderProfile`), which grows with the logarithm of the passages. Left
out: queries whose words match well, whole sentences, encoders that know no pieces, and searches
among few passages, where nothing can stand out. How often it is right:
`python -m search.evaluation --nonsense`.
"""

from dataclasses import dataclass
from math import log

from search.encoders.identity import PieceReader
from search.encoders.profile import EncoderProfile
from search.index.candidates import Scores
from search.language.analysis import content_words
from search.plan import QueryPlan
from search.ranking.rankings import Ranking
from search.records import Confidence

# How well the words match at best, from where on an answer is never nothing.
_MATCHING = 0.25
_FEWEST_PASSAGES = 100
# Words from which on a query is a pasted sentence: nobody makes up such nonsense. Of 1,916 French
# sentences whose translation was found, 17 are hidden with this line, and 27 were without.
_SENTENCE = 13
# The cosine says twice as much as the reading; 1.4 to 3 times does as well. Ten other signs told
# apart no better, and hid a quarter to a half of the queries in Latin-script Moroccan Arabic.
_WEIGHT_OF_COSINE = 2.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells whether a query was answered."""

    strength: float  # how well the words matched at best, 0 to 1
    semantic: Ranking
    searched: int  # passages searched by vector
    readings: Scores  # of the first documents, read piece by piece


def judge(
    plan: QueryPlan, reader: PieceReader, signs: Signs, profile: EncoderProfile
) -> Confidence:
    """Judge the documents that a query found."""
    if plan.demands_more_than_words or signs.strength >= _MATCHING or not len(signs.readings):
        return Confidence.HIGH
    spans = content_words(plan.text)
    words = [plan.text[span.start : span.end] for span in spans]
    if _is_made_up(words, reader, signs, profile):
        return Confidence.ABSTAIN
    if signs.searched < _FEWEST_PASSAGES or len(words) >= _SENTENCE:
        return Confidence.HIGH
    best_cosine = float(signs.semantic.candidates.score[0])
    evidence = _WEIGHT_OF_COSINE * best_cosine + float(signs.readings.max())
    by_chance = profile.chance + profile.chance_per_log_passages * log(signs.searched)
    beyond_chance = evidence - by_chance
    if beyond_chance < -profile.nothing_below_chance:
        return Confidence.ABSTAIN
    return Confidence.LOW if beyond_chance < profile.doubt_above_chance else Confidence.HIGH


def _is_made_up(
    words: list[str], reader: PieceReader, signs: Signs, profile: EncoderProfile
) -> bool:
    """Return whether the words are none to anybody, nor slips of words that the archive holds."""
    if sum(map(reader.knows, words)) <= len(words) / 2:
        return True
    pieces = [reader.count_pieces(word) for word in words]
    letters = sum(map(len, words))
    is_broken = min(pieces) > 1 and letters <= profile.letters_a_piece * sum(pieces)
    return is_broken and not signs.strength
