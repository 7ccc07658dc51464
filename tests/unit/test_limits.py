import threading
import time

from web.capacity import FairSemaphore


def test_turns_are_granted_in_the_order_of_the_requests():
    turns, granted = FairSemaphore(1, max_waiting=5, patience_s=60), []
    assert turns.acquire()

    def request(number):
        assert turns.acquire()
        granted.append(number)
        turns.release()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=request, args=(number,)))
        threads[-1].start()
        wait_until(lambda count=number + 1: len(turns.waiting) == count)
    assert not turns.acquire()  # as many requests wait as may
    assert turns.yield_turn()  # lets all of them go first
    assert granted == [0, 1, 2, 3, 4]
    turns.release()
    for thread in threads:
        thread.join(60)
    assert turns.acquire()


def test_a_request_whose_patience_ended_waits_no_longer():
    turns = FairSemaphore(1, max_waiting=1, patience_s=0.01)
    assert turns.acquire()
    assert not turns.acquire()
    turns.release()
    assert turns.acquire()


def wait_until(is_true):
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.001)
