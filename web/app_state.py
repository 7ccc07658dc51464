"""Keep the state of one app: its open engine, the limit of a search, caches, and watchers.

`AppState` adds what a service needs around the engine; views read everything else from its `engine`
themselves. `web.parameters` reads a query from a request; `web.pages` and `web.api` show an answer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Generic, Self, TypeVar, cast

from flask import Flask, current_app

from search.engine import SearchEngine
from search.errors import ArchiveError, SearchError
from search.query.autocomplete import Completer
from search.query.examples import LANGUAGES, Example, choose_examples
from search.records import Document, MatchingDocument, Query, SearchPage
from search.results.browsing import find_anniversaries
from search.results.calendar import CalendarCache
from search.trends.series import Trends, TrendsQuery, count_trends

_KEY = "arshif"
_NEWEST_COUNT = 8  # documents on the front page
_PHRASE_COUNT = 4  # most frequent phrases, beside the examples of each kind
_ANNIVERSARY_COUNT = 5  # articles published on this day in earlier years
# A query waits at most this long for a new commit to open; a large commit is served from the next
# query on.
_RELOAD_PATIENCE_S = 0.05
_WARM_UP_QUERY = Query("خبر جديد")

_Value = TypeVar("_Value")


class _Cached(Generic[_Value]):
    """One value, which is computed again for each new key."""

    def __init__(self) -> None:
        self._entry: tuple[object, _Value] | None = None

    def get(self, key: object, compute: Callable[[], _Value]) -> _Value:
        entry = self._entry
        if entry is None or entry[0] != key:
            entry = self._entry = key, compute()
        return entry[1]


class AppState:
    """The engine of one app, the limit of a search, the caches per commit, and the watchers.

    Safe to use from many threads.
    """

    def __init__(
        self,
        engine: SearchEngine,
        *,
        limit_s: float | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.engine = engine
        self.calendars = CalendarCache()
        self.completer = Completer(engine.live)
        self._limit_s = limit_s
        self.today = today
        self._search_watchers: list[Callable[[SearchPage], None]] = []
        self._newest: _Cached[tuple[Document, ...]] = _Cached()
        self._examples: dict[str, _Cached[tuple[Example, ...]]] = defaultdict(_Cached)
        self._anniversaries: _Cached[tuple[Document, ...]] = _Cached()

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self

    @classmethod
    def of(cls, app: Flask) -> Self:
        """Return the state of an app."""
        return cast(Self, app.extensions[_KEY])  # Flask keeps extensions untyped

    @classmethod
    def current(cls) -> Self:
        """Return the state of the app that answers the current request."""
        return cls.of(current_app)

    def search(self, query: Query) -> SearchPage:
        """Return the page of hits of a query, within the time limit of one search.

        Raises:
            SearchError: as for `SearchEngine.search`.
        """
        page = self.engine.search(query, limit_s=self._limit_s)
        for watch in self._search_watchers:
            watch(page)
        return page

    def match_all(self, query: Query) -> tuple[SearchPage, Iterator[list[MatchingDocument]]]:
        """Return the answer to a query, and all documents that match it, block by block.

        Raises:
            SearchError: as for `SearchEngine.match_all`.
        """
        page, blocks = self.engine.match_all(query, limit_s=self._limit_s)
        for watch in self._search_watchers:
            watch(page)
        return page, blocks

    def trends(self, query: TrendsQuery) -> Trends:
        """Count the documents of each term over time, within the time limit of one search.

        Raises:
            SearchError: as for `count_trends`.
        """
        return count_trends(query, self.engine.index, limit_s=self._limit_s)

    def watch_searches(self, watch: Callable[[SearchPage], None]) -> None:
        """Call `watch` with each page of hits, in the thread of its request."""
        self._search_watchers.append(watch)

    @property
    def share_encoded(self) -> float | None:
        """The share of the served passages that the contextual encoder has encoded, 0 to 1.

        The share is None where the archive has no contextual encoder. It is also None where the
        archive cannot be read any more: the page with that error shows the footer as well.
        """
        try:
            identity = self.engine.index.identity
        except SearchError:
            return None
        return None if identity.encoder.context is None else identity.share_encoded

    def state_mark(self) -> str:
        """Return a text that changes with the commit and with the encoder of the archive.

        Raises:
            ArchiveError: the archive cannot be read any more.
        """
        state = self.engine.live.current()
        return f"{state.mark}\n{state.index.identity.encoder.digest}"

    def newest(self) -> tuple[Document, ...]:
        """Return the latest articles, read once per commit."""
        index = self.engine.index
        return self._newest.get(index.identity.mark, lambda: index.newest(_NEWEST_COUNT))

    def anniversaries(self) -> tuple[Document, ...]:
        """Return articles that were published on this day in earlier years, the latest first."""
        index, today = self.engine.index, self.today()
        return self._anniversaries.get(
            (index.identity.mark, today),
            lambda: find_anniversaries(
                index, self.calendars.get(index, None), today, _ANNIVERSARY_COUNT
            ),
        )

    def examples(self, language: str) -> tuple[Example, ...]:
        """Return example queries in a language that have answers, chosen once per commit."""
        state = self.engine.live.current()
        return self._examples[language].get(
            state.mark,
            lambda: choose_examples(
                state.index,
                state.encoder.pieces,
                self.completer.completions().commonest(_PHRASE_COUNT),
                language,
            ),
        )

    def keyboard_readings(self, text: str) -> list[str]:
        """Return the Arabic readings of Latin text typed on an Arabic keyboard, likeliest first.

        The list is empty for text that the archive knows as it is; a reading that matches no
        document is left out.
        """
        index = self.engine.index
        return [
            reading
            for reading in self.completer.known_keyboard_readings(text)
            if index.count_matches(self.engine.plan(Query(reading)))
        ]

    def warm_up(self) -> None:
        """Run one search, so that the first reader does not wait for what the engine loads late."""
        with suppress(SearchError):  # the first query of a reader reports the error
            self.engine.search(_WARM_UP_QUERY)

    def read_completions(self) -> None:
        """Read the completions before the first reader types; call this in a thread of its own.

        The completions are read slowly, and at full speed once a reader types. The examples of the
        front page are chosen next.
        """
        self.completer.warm()
        with suppress(SearchError):  # the first request of a reader reports the error
            for language in LANGUAGES:
                self.examples(language)


def open_engine(archive: str | Path | None) -> SearchEngine:
    """Open the archive that the settings name.

    Raises:
        ArchiveError: no archive is named, or it cannot be read.
        EncoderError: the archive's encoder cannot be loaded.
    """
    if archive is None:
        raise ArchiveError("no archive is named: set ARSHIF_ARCHIVE to its folder or address")
    return SearchEngine.open(archive, patience_s=_RELOAD_PATIENCE_S)
