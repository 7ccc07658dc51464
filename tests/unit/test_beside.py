import threading

import pytest

from search.beside import Beside


def test_work_is_done_beside_its_caller_or_by_it_while_another_has_the_thread():
    beside, go_on = Beside(), threading.Event()
    first = beside.start(lambda: (go_on.wait(10), threading.get_ident()))
    second = beside.start(threading.get_ident)
    assert second() == threading.get_ident()
    go_on.set()
    waited, thread = first()
    assert waited
    assert thread != threading.get_ident()


def test_a_failure_reaches_the_caller_and_frees_the_thread():
    beside = Beside()
    with pytest.raises(ZeroDivisionError):
        beside.start(lambda: 1 / 0)()
    assert beside.start(threading.get_ident)() != threading.get_ident()
