import threading
import time

from search.query.throttling import Throttle


def test_rests_end_when_a_reader_waits_for_the_work():
    started = time.perf_counter()
    throttle = Throttle()
    time.sleep(0.2)  # a part of the work, after which a rest takes nine times as long
    part_s = time.perf_counter() - started
    threading.Timer(0.02, throttle.stop_pausing).start()
    throttle.pause()
    throttle.pause()
    assert 0.02 < time.perf_counter() - started - part_s < 3 * part_s
