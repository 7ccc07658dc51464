"""Apply a step of the indexing trip to batches, and yield the results in order.

A step is a plain function of a batch, so a loop, a thread, a pool of processes or a cluster can run
it. Each of them is a `Runner`, and `choose_runner` alone selects one for a machine.
"""

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from search.errors import SearchError

BATCHES_AHEAD = 4  # batches per process that are submitted before the first result is taken
ITEMS_IN_THIS_PROCESS = 1000  # items; computing them takes no longer than starting the processes

Item = TypeVar("Item")
Result = TypeVar("Result")


class Runner(Protocol):
    """Applies a function to batches; closing the iterator ends the threads or processes."""

    def __call__(
        self, function: Callable[[Sequence[Item]], Result], batches: Iterable[Sequence[Item]]
    ) -> Generator[Result, None, None]: ...


def choose_runner() -> Runner:
    """Return the runner for this machine: a process for each core except the core that commits."""
    processes = len(os.sched_getaffinity(0)) - 1
    return partial(run_in_processes, processes=processes) if processes else run_in_loop


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`, the last of which may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def run_in_loop(
    function: Callable[[Sequence[Item]], Result], batches: Iterable[Sequence[Item]]
) -> Generator[Result, None, None]:
    """Yield the result of each batch, computed when it is asked for."""
    for batch in batches:
        yield function(batch)


def run_in_thread(
    function: Callable[[Sequence[Item]], Result], batches: Iterable[Sequence[Item]]
) -> Generator[Result, None, None]:
    """Yield the result of each batch, computed in a thread while the next batch is made here."""
    with ThreadPoolExecutor(1) as thread:
        running: Future[Result] | None = None
        for batch in batches:
            if running is not None:
                yield running.result()
            running = thread.submit(function, batch)
        if running is not None:
            yield running.result()


def run_in_processes(
    function: Callable[[Sequence[Item]], Result],
    batches: Iterable[Sequence[Item]],
    *,
    processes: int,
) -> Generator[Result, None, None]:
    """Yield the result of each batch, computed in worker processes several batches ahead.

    This process computes the first `ITEMS_IN_THIS_PROCESS` items, and every batch that comes while
    `BATCHES_AHEAD` batches per worker are unfinished, because it would only wait otherwise.

    Raises:
        SearchError: a worker process could not start, or ended before its work was done.
    """
    most_ahead = BATCHES_AHEAD * processes
    running: deque[Future[Result]] = deque()
    items = 0
    with _Workers(function, processes) as workers:
        for batch in batches:
            items += len(batch)
            is_full = sum(not future.done() for future in running) >= most_ahead
            is_done_here = not batch or items <= ITEMS_IN_THIS_PROCESS or is_full
            running.append(
                _finished_future(function(batch)) if is_done_here else workers.submit(batch)
            )
            if len(running) > most_ahead:
                yield workers.result_of(running.popleft())
        while running:
            yield workers.result_of(running.popleft())


def _finished_future(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future


class _Workers(Generic[Item, Result]):
    """A pool of processes that share one function; the first batch starts it."""

    def __init__(self, function: Callable[[Sequence[Item]], Result], processes: int) -> None:
        self._function = function
        self._processes = processes
        self._executor: ProcessPoolExecutor | None = None
        self._open = ExitStack()
        self._have_started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
        self._open.close()

    def submit(self, batch: Sequence[Item]) -> Future[Result]:
        try:
            if self._executor is None:
                self._executor = self._start()
            future = self._executor.submit(_call, batch)
        except (BrokenProcessPool, OSError) as error:
            raise self._worker_error(error) from error
        future.add_done_callback(self._note_start)
        return future

    def result_of(self, future: Future[Result]) -> Result:
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise self._worker_error(error) from error

    def _start(self) -> ProcessPoolExecutor:
        # The function travels in a file: `spawn` writes a worker's arguments into a pipe whose
        # other end this process keeps open meanwhile, so it would wait for ever where a worker
        # dies before it has read more than the pipe holds (64 kB; the shipped tokenizer: 1.8 MB).
        folder = self._open.enter_context(TemporaryDirectory(prefix="arshif-"))
        path = Path(folder, "function.pickle")
        path.write_bytes(pickle.dumps(self._function))
        return ProcessPoolExecutor(
            max_workers=self._processes,
            # Forking a process whose libraries run threads can leave their locks held.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin_worker,
            initargs=(path,),
        )

    def _note_start(self, future: Future[Result]) -> None:
        if not future.cancelled() and not isinstance(future.exception(), BrokenProcessPool):
            self._have_started = True

    def _worker_error(self, error: BrokenProcessPool | OSError) -> SearchError:
        if self._have_started:
            failure, remedy = "was ended from outside", "free some memory"
        else:
            detail = f" ({error.strerror})" if isinstance(error, OSError) else ""
            failure = f"could not start{detail}"
            remedy = "free some memory, or call add_dumps under `if __name__ == '__main__':`"
        return SearchError(
            f"a worker process of the indexer {failure}: {remedy}, and run the command again, which"
            " resumes from the last commit"
        )


_function: Callable[[Any], Any] | None = None  # set once, in each worker process


def _call(batch: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever the function of the pool returns
    assert _function is not None, "the initializer of the process has set it"
    return _function(batch)


def _begin_worker(path: Path) -> None:
    """Load the function, leave Ctrl-C to the parent, and end when the parent ends in any way."""
    global _function
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the other cores have work of their own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _function = pickle.loads(path.read_bytes())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this runs in a process that another one started"
    parent.join()
    os._exit(1)
