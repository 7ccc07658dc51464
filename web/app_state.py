"""What one app serves: its engine, how long a search may take, and who is told of each."""

from collections.abc import Callable, Sequence
from typing import Self, cast

from flask import Flask, current_app

from search.engine import SearchEngine
from search.index import Status
from search.query.autocomplete import Completer
from search.records import Document, Query, SearchPage

_KEY = "arshif"
_NEWEST = 8  # documents on the front page
_EXAMPLES = 6  # searches to try


class Served:
    """One open engine. Searches go through here, so that each is bounded and timed."""

    def __init__(self, engine: SearchEngine, *, limit_s: float | None = None) -> None:
        self.engine = engine
        self.completer = Completer(engine.live)
        self.watchers: list[Callable[[SearchPage], None]] = []
        self._limit_s = limit_s
        self._newest: tuple[int, tuple[Document, ...]] | None = None

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self

    @classmethod
    def of(cls, app: Flask) -> Self:
        """Give what an app serves."""
        return cast(Self, app.extensions[_KEY])  # Flask keeps extensions untyped

    @classmethod
    def here(cls) -> Self:
        """Give what the current request's app serves."""
        return cls.of(current_app)

    def search(self, query: Query) -> SearchPage:
        """Answer one query.

        Raises:
            SearchError: as `SearchEngine.search` does.
        """
        return self.search_all([query])[0]

    def search_all(self, queries: Sequence[Query]) -> list[SearchPage]:
        """Answer several queries from one state of the archive, in the time of one.

        Raises:
            SearchError: as `SearchEngine.search_all` does.
        """
        pages = self.engine.search_all(queries, limit_s=self._limit_s)
        for page in pages:
            for watch in self.watchers:
                watch(page)
        return pages

    def status(self) -> Status:
        """Say what the archive holds.

        Raises:
            ArchiveError: it cannot be read any more.
        """
        return self.engine.live.status()

    def newest(self) -> tuple[Document, ...]:
        """Give the latest articles, read anew after each commit."""
        commit = self.status().commit
        if self._newest is None or self._newest[0] != commit:
            self._newest = commit, self.engine.index.newest(_NEWEST)
        return self._newest[1]

    def examples(self) -> tuple[str, ...]:
        """Give searches that the archive has answers to: its commonest phrases."""
        return tuple(self.completer.completions().commonest(_EXAMPLES))
