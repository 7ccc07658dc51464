"""The scores of two encoders become one score, in units of the first encoder."""

import numpy as np
import pytest

from search.ranking.levels import score_by_both

NAN = np.nan


def scores_of(base, context):
    return score_by_both(np.array(base, np.float32), np.array(context, np.float32), weight=0.65)


def test_the_second_encoder_ranks_alone_where_the_first_scores_all_alike():
    context = np.linspace(0.2, 0.8, 25)
    scores = scores_of(np.zeros(25), context)
    assert (np.diff(scores) > 0).all()
    assert scores.mean() == pytest.approx(0, abs=1e-6)  # the mean of the first encoder's scores
    assert np.argsort(scores_of(np.zeros(3), [0.2, 0.8, 0.5])).tolist() == [0, 2, 1]
    not_encoded = scores_of(np.zeros(26), [*context, NAN])[25]
    assert not_encoded == pytest.approx(0, abs=1e-6)


def test_the_first_encoder_ranks_alone_where_the_second_scores_all_alike_or_none():
    base = np.linspace(0.1, 0.4, 25)
    assert scores_of(base, np.full(25, 0.9)) == pytest.approx(base, abs=1e-6)
    assert scores_of(base, np.full(25, NAN)) == pytest.approx(base, abs=1e-6)


def test_a_passage_without_the_second_score_gets_its_likeliest_value():
    """Where the encoders do not correlate, that is the mean; the sum is spread as the first is."""
    scores = scores_of([*[1.0, -1.0, 1.0, -1.0] * 6, 2.0], [*[1.0, 1.0, -1.0, -1.0] * 6, NAN])
    width = (0.35**2 + 0.65**2) ** 0.5
    expected = [1.0, -0.35 + 0.65, 0.35 - 0.65, -1.0]
    assert scores[:4] == pytest.approx(np.array(expected) / width, abs=1e-6)
    assert scores[24] == pytest.approx(0.35 * 2.0 / width, abs=1e-6)


def test_an_encoder_that_agrees_with_the_first_changes_no_score():
    base = np.linspace(0.1, 0.4, 25)
    assert scores_of(base, 0.7 + 0.5 * base) == pytest.approx(base, abs=1e-6)
