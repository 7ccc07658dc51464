"""What is hidden, doubted and shown with confidence, by the features of a query and its answer."""

from dataclasses import replace

import numpy as np

from search.encoders.loading import load_encoder
from search.encoders.profile import EncoderProfile
from search.plan import QueryPlan, Scope
from search.ranking.confidence import ConfidenceFeatures, compute_features, judge
from search.ranking.rankings import Ranking
from search.ranking.reranking import InteractionScores
from search.records import Confidence
from tests.candidates import candidates

HIDDEN, DOUBTED = Confidence.ABSTAIN, Confidence.LOW
FAR = ConfidenceFeatures(
    cosine=0.1,
    context=0.0,
    interaction=0.1,
    strength=0.0,
    length=0.7,
    passages=10.0,
    is_made_up=False,
    is_beyond_doubt=False,
)


def test_nothing_is_hidden_that_holds_a_word_or_matches():
    made_up = replace(FAR, is_made_up=True)
    expected = [
        (FAR, False, HIDDEN),
        (FAR, True, DOUBTED),
        (made_up, False, HIDDEN),
        (replace(FAR, strength=0.24), False, HIDDEN),
        (replace(FAR, strength=0.25), False, DOUBTED),
        (replace(made_up, strength=0.25), False, DOUBTED),  # a rare name of one document
        (replace(FAR, is_beyond_doubt=True), False, Confidence.HIGH),
    ]
    judged = [
        judge(features, EncoderProfile(), has_matches=has_matches)
        for features, has_matches, _ in expected
    ]
    assert judged == [confidence for *_, confidence in expected]


def features_of(
    text, *, strength=0.0, searched=1000, context=None, by_context=0.0, has_matches=False
):
    return compute_features(
        QueryPlan(text, words=(), scope=Scope()),
        load_encoder().pieces,
        strength=strength,
        semantic=Ranking(candidates(["far"], scores=[0.1])),
        context=context,
        searched=searched,
        interaction=InteractionScores(np.zeros(1), np.array([0.1])),
        profile=replace(EncoderProfile(), answered_by_context=by_context),
        has_matches=has_matches,
    )


def is_beyond_doubt(words, **signs):
    return features_of(" ".join(["زيتون"] * words), **signs).is_beyond_doubt


def test_a_word_of_many_pieces_is_made_up_unless_the_archive_holds_a_word_like_it():
    made_up = [features_of("طنجاوي", strength=strength).is_made_up for strength in (0.0, 0.1)]
    assert made_up == [True, False]


def test_a_match_of_more_than_three_words_is_in_doubt_unless_it_is_strong():
    in_doubt = [
        (words, strength)
        for words in (3, 4)
        for strength in (0.74, 0.75)
        if not is_beyond_doubt(words, strength=strength, has_matches=True)
    ]
    assert in_doubt == [(4, 0.74)]


def test_a_pasted_sentence_and_a_search_of_too_few_vectors_are_never_in_doubt():
    assert [is_beyond_doubt(words) for words in (12, 13)] == [False, True]
    assert [is_beyond_doubt(5, searched=searched) for searched in (99, 100)] == [True, False]
    contexts = ((None, 0.0), (None, 30.0), (0.8, 30.0))  # the second: no vector is there yet
    assert [
        is_beyond_doubt(5, context=context, by_context=by_context)
        for context, by_context in contexts
    ] == [False, True, False]
