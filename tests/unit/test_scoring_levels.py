"""Two scores of meaning become one, also where one of the encoders has nothing to say."""

import numpy as np
import pytest

from search.ranking.levels import score_by_both

NAN = np.nan


def scores(base, context):
    return score_by_both(np.array(base, np.float32), np.array(context, np.float32), weight=0.65)


def test_the_second_encoder_ranks_alone_where_the_first_knows_nothing_of_the_query():
    context = np.linspace(0.2, 0.8, 25)
    found = scores(np.zeros(25), context)
    assert (np.diff(found) > 0).all()
    assert found.mean() == pytest.approx(0, abs=1e-6)  # as the first scores are
    few = scores(np.zeros(3), [0.2, 0.8, 0.5])
    assert np.argsort(few).tolist() == [0, 2, 1]
    lacking = scores(np.zeros(26), [*context, NAN])
    assert lacking[25] == pytest.approx(0, abs=1e-6)


def test_the_first_encoder_ranks_alone_where_the_second_says_the_same_of_all():
    base = np.linspace(0.1, 0.4, 25)
    assert scores(base, np.full(25, 0.9)) == pytest.approx(base, abs=1e-6)
    assert scores(base, np.full(25, NAN)) == pytest.approx(base, abs=1e-6)


def test_an_encoder_that_agrees_changes_no_score():
    base = np.linspace(0.1, 0.4, 25)
    assert scores(base, 0.7 + 0.5 * base) == pytest.approx(base, abs=1e-6)
