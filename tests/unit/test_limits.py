import threading
import time

from web.capacity import Turns


def test_turns_come_in_the_order_of_asking():
    turns, order = Turns(1, max_waiting=5, patience_s=60), []
    assert turns.take()

    def ask(number):
        assert turns.take()
        order.append(number)
        turns.give_back()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        wait_until(lambda count=number + 1: len(turns.waiting) == count)
    assert not turns.take()  # no more may wait
    assert turns.pass_on()  # behind all of them
    assert order == [0, 1, 2, 3, 4]
    turns.give_back()
    for thread in threads:
        thread.join(60)
    assert turns.take()


def test_a_thread_that_waited_in_vain_waits_no_more():
    turns = Turns(1, max_waiting=1, patience_s=0.01)
    assert turns.take()
    assert not turns.take()
    turns.give_back()
    assert turns.take()


def wait_until(is_true):
    ends_at = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.001)
