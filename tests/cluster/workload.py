"""Searches and writes that go on while servers of a cluster die, and what became of them."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from indexer.ingest import add_dumps
from indexer.readers.identity import doc_id_of
from search.engine import SearchEngine
from search.errors import SearchError
from search.records import Filters, Query
from tests.encoder import NgramEncoder

SEARCHERS = 2
FIRST_SOURCE = "جريدة السهل"  # of the documents that are there before the faults begin
SOURCE = "جريدة الوادي"  # of those that come meanwhile
DOCUMENTS = 20  # in the first dump
DOCUMENTS_A_RUN = 5
RETRY_S = 0.5  # before a run that failed is repeated


@dataclass(frozen=True, slots=True)
class Call:
    """One search, or one run of the indexer: when it began and ended, and why it failed."""

    began: float  # time.monotonic()
    ended: float
    failure: str | None

    @property
    def took_s(self) -> float:
        return self.ended - self.began


@dataclass
class Workload:
    """The calls of one workload, and the documents whose runs have ended well.

    Searches are for the documents of the first dump: an answer with another number of them is a
    failure. A run of the indexer that fails is repeated until it ends well.
    """

    searches: list[Call] = field(default_factory=list)
    runs: list[Call] = field(default_factory=list)
    doc_ids: set[str] = field(default_factory=set)

    def failed_searches(self) -> list[Call]:
        return [call for call in self.searches if call.failure]

    def failed_runs(self) -> list[Call]:
        return [call for call in self.runs if call.failure]

    def wait_for_runs(self, count: int) -> None:
        """Return once this many more runs have ended well."""
        enough = self._good_runs() + count
        while self._good_runs() < enough:
            time.sleep(0.05)

    def _good_runs(self) -> int:
        return len(self.runs) - len(self.failed_runs())

    def last_failure(self) -> float:
        """Return when the last failed call ended; 0 if none failed."""
        failed = (*self.failed_searches(), *self.failed_runs())
        return max((call.ended for call in failed), default=0.0)


@contextmanager
def running_workload(address: str, folder: Path) -> Iterator[Workload]:
    """Add a first dump, then search and add further dumps until the block ends."""
    workload = Workload()
    add(address, write_dump(folder, workload, FIRST_SOURCE, range(DOCUMENTS)))
    engine = SearchEngine.open(address, load=lambda name: NgramEncoder())
    stopped = threading.Event()
    with ThreadPoolExecutor() as threads:
        calls: list[Future[None]] = [
            threads.submit(_search, engine, workload, stopped) for _ in range(SEARCHERS)
        ]
        calls.append(threads.submit(_write, address, folder, workload, stopped))
        try:
            yield workload
        finally:
            stopped.set()
    for call in calls:
        call.result()  # an error that the program did not foresee is raised here


def add(address: str, dump: Path) -> None:
    add_dumps([str(dump)], address, NgramEncoder(), captured_on=None, show_progress=False)


def write_dump(folder: Path, workload: Workload, source: str, numbers: range) -> Path:
    """Write a dump of articles whose texts have nothing in common but one word."""
    dump = folder / "dump.jsonl"
    with dump.open("w", encoding="utf-8") as lines:
        for number in numbers:
            article = {
                "id": f"w{number}",
                "title": f"خبر {number}",
                "body": "سطر " + " ".join(f"كلمة{number}و{part}" for part in range(50)),
                "source": source,
                "date": "2020-01-01",
            }
            lines.write(json.dumps(article, ensure_ascii=False) + "\n")
    workload.doc_ids.update(doc_id_of(f"w{number}", source) for number in numbers)
    return dump


def _search(engine: SearchEngine, workload: Workload, stopped: threading.Event) -> None:
    query = Query("سطر", filters=Filters(sources=(FIRST_SOURCE,)))

    def search() -> str | None:
        page = engine.search(query)
        return None if page.total == DOCUMENTS else f"{page.total} documents match"

    while not stopped.is_set():
        workload.searches.append(_timed(search))


def _write(address: str, folder: Path, workload: Workload, stopped: threading.Event) -> None:
    for first in itertools.count(0, DOCUMENTS_A_RUN):
        dump = write_dump(folder, workload, SOURCE, range(first, first + DOCUMENTS_A_RUN))
        while (call := _timed(lambda dump=dump: add(address, dump))).failure:
            workload.runs.append(call)
            time.sleep(RETRY_S)
        workload.runs.append(call)
        if stopped.is_set():
            return


def _timed(call: Callable[[], str | None]) -> Call:
    began = time.monotonic()
    try:
        failure = call()
    except SearchError as error:
        failure = f"{type(error).__name__}: {error}"
    return Call(began, time.monotonic(), failure)
