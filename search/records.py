"""The records both trips share: documents, queries, hits. All frozen."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b


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
    """The part of a document that a query must be met by."""

    TEXT = "text"  # the title and the whole text
    LEAD = "lead"  # the title and the first words


# With a host, and without control characters, which browsers leave out of what they follow.
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#\\][^\x00-\x1f\x7f]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One article or one headline as published. `doc_id` is stable across rebuilds.

    `own_id` is what its newspaper or dump calls it; `added_at` is when an archive took it in.
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
    published_at: datetime.datetime | None = None  # with the time of day; as written
    own_id: str | None = None
    # UTC; None for a record that no archive holds yet. Two documents may differ in it and be equal.
    added_at: datetime.datetime | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """What passages are cut from: the body, or a headline's title."""
        return self.body if self.kind is Kind.ARTICLE else self.title

    @property
    def web_address(self) -> str | None:
        """The address of the original, where it is one of the web.

        A dump may hold any scheme, `javascript:` too, that no reader must be led to.
        """
        return self.url if self.url and _WEB_ADDRESS.match(self.url) else None


def digest_of(document: Document) -> bytes:
    """Return 16 bytes of all fields that tell one version of a document from another.

    Author, section and time of day are not among them: a dump that tells them for the first time
    completes a version, and makes no new one.
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
class Sighting:
    """Where and when a headline was seen; None is "not known"."""

    source: str | None
    date: datetime.date | None


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said before a later version of it arrived."""

    title: str
    body: str
    date: datetime.date | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one document: `document.text[start:end]`; `ordinal` counts its passages from 0."""

    doc_id: str
    ordinal: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What hits must satisfy. None is "no restriction"; an empty tuple is "nothing passes"."""

    sources: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] | None = None
    since: datetime.date | None = None  # inclusive; a document without a date passes no date bound
    until: datetime.date | None = None  # inclusive
    languages: tuple[str, ...] | None = None
    undated: bool | None = None  # True: only documents without a date
    excluded_sources: tuple[str, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is restricted."""
        return self == Filters()

    @property
    def parts(self) -> "tuple[Filters, ...]":
        """Each restriction by itself."""
        parts = (
            Filters(sources=self.sources, excluded_sources=self.excluded_sources),
            Filters(kinds=self.kinds),
            Filters(since=self.since, until=self.until, undated=self.undated),
            Filters(languages=self.languages),
        )
        return tuple(part for part in parts if not part.is_open)

    def without(self, part: "Filters") -> "Filters":
        """Leave one of the `parts` out."""
        restricted = (name for name in self.__slots__ if getattr(part, name) is not None)
        return replace(self, **dict.fromkeys(restricted))


@dataclass(frozen=True, slots=True)
class Query:
    """One request, checked by `search.engine` before it is answered."""

    text: str
    mode: Mode = Mode.HYBRID
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    within: Within = Within.TEXT
    k: int = 10
    page: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one ranking had a hit: its rank there, from 1, and its score.

    The rank is None below the ranking's depth, where only the score is known.
    """

    rank: int | None
    score: float
    terms: tuple[str, ...] = ()


class Match(StrEnum):
    """What a hit is found by."""

    WORDS = "words"  # its document matches the query
    PARTIAL = "partial"  # some of the words, or other forms of them
    MEANING = "meaning"  # nothing but its meaning


@dataclass(frozen=True, slots=True)
class Hit:
    """A document returned to the reader, with its best passage.

    `highlights` are character offsets into `snippet`, whole words that match; `related` are words
    near the query's in meaning. `score` does not compare between queries. `copies` are the ids of
    documents with the same text, folded into this hit.
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


@dataclass(frozen=True, slots=True)
class MatchingDocument:
    """A document that matches a query, in a list of all that do; `rank` counts from 1.

    `score` is BM25 by relevance, and 0 in an order by date. `copies` have the same text.
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


@dataclass(frozen=True, slots=True)
class DateHint:
    """Days that the reader named among the words; either end may be open.

    Where `is_filter`, nothing else is found; else documents of then come a little sooner. Days that
    `left_nothing` were to filter, and only favour. `words` as typed; `without` is the whole query
    without them. `elsewhere` is the number of documents that match on other days or undated.
    """

    since: datetime.date | None
    until: datetime.date | None
    words: str
    without: str
    is_filter: bool = False
    left_nothing: bool = False
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class MissingPhrase:
    """Words in quotation marks that no document asked for holds in a row.

    They were looked for as plain words.
    """

    words: str


@dataclass(frozen=True, slots=True)
class UnreadMarks:
    """Marks of the query language that fit nowhere, and so are words."""

    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownSource:
    """A newspaper asked for that the archive has not, and names like it that the archive has."""

    name: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadOnly:
    """Only documents that meet the query by title and first words are found.

    `elsewhere` is the number of the others that match. Where the lead of none did, this
    `left_nothing`, and all that match are found.
    """

    elsewhere: int
    left_nothing: bool = False


Understood = DateHint | LeadOnly | MissingPhrase | UnreadMarks | UnknownSource


class Confidence(StrEnum):
    """How far what a query found is to be trusted."""

    HIGH = "high"
    LOW = "low"  # the nearest there is, and likely on something else
    ABSTAIN = "abstain"  # none of it is worth showing


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The answer to one query.

    `query` names newspapers as the archive does; `filters` hold also what its text demands of
    newspapers and days. `total`, `texts` and `facets` count the documents that match, over the
    whole archive; a facet counts whatever the filters restrict of its own field. `near` counts the
    others that may stand among the hits, and `listed` how many hits paging reaches. `understood` is
    what was read into the query beside its words; `suggestion` is the query as it may have been
    meant, and `suggestion_total` how many documents match that. Where `lists_all`, the query has no
    words, and everything that passes its filters matches.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    texts: int
    texts_is_exact: bool
    near: int
    listed: int
    undated: int  # of the matching documents, whatever days the query asks for
    facets: Mapping[str, tuple[Facet, ...]]
    took_ms: float
    stages_ms: Mapping[str, float] = field(default_factory=dict)  # how long each stage took
    suggestion: str | None = None
    suggestion_total: int = 0
    understood: tuple[Understood, ...] = ()
    confidence: Confidence = Confidence.HIGH
    filters: Filters = field(default_factory=Filters)
    lists_all: bool = False

    @property
    def is_doubtful(self) -> bool:
        """The hits are the nearest there is, and likely on something else."""
        return self.confidence is Confidence.LOW
