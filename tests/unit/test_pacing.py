import threading
import time

from search.query.pacing import Pace


def test_rests_end_when_a_reader_waits_for_the_work():
    started = time.perf_counter()
    pace = Pace()
    time.sleep(0.2)  # a part of the work, after which a rest takes nine times as long
    part_s = time.perf_counter() - started
    threading.Timer(0.02, pace.hurry).start()
    pace.rest()
    pace.rest()
    assert 0.02 < time.perf_counter() - started - part_s < 3 * part_s
