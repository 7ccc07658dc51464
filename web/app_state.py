"""Keep the state of one app: its open engine, limits, caches per commit, and watchers.

Everything that pages and endpoints read from the archive passes through `AppState`; no other module
of `web/` knows how the engine is made. `web.parameters` reads a query from a request; `web.pages`
and `web.api` show an answer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self, cast

from flask import Flask, current_app

from search.engine import SearchEngine
from search.errors import ArchiveError, SearchError
from search.index import Index
from search.index.archive import Status
from search.query.autocomplete import Completer, Completion
from search.query.examples import Example, choose_examples
from search.records import Document, MatchingDocument, Passage, Query, SearchPage, Version
from search.results.browsing import find_anniversaries, find_neighbours
from search.results.calendar import Calendar, CalendarCache
from search.trends.series import Trends, TrendsQuery, count_trends

__all__ = [
    "AppState",
    "HighlightTerms",
    "Status",
    "open_engine",
]

_KEY = "arshif"
_NEWEST_COUNT = 8  # documents on the front page
_PHRASE_COUNT = 4  # most frequent phrases, beside the examples of each kind
_ANNIVERSARY_COUNT = 5  # articles published on this day in earlier years
# A query waits at most this long for a new commit to open; a large commit is served from the next
# query on.
_RELOAD_PATIENCE_S = 0.05
_WARM_UP_QUERY = Query("خبر جديد")


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """The terms that are marked in a text: those of the query, and those related in meaning."""

    matching: Sequence[str]
    related: Sequence[str]


class AppState:
    """The engine of one app with its limits, its caches per commit and its watchers.

    Safe to use from many threads.
    """

    def __init__(
        self,
        engine: SearchEngine,
        *,
        limit_s: float | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._engine = engine
        self._limit_s = limit_s
        self._today = today
        self._calendars = CalendarCache()
        self._completer = Completer(engine.live)
        self._search_watchers: list[Callable[[SearchPage], None]] = []
        self._newest: tuple[int, tuple[Document, ...]] | None = None
        self._examples: tuple[str, tuple[Example, ...]] | None = None
        self._anniversaries: tuple[tuple[str, date], tuple[Document, ...]] | None = None

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
        page = self._engine.search(query, limit_s=self._limit_s)
        for watch in self._search_watchers:
            watch(page)
        return page

    def match_all(self, query: Query) -> tuple[SearchPage, Iterator[list[MatchingDocument]]]:
        """Return the answer to a query, and all documents that match it, block by block.

        Raises:
            SearchError: as for `SearchEngine.match_all`.
        """
        page, blocks = self._engine.match_all(query, limit_s=self._limit_s)
        for watch in self._search_watchers:
            watch(page)
        return page, blocks

    def trends(self, query: TrendsQuery) -> Trends:
        """Count the documents of each term over time, within the time limit of one search.

        Raises:
            SearchError: as for `count_trends`.
        """
        return count_trends(query, self._engine.index, limit_s=self._limit_s)

    def watch_searches(self, watch: Callable[[SearchPage], None]) -> None:
        """Call `watch` with each page of hits, in the thread of its request."""
        self._search_watchers.append(watch)

    def watch_reloads(self, watch: Callable[[bool], None]) -> None:
        """Call `watch` after each new commit; its argument is whether the commit could be opened.

        A second call replaces the first watcher.
        """
        self._engine.live.on_reload = watch

    def status(self) -> Status:
        """Return the counts of the archive, computed once per commit.

        Raises:
            ArchiveError: the archive cannot be read any more.
        """
        return self._engine.live.status()

    @property
    def share_encoded(self) -> float | None:
        """The share of the served passages that the contextual encoder has encoded, 0 to 1.

        The share is None where the archive has no contextual encoder. It is also None where the
        archive cannot be read any more: the page with that error shows the footer as well.
        """
        try:
            identity = self._engine.index.identity
        except SearchError:
            return None
        return None if identity.encoder.context is None else identity.share_encoded

    @property
    def is_current(self) -> bool:
        """Whether the newest commit is served or being opened; False where it cannot be opened."""
        return self._engine.live.failure is None

    def state_mark(self) -> str:
        """Return a text that changes with the commit and with the encoder of the archive.

        Raises:
            ArchiveError: the archive cannot be read any more.
        """
        state = self._engine.live.current()
        return f"{state.mark}\n{state.index.identity.encoder.digest}"

    def has_document(self, doc_id: str) -> bool:
        """Return whether a document is stored under this id itself; a replaced headline is not."""
        return bool(self._engine.index.documents([doc_id]))

    def document(self, doc_id: str) -> Document | None:
        """Return the document of this id, or the article that replaced a headline of this id."""
        return self._engine.index.find(doc_id)

    def documents_by_id(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Return the documents of these ids; ids that are not stored are left out."""
        return self._engine.index.documents(doc_ids)

    def copies_of(self, doc_id: str) -> tuple[Document, ...]:
        """Return the other documents with the same text, in the order they were stored."""
        index = self._engine.index
        copy_ids = index.copies_of([doc_id]).get(doc_id, ())
        documents = index.documents(copy_ids)
        return tuple(documents[copy_id] for copy_id in copy_ids if copy_id in documents)

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Return the earlier versions of an article, the latest first."""
        return self._engine.index.versions_of(doc_id)

    def similar(self, doc_id: str, k: int) -> tuple[Document, ...]:
        """Return the `k` documents nearest in meaning, the nearest first, without copies."""
        return self._engine.similar(doc_id, k)

    def nearest_passage(self, doc_id: str, query: Query) -> Passage | None:
        """Return the passage of a document that answers a query best.

        None where the document has one passage only, or is not stored.
        """
        return self._engine.nearest_passage(doc_id, query.text)

    def highlight_terms(self, query: Query) -> HighlightTerms:
        """Return the terms of a query that are marked in a whole text."""
        plan = self._engine.plan(query)
        return HighlightTerms(plan.terms, plan.related_terms)

    def newest(self) -> tuple[Document, ...]:
        """Return the latest articles, read once per commit."""
        commit = self.status().commit
        if self._newest is None or self._newest[0] != commit:
            self._newest = commit, self._engine.index.newest(_NEWEST_COUNT)
        return self._newest[1]

    def anniversaries(self) -> tuple[Document, ...]:
        """Return articles that were published on this day in earlier years, the latest first."""
        index, today = self.index, self._today()
        key = index.identity.mark, today
        if self._anniversaries is None or self._anniversaries[0] != key:
            calendar = self._calendars.get(index, None)
            articles = find_anniversaries(index, calendar, today, _ANNIVERSARY_COUNT)
            self._anniversaries = key, articles
        return self._anniversaries[1]

    @property
    def index(self) -> Index:
        """The newest state of the archive, for listing and counting without a query."""
        return self._engine.index

    def calendar(self, index: Index, source: str | None) -> Calendar:
        """Return the calendar of a newspaper, or of the whole archive, built once per commit.

        `index` is the state of the archive that the rest of the page is read from.
        """
        return self._calendars.get(index, source)

    def neighbours(self, document: Document) -> tuple[Document | None, Document | None]:
        """Return the documents before and after a document in its newspaper."""
        index = self.index
        calendar = self._calendars.get(index, document.source)
        return find_neighbours(index, calendar, document)

    def examples(self) -> tuple[Example, ...]:
        """Return example queries of each kind that have answers, chosen once per commit."""
        state = self._engine.live.current()
        if self._examples is None or self._examples[0] != state.mark:
            phrases = self._completer.completions().commonest(_PHRASE_COUNT)
            examples = choose_examples(state.index, state.encoder.pieces, phrases)
            self._examples = state.mark, examples
        return self._examples[1]

    def complete(self, text: str) -> list[Completion]:
        """Return completions of the beginning of a query, the best of each origin."""
        return self._completer.complete(text)

    def keyboard_readings(self, text: str) -> list[str]:
        """Return the Arabic readings of Latin text typed on an Arabic keyboard, likeliest first.

        The list is empty for text that the archive knows as it is; a reading that matches no
        document is left out.
        """
        index = self.index
        return [
            reading
            for reading in self._completer.known_keyboard_readings(text)
            if index.count_matches(self._engine.plan(Query(reading)))
        ]

    def warm_up(self) -> None:
        """Run one search, so that the first reader does not wait for what the engine loads late."""
        with suppress(SearchError):  # the first query of a reader reports the error
            self._engine.search(_WARM_UP_QUERY)

    def read_completions(self) -> None:
        """Read the completions before the first reader types; call this in a thread of its own.

        The completions are read slowly, and at full speed once a reader types. The examples of the
        front page are chosen next.
        """
        self._completer.warm()
        with suppress(SearchError):  # the first request of a reader reports the error
            self.examples()


def open_engine(archive: Path | None) -> SearchEngine:
    """Open the archive that the settings name.

    Raises:
        ArchiveError: no archive is named, or it cannot be read.
        EncoderError: the archive's encoder cannot be loaded.
    """
    if archive is None:
        raise ArchiveError("no archive is named: set ARSHIF_ARCHIVE to its folder")
    return SearchEngine.open(archive, patience_s=_RELOAD_PATIENCE_S)
