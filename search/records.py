"""The records that indexing and search share: documents, queries, hits. All are frozen."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b

from search.understood import Understood


class Kind(StrEnum):
    """What a document is: an article with a body, or a headline seen without one."""

    ARTICLE = "article"
    HEADLINE = "headline"


class Mode(StrEnum):
    """Which rankings answer a query."""

    HYBRID = "hybrid"
    SEMANTIC = "semantic"
    LEXICAL = "lexical"


class Sort(StrEnum):
    """The order of the hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Within(StrEnum):
    """The part of a document that must meet the query."""

    TEXT = "text"  # the title and the whole text
    LEAD = "lead"  # the title and the first words


# The address has a host, and no control characters: browsers drop these before following a link.
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#\\][^\x00-\x1f\x7f]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One article or one headline as published. `doc_id` is stable across rebuilds.

    `own_id` is its id in its newspaper or dump; `added_at` is when it was added to an archive.
    """

    doc_id: str
    kind: Kind
    title: str
    body: str = ""
    source: str | None = None
    date: datetime.date | None = None
    url: str | None = None
    language: str = "und"
    author: str | None = None
    section: str | None = None
    published_at: datetime.datetime | None = None  # with the time of day, as written in the dump
    own_id: str | None = None
    # UTC; None for a document that no archive holds yet. Equality of documents ignores this field.
    added_at: datetime.datetime | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """Return the text that passages are cut from: the body, or the title of a headline."""
        return self.body if self.kind is Kind.ARTICLE else self.title

    @property
    def web_address(self) -> str | None:
        """Return the URL of the original, or None where it is not an HTTP address.

        A dump may hold a URL of any scheme, such as `javascript:`, which must not become a link.
        """
        return self.url if self.url and _WEB_ADDRESS.match(self.url) else None


def digest_of(document: Document) -> bytes:
    """Return a 16-byte digest of the fields that distinguish the versions of a document.

    Author, section and time of day are not among these fields: a dump that adds them completes the
    stored version, and creates no new version.
    """
    fields = (
        document.kind,
        document.title,
        document.body,
        document.source,
        document.date,
        document.url,
    )
    return blake2b("\x1f".join(map(str, fields)).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier version of an article, replaced by a later version."""

    title: str
    body: str
    date: datetime.date | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one document: `document.text[start:end]`; `ordinal` numbers passages from 0."""

    doc_id: str
    ordinal: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a query. None is "no restriction"; an empty tuple is "nothing passes"."""

    sources: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] | None = None
    since: datetime.date | None = None  # inclusive; a document without a date passes no date bound
    until: datetime.date | None = None  # inclusive
    languages: tuple[str, ...] | None = None
    undated: bool | None = None  # True: only documents without a date
    excluded_sources: tuple[str, ...] | None = None

    @property
    def is_unrestricted(self) -> bool:
        """Return whether nothing is restricted."""
        return self == Filters()

    @property
    def in_order(self) -> "Filters":
        """Return the filters with the earlier day first: a reversed range is read as meant."""
        if self.since is None or self.until is None or self.since <= self.until:
            return self
        return replace(self, since=self.until, until=self.since)

    @property
    def parts(self) -> "tuple[Filters, ...]":
        """Return each restriction as filters of its own."""
        parts = (
            Filters(sources=self.sources, excluded_sources=self.excluded_sources),
            Filters(kinds=self.kinds),
            Filters(since=self.since, until=self.until, undated=self.undated),
            Filters(languages=self.languages),
        )
        return tuple(part for part in parts if not part.is_unrestricted)

    def without(self, part: "Filters") -> "Filters":
        """Return the filters without one of the `parts`."""
        restricted = (name for name in self.__slots__ if getattr(part, name) is not None)
        return replace(self, **dict.fromkeys(restricted))


@dataclass(frozen=True, slots=True)
class Query:
    """A search request; `search.engine` checks it before it answers it."""

    text: str
    mode: Mode = Mode.HYBRID
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    within: Within = Within.TEXT
    k: int = 10
    page: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rank, from 1, and the score of a hit in one ranking.

    The rank is None below the ranking's depth, where only the score is known.
    """

    rank: int | None
    score: float
    terms: tuple[str, ...] = ()


class Match(StrEnum):
    """How a hit meets the query: by its words, by some of them, or by meaning alone."""

    WORDS = "words"  # its document matches the query
    PARTIAL = "partial"  # some of the words, or other forms of them
    MEANING = "meaning"  # nothing but its meaning


class WordLink(StrEnum):
    """How a word of a document is related to a word of the query, the closest relation first."""

    WRITTEN = "written"  # the word itself; an article or a one-letter clitic may differ
    FORM = "form"  # another form of the word
    TRANSLATION = "translation"  # in another language or script
    SYNONYM = "synonym"  # another name, or a word of like meaning


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word of the query, by its `term`, that a document holds, as it is written there."""

    term: str
    written: str
    link: WordLink


@dataclass(frozen=True, slots=True)
class Hit:
    """A document returned to the reader, with its best passage.

    `highlights` are the whole words that match, as character offsets into `snippet`; `related` are
    the words near those of the query in meaning, as offsets too. `words` are the words of the query
    that the passage or the title holds. `score` is not comparable between queries. `copies` are the
    ids of documents with the same text, which are folded into this hit.
    """

    document: Document
    passage: Passage
    score: float
    snippet: str
    highlights: tuple[tuple[int, int], ...]
    evidence: Mapping[Mode, Evidence]
    match: Match = Match.WORDS
    related: tuple[tuple[int, int], ...] = ()
    copies: tuple[str, ...] = ()
    words: tuple[FoundWord, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchingDocument:
    """A document in the list of all documents that match a query; `rank` counts from 1.

    `score` is BM25 in the order of relevance, and 0 in an order by date. `copies` are the ids of
    documents with the same text.
    """

    rank: int
    document: Document
    score: float
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a field and how many of the matching documents have it."""

    value: str | int
    count: int


class Confidence(StrEnum):
    """How far what a query found is to be trusted."""

    HIGH = "high"
    LOW = "low"  # the nearest there is, and likely on something else
    ABSTAIN = "abstain"  # none of it is worth showing


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The answer to one query.

    The filters of `query` name newspapers as the archive does; `filters` also holds the newspapers
    and days that the query's text demands. `total`, `texts` and `facets` count matching documents
    in the whole archive; the facet of a field ignores the filter on that field. `near` is the
    number of other texts that may be among the hits, and `listed` is the number of hits on all
    pages. `understood` holds the interpretations of the query other than its words. `suggestion` is
    a corrected query, and `suggestion_total` is the number of documents that match it. Where
    `lists_all`, the query has no words, and every document that passes the filters matches.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    texts: int
    texts_is_exact: bool
    near: int
    listed: int
    undated: int  # number of matching documents without a date, whatever days the query names
    facets: Mapping[str, tuple[Facet, ...]]
    took_ms: float
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    suggestion: str | None = None
    suggestion_total: int = 0
    understood: tuple[Understood, ...] = ()
    confidence: Confidence = Confidence.HIGH
    filters: Filters = field(default_factory=Filters)
    lists_all: bool = False

    @property
    def is_past_last(self) -> bool:
        """Return whether there are hits, but none on this page."""
        return self.listed > 0 and not self.hits

    @property
    def is_doubtful(self) -> bool:
        """Return whether the hits are only the nearest, and likely on another subject."""
        return self.confidence is Confidence.LOW
