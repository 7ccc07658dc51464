"""What a page weighs, and what the server spends on it beyond the search.

    python -m tests.benchmarks.pages ARCHIVE [QUERY]

Milliseconds of this process's own time, median of 200 requests: other programs do not count. The
search is timed inside the requests, because it takes less time when nothing else comes between.
"""

import gc
import gzip
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from search.engine import SearchEngine
from search.records import Query
from web import create_app

_TIMES = 200


class Timer:
    """Calls a function, and keeps the milliseconds of each call."""

    def __init__(self, do: Callable[..., object]) -> None:
        self._do = do
        self.spent_ms: list[float] = []

    def __call__(self, *args: object, **options: object) -> object:
        started = time.process_time()
        result = self._do(*args, **options)
        self.spent_ms.append((time.process_time() - started) * 1000)
        return result

    def median_of(self, times: int) -> float:
        """Return the median of the last calls."""
        return statistics.median(self.spent_ms[-times:])


def median_ms(do: Callable[[], object]) -> float:
    timer = Timer(do)
    for _ in range(_TIMES):
        timer()
    return timer.median_of(_TIMES)


def main(archive: str, text: str = "سيول") -> None:
    engine = SearchEngine.open(Path(archive))
    gc.freeze()  # as the service does
    gc.set_threshold(20_000)
    searching = Timer(engine.search)
    engine.search = searching  # type: ignore[method-assign, assignment]
    client = create_app(engine=engine).test_client()
    found = engine.search(Query(text))
    addresses = {
        "front": "/",
        "results": f"/search?q={text}",
        "document": f"/document/{found.hits[0].document.doc_id}?q={text}",
    }
    for name, address in addresses.items():
        page = client.get(address).get_data(as_text=True)
        assets = [client.get(one).data for one in set(re.findall(r'"(/assets/[^"]+)"', page))]
        html = len(gzip.compress(page.encode()))
        others = sum(len(gzip.compress(one)) for one in assets)
        ms = median_ms(lambda address=address: client.get(address))
        print(f"{name:9} {html + others:6,} bytes compressed ({html:,} of HTML), {ms:.1f} ms")
        if name == "results":
            beyond = ms - searching.median_of(_TIMES)
            print(f"{'':9} {len(found.hits)} hits, {beyond:.1f} ms of it beyond the search")
    completing_ms = median_ms(lambda: client.get(f"/api/suggest?q={text[:3]}"))
    print(f"suggest   {completing_ms:.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
