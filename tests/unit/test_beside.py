import threading

import pytest

from search.background import Beside


def test_work_is_done_beside_its_caller_or_by_it_while_another_has_the_thread():
    beside, go_on = Beside(), threading.Event()
    first = beside.start(lambda: (go_on.wait(10), threading.get_ident()), takes_long=True)
    second = beside.start(threading.get_ident, takes_long=True)
    assert second() == threading.get_ident()
    go_on.set()
    waited, thread = first()
    assert waited
    assert thread != threading.get_ident()


def test_a_failure_reaches_the_caller_and_frees_the_thread():
    beside = Beside()
    with pytest.raises(ZeroDivisionError):
        beside.start(lambda: 1 / 0, takes_long=True)()
    assert beside.start(threading.get_ident, takes_long=True)() != threading.get_ident()


def test_work_that_is_soon_done_stays_with_its_caller():
    assert Beside().start(threading.get_ident, takes_long=False)() == threading.get_ident()
