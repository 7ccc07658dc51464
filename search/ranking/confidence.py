"""Judge whether the documents found for a query answer it, so that nonsense finds nothing.

Semantic search finds something for every query. Six features show whether it is an answer: the best
cosine by both levels together and by the second alone, the best score of late interaction, how well
the words matched, the number of words, and the number of passages searched, since the nearest of
many passages is nearer by chance. A
logistic regression on judged queries, on questions that an archive cannot answer and on nonsense
turns the features into log-odds (`EncoderProfile`); every weight has the sign that a reader would
expect. The features do not apply to queries that match well or demand more than words, to whole
sentences, to encoders that know no pieces, to searches among few passages, where no passage can
stand out, and to those among passages that all lack a vector of the second level yet.
All functions are pure. `python -m search.evaluation --nonsense` measures the error rates.
"""

from dataclasses import dataclass
from math import log

from search.encoders.identity import PieceEncoder
from search.encoders.profile import EncoderProfile
from search.language.analysis import content_words
from search.plan import QueryPlan
from search.ranking.rankings import Ranking
from search.ranking.reranking import InteractionScores
from search.records import Confidence

# Strength of the word match from which on a query that some document matches is never in doubt.
# Without a matching document the words only resemble one another, or stand in different texts.
_MATCHES_WELL = 0.75
# Strength from which on the engine never abstains: a document holds a word of the query.
_HOLDS_A_WORD = 0.25
# Length in words up to which a query that some document matches is never in doubt: the document
# holds all of its words.
_ALL_MATCHED = 3
_MIN_PASSAGES = 100
# Length in words from which on a query is a pasted sentence, which is never nonsense.
_SENTENCE = 13
# Length in words above which a longer query adds no certainty; a single word matches by chance.
_MAX_WORDS_COUNTED = 6


@dataclass(frozen=True, slots=True)
class ConfidenceFeatures:
    """The features of a query and its candidates; the odds depend on the first six."""

    cosine: float  # of the nearest passage, by both levels
    context: float  # of the nearest passage, by the second level; 0 where there is none
    interaction: float  # best score of late interaction, up to the highest of the encoder
    strength: float  # of the best match by words, 0 to 1
    length: float  # logarithm of the number of content words, at most six
    passages: float  # logarithm of the number of passages searched
    is_made_up: bool
    is_beyond_doubt: bool  # whatever the odds are

    def numbers(self) -> tuple[float, ...]:
        return (
            self.cosine,
            self.context,
            self.interaction,
            self.strength,
            self.length,
            self.passages,
        )


def compute_features(
    plan: QueryPlan,
    piece_encoder: PieceEncoder,
    *,
    strength: float,
    semantic: Ranking,
    context: float | None,
    searched: int,
    interaction: InteractionScores,
    profile: EncoderProfile,
    has_matches: bool,
) -> ConfidenceFeatures:
    """Compute the features of a query.

    `strength` is that of the best match by words, 0 to 1, and `context` the cosine of the nearest
    passage of the second level, None where no passage in scope has a vector there.
    """
    words = [plan.text[span.start : span.end] for span in content_words(plan.text)]
    has_no_scores = not len(interaction.passages) or not len(semantic.candidates)
    has_all_scores = context is not None or not profile.answered_by_context
    can_be_judged = has_all_scores and searched >= _MIN_PASSAGES and len(words) < _SENTENCE
    is_matched = has_matches and (strength >= _MATCHES_WELL or len(words) <= _ALL_MATCHED)
    is_made_up = _is_made_up(words, piece_encoder, strength, profile)
    return ConfidenceFeatures(
        cosine=0.0 if has_no_scores else float(semantic.candidates.score[0]),
        context=context or 0.0,
        interaction=0.0 if has_no_scores else float(interaction.passages.max()),
        strength=strength,
        length=log(max(1, min(len(words), _MAX_WORDS_COUNTED))),
        passages=log(max(1, searched)),
        is_made_up=is_made_up,
        is_beyond_doubt=has_no_scores
        or plan.demands_more_than_words
        or is_matched
        or not (can_be_judged or is_made_up),
    )


def judge(
    features: ConfidenceFeatures, profile: EncoderProfile, *, has_matches: bool
) -> Confidence:
    """Return the confidence in the documents that a query found; matches are never hidden."""
    if features.is_beyond_doubt:
        return Confidence.HIGH
    odds = profile.odds(features.numbers())
    if (features.is_made_up or odds < profile.nothing_below) and features.strength < _HOLDS_A_WORD:
        return Confidence.LOW if has_matches else Confidence.ABSTAIN
    return Confidence.LOW if odds < profile.doubted_below else Confidence.HIGH


def _is_made_up(
    words: list[str], piece_encoder: PieceEncoder, strength: float, profile: EncoderProfile
) -> bool:
    """Return whether the words are made up: no known words, nor misspelt words of the archive."""
    if sum(map(piece_encoder.knows, words)) <= len(words) / 2:
        return True
    pieces = [piece_encoder.count_pieces(word) for word in words]
    letters = sum(map(len, words))
    is_broken = min(pieces) > 1 and letters <= profile.letters_a_piece * sum(pieces)
    return is_broken and not strength
