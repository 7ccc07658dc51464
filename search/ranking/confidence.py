"""Judge whether the documents found for a query answer it, so that nonsense finds nothing.

Semantic search finds something for every query. Five signs tell whether it is an answer: the best
cosine, the best score of late interaction, how well the words matched, the number of words, and the
number of passages searched, since the nearest of many passages is nearer by chance. A logistic
regression on judged queries, on questions that an archive cannot answer and on nonsense turns the
signs into log-odds (`EncoderProfile`); every weight has the sign that a reader would expect. The
signs do not apply to queries that match well or demand more than words, to whole sentences, to
encoders that know no pieces, and to searches among few passages, where no passage can stand out.
All functions are pure. `python -m search.evaluation --nonsense` measures the error rates.
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

# Strength of the word match from which on a query that some document matches is never in doubt.
# Without a matching document the words only resemble one another, or stand in different texts.
_MATCHING = 0.75
# Strength from which on the engine never abstains: a document holds a word of the query.
_HELD = 0.25
# Length in words up to which a query that some document matches is never in doubt: the document
# holds all of its words.
_ALL_MATCHED = 3
_FEWEST_PASSAGES = 100
# Length in words from which on a query is a pasted sentence, which is never nonsense.
_SENTENCE = 13
# Length in words above which a longer query adds no certainty; a single word matches by chance.
_TELLING = 6


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of whether a query was answered; the first five decide the odds."""

    cosine: float  # of the nearest passage
    reading: float  # best score of late interaction, up to the highest of the encoder
    strength: float  # of the best match by words, 0 to 1
    length: float  # logarithm of the number of content words, at most six
    passages: float  # logarithm of the number of passages searched
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
    """Compute the signs of a query; `strength` is that of the best match by words, 0 to 1."""
    words = [plan.text[span.start : span.end] for span in content_words(plan.text)]
    is_unread = not len(reading.passages) or not len(semantic.candidates)
    is_telling = searched >= _FEWEST_PASSAGES and len(words) < _SENTENCE
    is_matched = has_matches and (strength >= _MATCHING or len(words) <= _ALL_MATCHED)
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
    """Return the confidence in the documents that a query found."""
    if signs.is_beyond_doubt:
        return Confidence.HIGH
    odds = profile.odds(signs.numbers())
    if (signs.is_made_up or odds < profile.nothing_below) and signs.strength < _HELD:
        return Confidence.ABSTAIN
    return Confidence.LOW if odds < profile.doubted_below else Confidence.HIGH


def _is_made_up(
    words: list[str], reader: PieceReader, strength: float, profile: EncoderProfile
) -> bool:
    """Return whether the words are made up: no known words, nor misspelt words of the archive."""
    if sum(map(reader.knows, words)) <= len(words) / 2:
        return True
    pieces = [reader.count_pieces(word) for word in words]
    letters = sum(map(len, words))
    is_broken = min(pieces) > 1 and letters <= profile.letters_a_piece * sum(pieces)
    return is_broken and not strength
