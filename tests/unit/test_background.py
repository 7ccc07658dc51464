import threading

import pytest

from search.background import BackgroundThreads


def test_long_work_runs_in_the_second_thread_unless_another_caller_has_it():
    background, is_released = BackgroundThreads(), threading.Event()
    first = background.start(lambda: (is_released.wait(10), threading.get_ident()), takes_long=True)
    second = background.start(threading.get_ident, takes_long=True)
    assert second() == threading.get_ident()
    is_released.set()
    was_released, thread = first()
    assert was_released
    assert thread != threading.get_ident()


def test_a_failure_reaches_the_caller_and_frees_the_thread():
    background = BackgroundThreads()
    with pytest.raises(ZeroDivisionError):
        background.start(lambda: 1 / 0, takes_long=True)()
    assert background.start(threading.get_ident, takes_long=True)() != threading.get_ident()


def test_short_work_runs_in_the_thread_of_its_caller():
    run = BackgroundThreads().start(threading.get_ident, takes_long=False)
    assert run() == threading.get_ident()
