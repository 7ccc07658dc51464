from datetime import date

import pytest

from search.index.candidates import NO_DAY
from search.ranking.date_boost import boost, is_of_date
from search.records import DateHint
from tests.candidates import candidates

DAY = date(2020, 5, 1)


def hint(since, until):
    return DateHint(since, until, "2020", "")


@pytest.mark.parametrize(
    ("since", "until", "within"),
    [
        (DAY, DAY, [True, False, False, False]),
        (None, DAY, [True, True, False, False]),
        (DAY, None, [True, False, True, False]),
    ],
)
def test_the_days_of_a_hint_may_be_open(since, until, within):
    day = DAY.toordinal()
    found = candidates(list("abcd"), days=[day, day - 1, day + 1, NO_DAY], scores=[4, 3, 2, 1])
    assert is_of_date(found, hint(since, until)).tolist() == within


def test_documents_of_a_date_gain_a_share_of_the_spread():
    # The spread is 10: the third gains 3 and passes the second, which is 2 before it.
    day = DAY.toordinal()
    found = candidates(list("abcd"), days=[1, 1, day, 1], scores=[10.0, 4.0, 2.0, 0.0])
    boosted = boost(found, is_of_date(found, hint(DAY, DAY)))
    assert boosted.doc_ids() == ["a", "c", "b", "d"]
    assert boosted.score.tolist() == pytest.approx([10.0, 5.0, 4.0, 0.0])


def test_where_nothing_is_of_the_date_nothing_changes():
    found = candidates(list("ab"), days=[1, 2], scores=[2.0, 1.0])
    assert boost(found, is_of_date(found, hint(DAY, DAY))) is found
