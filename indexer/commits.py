"""Make a commit, and make it again where another writer was first to change a document of it."""

from collections.abc import Callable
from typing import TypeVar

from search.index.writer import Changes, ConflictError, IndexWriter

MOST_TRIES = 20  # each after another writer's commit, which it takes into account

Result = TypeVar("Result")


def commit(writer: IndexWriter, change: Callable[[Changes], Result]) -> Result:
    """Make the changes of one commit, and return what `change` returns.

    Raises:
        ConflictError: other writers were first each time; nothing was stored.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return _try(writer, change)
        except ConflictError:
            continue
    return _try(writer, change)


def _try(writer: IndexWriter, change: Callable[[Changes], Result]) -> Result:
    with writer.commit() as changes:
        return change(changes)
