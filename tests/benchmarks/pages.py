"""What a page weighs, and what the server spends on it beyond the search.

    python -m tests.benchmarks.pages ARCHIVE [QUERY]

Milliseconds of this process's own time, median of 200 requests: other programs do not count.
"""

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


def median_ms(do: Callable[[], object]) -> float:
    spent = []
    for _ in range(_TIMES):
        started = time.process_time()
        do()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent)


def main(archive: str, text: str = "سيول") -> None:
    engine = SearchEngine.open(Path(archive))
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
    search_ms = median_ms(lambda: engine.search(Query(text)))
    print(f"search    {search_ms:.1f} ms of those of the results, {len(found.hits)} hits")
    completing_ms = median_ms(lambda: client.get(f"/api/suggest?q={text[:3]}"))
    print(f"suggest   {completing_ms:.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
