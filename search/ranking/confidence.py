"""Judges whether anything that a query found is any good, so that nonsense finds nothing.

By meaning every query finds something. What nonsense finds lies hardly nearer than chance puts the
nearest of so many passages, and a closer reading finds little of the query in it. Two numbers tell:
the best cosine, and the best score of the documents read piece by piece, held against what chance
gives nonsense of our own making over nine archives of training text, which grows with the logarithm
of their passages. Left out: queries whose words match well, whole sentences, encoders that know no
pieces, and searches among few passages, where nothing can stand out. How often it is right:
`python -m search.evaluation --nonsense`.
"""

from dataclasses import dataclass
from enum import Enum, auto
from math import log

from search.encoders.identity import PieceReader
from search.language.analysis import content_words
from search.query.planning import Interpretation
from search.ranking.fusion import Ranking, Scores

# How well the words match at best, from where on it is never nothing.
_MATCHING = 0.25
_FEWEST_PASSAGES = 100
_LETTERS_A_PIECE = 2.1  # a rare word falls into syllables and affixes, what is none into letters
# Words from where on a query is a sentence that somebody pasted: nobody makes up such nonsense. Of
# 1,916 French sentences whose translation was found, 17 are hidden with it, and 27 were without.
_SENTENCE = 13
# The cosine says twice as much as the reading; from 1.4 to 3 times does as well. Ten signs, among
# them how far the best stands out, how many words are known whole, and how near the best ten are to
# one another, told apart no better what had not been trained on, and hid a quarter to a half of
# what was asked in Moroccan Arabic in Latin letters.
_WEIGHT_OF_COSINE = 2.0
# So far below what chance gives on average is nothing: some of what was meant finds little more
# than chance does. Of queries made from news that a table of the same kind was not trained on, and
# that found their article among the first ten, this hides 1.5 % of the French ones, 3 % of the
# English, 10 % of those in Latin-script Moroccan, and of the Arabic ones next to none (of misspelt
# ones 3 %); of such queries of what the shipped table was trained on, none, none and 4 %.
_LENIENCE = 0.1
# Up to so far above it is doubtful. Chosen on what it then says of the judged queries and nonsense
# of data/eval: of the nonsense 91 % are hidden or in doubt, of the judged 20 %, half of them
# paraphrases; of other queries that found their article, .5 % of Saudi titles, 16 % of XQuAD's
# English questions, 10 % of MLQA's, 11 % of French sentences. At 0: 80, 7, .5, 7, 4, 7 %.
_DOUBT = 0.1


class Worth(Enum):
    """What is to be thought of what a query found."""

    NOTHING = auto()  # none of it is worth showing
    DOUBTFUL = auto()  # the nearest there is, and likely on something else
    GOOD = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found, and how well."""

    strength: float  # how well the words matched at best, 0 to 1
    semantic: Ranking
    searched: int  # passages by meaning
    read: Scores  # of the first documents found, read piece by piece


def judge(asked: Interpretation, reader: PieceReader, answer: Answer) -> Worth:
    """Judge the documents that a query found."""
    if asked.lexical.is_narrow or answer.strength >= _MATCHING or not len(answer.read):
        return Worth.GOOD
    words = content_words(asked.text)
    written = [asked.text[word.start : word.end] for word in words]
    if sum(map(reader.knows, written)) <= len(written) / 2:
        return Worth.NOTHING
    pieces = [reader.count_pieces(word) for word in written]
    is_broken = min(pieces) > 1 and sum(map(len, written)) <= _LETTERS_A_PIECE * sum(pieces)
    if is_broken and not answer.strength:
        return Worth.NOTHING  # no word of it, nor any that it may be a slip of, is one to anybody
    if answer.searched < _FEWEST_PASSAGES or len(words) >= _SENTENCE:
        return Worth.GOOD
    found = _WEIGHT_OF_COSINE * float(answer.semantic.scores[0]) + float(answer.read.max())
    beyond_chance = found - _expected_by_chance(answer.searched)
    if beyond_chance < -_LENIENCE:
        return Worth.NOTHING
    return Worth.DOUBTFUL if beyond_chance < _DOUBT else Worth.GOOD


def _expected_by_chance(passages: int) -> float:
    """Give what nonsense finds among so many passages: cosine, doubled, and reading together.

    Measured on archives of 250 to 16,000 passages.
    """
    return 0.365 + 0.065 * log(passages)
