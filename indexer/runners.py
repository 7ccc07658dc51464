"""Apply a step of the indexing trip to batches, and yield the results in order.

A step is a plain function of a batch, so a loop, a thread, a pool of processes or a cluster can run
it. Each of them is a `Runner`, and `choose_runner` alone selects one for a machine.

joblib is not used, because its generator reads batches as fast as they are computed, however slowly
the results are taken (it had read all 400 batches when the first result was taken), so that memory
has no bound.
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
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

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
    batches = iter(batches)
    items = 0
    for batch in batches:
        yield function(batch)
        items += len(batch)
        if items >= ITEMS_IN_THIS_PROCESS:
            break
    else:
        return
    most_ahead = BATCHES_AHEAD * processes
    running: deque[Future[Result]] = deque()
    with _workers(function, processes) as workers:
        for batch in batches:
            is_full = sum(not future.done() for future in running) >= most_ahead
            is_done_here = not batch or is_full
            running.append(
                _finished_future(function(batch)) if is_done_here else _submit(workers, batch)
            )
            if len(running) > most_ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _finished_future(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _submit(workers: ProcessPoolExecutor, batch: Sequence[Item]) -> Future[Any]:
    try:
        return workers.submit(_call, batch)
    except OSError as error:  # the system starts no further process
        raise BrokenProcessPool(error.strerror) from error


@contextmanager
def _workers(function: object, processes: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of processes that share one function; the first batch starts it."""
    # The function travels in a file: `spawn` writes a worker's arguments into a pipe whose other
    # end this process keeps open meanwhile, so it would wait for ever where a worker dies before it
    # has read more than the pipe holds (64 kB; the shipped tokenizer: 1.8 MB).
    with TemporaryDirectory(prefix="arshif-") as folder:
        path = Path(folder, "function.pickle")
        path.write_bytes(pickle.dumps(function))
        executor = ProcessPoolExecutor(
            max_workers=processes,
            # Forking a process whose libraries run threads can leave their locks held.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin_worker,
            initargs=(path,),
        )
        try:
            yield executor
        except BrokenProcessPool as error:
            raise SearchError(
                f"a worker process of the indexer could not start, or was ended ({error}): free"
                " some memory (a script calls add_dumps under `if __name__ == '__main__':`), and"
                " run the command again, which resumes from the last commit"
            ) from error
        finally:
            executor.shutdown(cancel_futures=True)


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
