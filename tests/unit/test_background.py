import threading

import pytest

from search.background import BackgroundThread


def test_work_is_done_beside_its_caller_or_by_it_while_another_has_the_thread():
    background, go_on = BackgroundThread(), threading.Event()
    first = background.start(lambda: (go_on.wait(10), threading.get_ident()), takes_long=True)
    second = background.start(threading.get_ident, takes_long=True)
    assert second() == threading.get_ident()
    go_on.set()
    waited, thread = first()
    assert waited
    assert thread != threading.get_ident()


def test_a_failure_reaches_the_caller_and_frees_the_thread():
    background = BackgroundThread()
    with pytest.raises(ZeroDivisionError):
        background.start(lambda: 1 / 0, takes_long=True)()
    assert background.start(threading.get_ident, takes_long=True)() != threading.get_ident()


def test_work_that_is_soon_done_stays_with_its_caller():
    assert (
        BackgroundThread().start(threading.get_ident, takes_long=False)() == threading.get_ident()
    )
