import threading
import time

from search.query.pacing import Pace


def test_a_rest_ends_when_somebody_waits_for_the_work():
    pace = Pace()
    pace._since -= 10  # after a part that took so long it would rest for a minute and a half
    threading.Timer(0.05, pace.hurry).start()
    started = time.perf_counter()
    pace.rest()
    pace.rest()
    assert 0.04 < time.perf_counter() - started < 60
