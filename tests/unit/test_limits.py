import threading
import time

from web.limits import Gate


def test_turns_come_in_the_order_of_asking():
    gate, order = Gate(1, max_waiting=5, patience_s=60), []
    assert gate.enter()

    def ask(number):
        assert gate.enter()
        order.append(number)
        gate.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        until(lambda count=number + 1: len(gate._waiting) == count)
    assert not gate.enter()  # nobody more may wait
    gate.leave()
    for thread in threads:
        thread.join(60)
    assert order == [0, 1, 2, 3, 4]
    assert gate.enter()


def test_who_waited_in_vain_leaves_the_row():
    gate = Gate(1, max_waiting=1, patience_s=0.01)
    assert gate.enter()
    assert not gate.enter()
    gate.leave()
    assert gate.enter()


def until(is_so):
    ends_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.001)
