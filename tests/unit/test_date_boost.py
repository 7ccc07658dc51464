from datetime import date

import pytest

from search.index.candidates import NO_DAY
from search.ranking.date_boost import boost, is_of_date
from search.understood import DateHint
from tests.candidates import candidates

DAY = date(2020, 5, 1)
HINT = DateHint(DAY, DAY, "2020", "")


def test_a_hint_without_a_first_or_last_day_is_open_on_that_side():
    day = DAY.toordinal()
    documents = candidates(list("abcd"), days=[day, day - 1, day + 1, NO_DAY], scores=[4, 3, 2, 1])
    expected = {
        (DAY, DAY): [True, False, False, False],
        (None, DAY): [True, True, False, False],
        (DAY, None): [True, False, True, False],
    }
    of_date = {
        days: is_of_date(documents, DateHint(*days, "2020", "")).tolist() for days in expected
    }
    assert of_date == expected


def test_documents_of_the_date_gain_a_share_of_the_range_of_scores():
    # The range is 10 and the share 3/10: «c» gains 3, and passes «b», which was 2 above it.
    documents = candidates(
        list("abcd"), days=[1, 1, DAY.toordinal(), 1], scores=[10.0, 4.0, 2.0, 0.0]
    )
    boosted = boost(documents, is_of_date(documents, HINT))
    assert boosted.doc_ids() == ["a", "c", "b", "d"]
    assert boosted.score.tolist() == pytest.approx([10.0, 5.0, 4.0, 0.0])
    without = candidates(list("ab"), days=[1, 2], scores=[2.0, 1.0])
    assert boost(without, is_of_date(without, HINT)).score.tolist() == [2.0, 1.0]
