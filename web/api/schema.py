"""The records that the API answers with, for its description.

Their docstrings and field names are part of `/openapi.json`. The answers themselves are written by
`search.results.answer`.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from search.records import Kind, Match, Mode
from search.trends.series import Resolution

_ID = "297d01f4591a3695"


class Answer(BaseModel):
    """Fields may be added; those declared are there."""

    model_config = ConfigDict(extra="allow")


class Document(Answer):
    """An article or a headline as published, without its body."""

    id: str = Field(examples=[_ID])
    kind: Kind
    title: str = Field(examples=["فيضانات تغمر قرى السهل"])
    source: str | None = Field(examples=["أريفينو"])
    date: date | None
    url: str | None
    language: str = Field(description="ISO 639, or und.", examples=["ar"])
    author: str | None
    section: str | None
    published_at: datetime | None = Field(
        description="With the time of day; of no time zone where none was told."
    )


class WholeDocument(Document):
    """A document with its text."""

    added_at: datetime | None = Field(
        description="When the archive took it in; null where that is not known."
    )
    body: str
    copies: list[str] = Field(description="Ids of documents of the same text.")


class Semantic(Answer):
    """Where the search by meaning had the hit."""

    rank: int | None = Field(description="From 1; null below the ranking's depth.")
    score: float = Field(description="Cosine.")


class Lexical(Answer):
    """Where the search by words had the hit."""

    rank: int | None = Field(description="From 1; null below the ranking's depth.")
    score: float = Field(description="BM25.")
    terms: list[str] = Field(examples=[["سيل"]])


class Why(Answer):
    """What each ranking that found the hit said of it."""

    semantic: Semantic | None = None
    lexical: Lexical | None = None


class Hit(Document):
    """A document that was found."""

    match: Match = Field(description="What the document was found by.")
    score: float = Field(description="Higher is better; does not compare between queries.")
    snippet: str
    highlights: list[tuple[int, int]] = Field(description="Character offsets into the snippet.")
    related: list[tuple[int, int]] = Field(
        description="Those of words near the query's in meaning; they overlap no highlight."
    )
    copies: list[str] = Field(description="Ids of documents of the same text, folded into this.")
    why: Why


class Facet(Answer):
    """One value of a field, and how many found documents have it."""

    value: str | int
    count: int = Field(ge=0)


class DateUnderstood(Answer):
    """Days named among the words: they filter, or documents of then come a little sooner."""

    kind: Literal["date"]
    words: str = Field(examples=["دجنبر 2020"])
    since: date | None = Field(alias="from", description="Null where only the end is named.")
    until: date | None = Field(alias="to")
    without: str = Field(description="The query without these words.")
    is_filter: bool = Field(description="Nothing of other days is found.")
    left_nothing: bool = Field(description="They were to filter, but nothing matched.")
    elsewhere: int = Field(ge=0, description="Documents that match on other days, or undated.")


class UnreadUnderstood(Answer):
    """Marks of the query language that fit nowhere: looked for as words."""

    kind: Literal["unread"]
    marks: list[str] = Field(examples=[["OR"]])


class UnknownSourceUnderstood(Answer):
    """A newspaper that the archive has not, and names like it that it has."""

    kind: Literal["unknown_source"]
    name: str
    neighbours: list[str]


class MissingPhraseUnderstood(Answer):
    """Words in quotation marks that no document holds in a row: looked for as plain words."""

    kind: Literal["missing_phrase"]
    words: str = Field(examples=["غرق السهل كله"])


class SearchAnswer(Answer):
    """One page of hits. The total and the facets count the documents that match, exactly."""

    query: str
    mode: Mode
    took_ms: float = Field(ge=0)
    page: int = Field(ge=1)
    k: int = Field(ge=1)
    total: int = Field(ge=0)
    total_is_exact: bool = Field(description="Always true: the whole archive is counted.")
    texts: int = Field(ge=0, description="The distinct texts among the matching documents.")
    texts_is_exact: bool = Field(description="False where the texts are estimated.")
    near: int = Field(ge=0, description="The other documents that stand among the hits.")
    listed: int = Field(ge=0, description="The hits of all pages together.")
    confidence: Literal["high", "low"]
    hits: list[Hit]
    facets: dict[str, list[Facet]] = Field(description="By source, year and kind at least.")
    understood: list[
        Annotated[
            DateUnderstood | MissingPhraseUnderstood | UnreadUnderstood | UnknownSourceUnderstood,
            Field(discriminator="kind"),
        ]
    ]
    suggestion: str | None = Field(description="The query as it may have been meant.")
    suggestion_total: int = Field(ge=0, description="The documents that match the suggestion.")
    is_doubtful: bool = Field(
        description="True where the archive may hold nothing on this: the hits are the nearest."
    )


class TrendCounts(Answer):
    """One term: its counts have an entry for each period."""

    query: str = Field(examples=["فيضانات"])
    total: int = Field(ge=0, description="The matching documents that have a date.")
    undated: int = Field(ge=0, description="The matching documents without one.")
    counts: list[int]
    shares: list[float | None] | None = Field(
        description="0 to 1, null of no documents; null as a whole unless they were asked for."
    )


class TrendsAnswer(Answer):
    """How many documents match each term, in each period from the first to the last."""

    by: Resolution
    share: bool
    periods: list[str] = Field(description="As ISO 8601.", examples=[["2020-11", "2020-12"]])
    documents: list[int] = Field(description="All documents; 0 in a gap of the collection.")
    undated: int = Field(ge=0, description="All documents without a date.")
    trends: list[TrendCounts]


class Similar(Answer):
    """The documents nearest in meaning to one, nearest first."""

    id: str = Field(examples=[_ID])
    k: int = Field(ge=1)
    hits: list[Document]


class Suggestion(Answer):
    """One completion, and where it comes from."""

    text: str = Field(examples=["فيضانات"])
    origin: str


class Suggestions(Answer):
    """What may be meant by the beginning of a query."""

    query: str
    suggestions: list[Suggestion]


class Health(Answer):
    """The service is alive."""

    status: Literal["ok"]


class Readiness(Answer):
    """The archive is open, and its newest commit is served or being opened."""

    status: Literal["ready"]
    commit: int = Field(ge=0)
    committed_at: str = Field(examples=["2026-03-20T10:00:00+00:00"])
    documents: int = Field(ge=0)


class Problem(Answer):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Bad Request"])
    status: int = Field(ge=400, le=599)
    detail: str = Field(examples=["k is 0: expected 1 to 100 hits a page"])
