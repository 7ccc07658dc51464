"""Tells whether anything that a query found is any good, so that nonsense is answered with nothing.

By meaning every query finds something. What nonsense finds lies no nearer than chance puts the
nearest of so many passages, does not stand out, and is not what a closer reading finds best. A
logistic score of such signs, learnt on queries and nonsense of our own making over nine archives
of training text (`Signs.score`), is held against a bound that .2 % of the training queries with an
answer fell below. With the table shipped since, 1 % of those in French and English do, and 23 % of
made-up Moroccan Arabic in Latin letters. Left out: queries whose words match well, whole sentences,
encoders that know no pieces, and searches among few passages, where nothing can stand out. How
often it is right:
`python -m search.evaluation --nonsense`.
"""

from dataclasses import dataclass
from math import log

from search.archive.snapshot import Snapshot
from search.candidates import Found
from search.encoders.identity import PieceReader
from search.fusion import Ranking, Scores
from search.interpretation import Interpretation
from search.text import content_words

# How well the words match at best, from where on it is never nothing.
_MATCHING = 0.25
_FEWEST_PASSAGES = 100
_LETTERS_A_PIECE = 2.1  # a rare word falls into syllables and affixes, what is none into letters
_LEAST = -3.119
# In a small archive what answers a query in other words stands out less, and to hide it is worse
# than to show noise: the bound falls with the logarithm of the passages.
_SMALL, _MILDNESS = 2000, 2.0
_MOST_WORDS = 8  # that count: longer queries were not learnt from
# Words from where on a query is a sentence that somebody pasted: nobody makes up such nonsense, and
# of 1,997 French sentences the score hid 1 % behind which their translation was found.
_SENTENCE = 13
_PLACES_BEHIND = 51


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a query's answer."""

    passages: int  # that were searched
    nearest: float  # the best cosine
    lead: float  # of it before the one 50 places behind
    read: float  # the best score of those read piece by piece
    read_nearness: float  # the cosine of that one
    words: int
    pieces_a_word: float
    whole_words: float  # share that the encoder knows as one piece
    held_words: float  # share that the archive holds
    information: float  # mean squared length of the query's pieces

    @property
    def score(self) -> float:
        """Give the logarithm of the odds that the query means something found.

        Of so many passages chance alone puts one about `by_chance` near; that was measured on
        archives of 300 to 90,000 passages, and grows with their logarithm.
        """
        by_chance = 0.088 + 0.0172 * log(self.passages)
        read_by_chance = 0.17 + 0.018 * log(self.passages)
        return (
            1.719
            + 4.968 * (self.nearest - by_chance)
            + 15.569 * self.lead
            + 9.538 * (self.read - read_by_chance)
            + 7.002 * (self.read_nearness - by_chance)
            - 1.6 * log(min(self.words, _MOST_WORDS))
            - 1.069 * self.pieces_a_word
            + 2.506 * self.whole_words
            - 1.37 * self.held_words
            - 0.012 * self.information
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found, and how well."""

    strength: float  # how well the words matched at best, 0 to 1
    semantic: Ranking
    searched: int  # passages by meaning
    found: Found
    read: Scores  # of the first documents found, read piece by piece


def is_nothing(
    asked: Interpretation, snapshot: Snapshot, reader: PieceReader, answer: Answer
) -> bool:
    """Tell whether none of the documents found is worth showing."""
    if asked.lexical.is_narrow or answer.strength >= _MATCHING or not len(answer.read):
        return False
    words = content_words(asked.text)
    written = [asked.text[word.start : word.end] for word in words]
    if sum(map(reader.knows, written)) <= len(written) / 2:
        return True
    pieces = [reader.count_pieces(word) for word in written]
    is_broken = min(pieces) > 1 and sum(map(len, written)) <= _LETTERS_A_PIECE * sum(pieces)
    if is_broken and not answer.strength:
        return True  # no word of it, nor any that it may be a slip of, is one to anybody
    if answer.searched < _FEWEST_PASSAGES or len(words) >= _SENTENCE:
        return False
    held = [snapshot.lexical.frequency(word.term) > 0 for word in words]
    least = _LEAST - _MILDNESS * max(0.0, log(_SMALL / answer.searched))
    return _signs(asked.text, written, held, reader, answer).score < least


def _signs(
    text: str, written: list[str], held: list[bool], reader: PieceReader, answer: Answer
) -> Signs:
    semantic, best = answer.semantic, int(answer.read.argmax())
    of_best = semantic.scores[semantic.positions == answer.found.positions[best]]
    pieces = [reader.count_pieces(word) for word in written]
    return Signs(
        passages=answer.searched,
        nearest=float(semantic.scores[0]),
        lead=float(semantic.scores[0] - semantic.scores[:_PLACES_BEHIND][-1]),
        read=float(answer.read[best]),
        read_nearness=float(of_best[0]) if len(of_best) else 0.0,
        words=len(written),
        pieces_a_word=sum(pieces) / len(pieces),
        whole_words=pieces.count(1) / len(pieces),
        held_words=sum(held) / len(held),
        information=reader.information(text),
    )
