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


def test_a_pasted_sentence_and_a_search_of_too_few_vectors_are_never_in_doubt():
    def is_beyond_doubt(words, *, searched=1000, context=None, by_context=0.0):
        features = compute_features(
            QueryPlan(text=" ".join(["زيتون"] * words), words=(), scope=Scope()),
            load_encoder().pieces,
            strength=0.0,
            semantic=Ranking(candidates(["far"], scores=[0.1])),
            context=context,
            searched=searched,
            interaction=InteractionScores(np.zeros(1), np.array([0.1])),
            profile=replace(EncoderProfile(), answered_by_context=by_context),
            has_matches=False,
        )
        return features.is_beyond_doubt

    assert [is_beyond_doubt(words) for words in (12, 13)] == [False, True]
    assert [is_beyond_doubt(5, searched=searched) for searched in (99, 100)] == [True, False]
    contexts = ((None, 0.0), (None, 30.0), (0.8, 30.0))  # the second: no vector is there yet
    assert [
        is_beyond_doubt(5, context=context, by_context=by_context)
        for context, by_context in contexts
    ] == [False, True, False]
