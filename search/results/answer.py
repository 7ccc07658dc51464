"""The JSON answer to a query, as the command line and the HTTP API return it.

These records both write the answers and generate `/openapi.json`, which includes their docstrings
and field names.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from search.language.analysis import STEM_MARK
from search.records import Confidence, Document, Evidence, Facet, Hit, Kind, Match, Mode, SearchPage
from search.understood import (
    DateHint,
    LeadOnly,
    MissingPhrase,
    ReversedDays,
    Understood,
    UnknownSource,
    UnreadMarks,
)

ID_EXAMPLE = "297d01f4591a3695"
_RANK = "From 1; null below the ranking's depth."


class Answer(BaseModel):
    """Later versions may add fields; the declared fields are always there."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True)


class DocumentAnswer(Answer):
    """An article or a headline as published, without its body."""

    id: str = Field(examples=[ID_EXAMPLE])
    kind: Kind
    title: str = Field(examples=["فيضانات تغمر قرى السهل"])
    source: str | None = Field(examples=["أريفينو"])
    date: date | None
    url: str | None
    language: str = Field(description="ISO 639, or und.", examples=["ar"])
    author: str | None
    section: str | None
    published_at: datetime | None = Field(
        description="With the time of day; without a time zone if the record names none."
    )


class SemanticAnswer(Answer):
    """Rank and score of the hit in the search by meaning."""

    rank: int | None = Field(description=_RANK)
    score: float = Field(description="Cosine.")


class LexicalAnswer(Answer):
    """Rank and score of the hit in the search by words."""

    rank: int | None = Field(description=_RANK)
    score: float = Field(description="BM25.")
    terms: list[str] = Field(examples=[["سيل"]])


class HitAnswer(DocumentAnswer):
    """A document, and how it meets the query."""

    match: Match = Field(
        description="words: the document matches. partial, meaning: it is only near, by some of the"
        " words or by its meaning."
    )
    score: float = Field(description="Higher is better; not comparable between queries.")
    snippet: str
    highlights: tuple[tuple[int, int], ...] = Field(
        description="Character offsets into the snippet."
    )
    related: tuple[tuple[int, int], ...] = Field(
        description="Offsets of words near the query in meaning; they overlap no highlight."
    )
    copies: tuple[str, ...] = Field(
        description="Ids of documents with the same text, folded into this one."
    )
    why: dict[Mode, LexicalAnswer | SemanticAnswer] = Field(
        description="Rank and score in each ranking that holds the hit: semantic, lexical."
    )


class FacetsAnswer(Answer):
    """Number of matching documents with each value of a field, without the filter on this field."""

    source: tuple[Facet, ...]
    kind: tuple[Facet, ...]
    year: tuple[Facet, ...]
    month: tuple[Facet, ...] = Field(description="As 2020-12, the oldest first.")
    language: tuple[Facet, ...]
    date: tuple[Facet, ...] = Field(description="With the values dated and undated.")


class DateUnderstood(Answer):
    """Days named in the query: they filter, or documents of these days rank a little higher."""

    kind: Literal["date"] = "date"
    words: str = Field(examples=["دجنبر 2020"])
    since: date | None = Field(alias="from", description="Null where only the end is named.")
    until: date | None = Field(alias="to")
    without: str = Field(description="The query without these words.")
    is_filter: bool = Field(description="Only documents of these days are found.")
    left_nothing: bool = Field(
        description="The days do not filter, since no document of them matches."
    )
    elsewhere: int = Field(ge=0, description="Matching documents of other days, or undated.")


class LeadUnderstood(Answer):
    """The search is restricted to documents that match by title and first words."""

    kind: Literal["lead"] = "lead"
    elsewhere: int = Field(ge=0, description="Number of other matching documents.")
    left_nothing: bool = Field(
        description="No document matches by title and first words: all matches are listed."
    )


class MissingPhraseUnderstood(Answer):
    """Words in quotation marks that no document holds in a row; searched as plain words."""

    kind: Literal["missing_phrase"] = "missing_phrase"
    words: str = Field(examples=["غرق السهل كله"])


class UnreadUnderstood(Answer):
    """Marks of the query language that are out of place; searched as words."""

    kind: Literal["unread"] = "unread"
    marks: tuple[str, ...] = Field(examples=[["OR"]])


class UnknownSourceUnderstood(Answer):
    """A newspaper that the archive does not have, and similar names that it has."""

    kind: Literal["unknown_source"] = "unknown_source"
    name: str = Field(examples=["اريفنو"])
    neighbours: tuple[str, ...] = Field(examples=[["أريفينو"]])


class ReversedDaysUnderstood(Answer):
    """A range whose end came before its start; it is read as the days between them."""

    kind: Literal["reversed_days"] = "reversed_days"
    since: date = Field(alias="from", description="The earlier day.")
    until: date = Field(alias="to")


UnderstoodAnswer = (
    DateUnderstood
    | LeadUnderstood
    | MissingPhraseUnderstood
    | ReversedDaysUnderstood
    | UnreadUnderstood
    | UnknownSourceUnderstood
)


class SearchAnswer(Answer):
    """One page of hits. The total and the facets count the documents that match, exactly."""

    query: str
    mode: Mode
    took_ms: float = Field(ge=0)
    page: int = Field(ge=1)
    k: int = Field(ge=1)
    total: int = Field(ge=0, description="Number of matching documents.")
    total_is_exact: bool = Field(description="Always true: the whole archive is counted.")
    texts: int = Field(ge=0, description="Number of distinct texts among the matching documents.")
    texts_is_exact: bool = Field(description="False where the texts are estimated.")
    near: int = Field(ge=0, description="Number of other documents among the hits.")
    listed: int = Field(ge=0, description="Number of hits on all pages.")
    confidence: Confidence
    hits: tuple[HitAnswer, ...]
    facets: FacetsAnswer
    suggestion: str | None = Field(description="A corrected or shortened query.")
    suggestion_total: int = Field(
        ge=0, description="Number of documents that match the suggestion."
    )
    understood: tuple[Annotated[UnderstoodAnswer, Field(discriminator="kind")], ...]
    is_doubtful: bool = Field(
        description="True if the archive may hold nothing on this: the hits are only near."
    )


def build_answer(page: SearchPage) -> SearchAnswer:
    """Build the search object that other programs rely on; its fields must not change."""
    return SearchAnswer(
        query=page.query.text,
        mode=page.query.mode,
        took_ms=round(page.took_ms, 2),
        page=page.query.page,
        k=page.query.k,
        total=page.total,
        total_is_exact=True,
        texts=page.texts,
        texts_is_exact=page.texts_is_exact,
        near=page.near,
        listed=page.listed,
        confidence=page.confidence,
        hits=tuple(map(_build_hit, page.hits)),
        facets=FacetsAnswer.model_validate(page.facets),
        suggestion=page.suggestion,
        suggestion_total=page.suggestion_total,
        understood=tuple(map(_build_understood, page.understood)),
        is_doubtful=page.is_doubtful,
    )


def search_json(page: SearchPage) -> dict[str, object]:
    """Return the search object as values that JSON can hold."""
    return build_answer(page).model_dump(mode="json")


def fields_of(document: Document) -> dict[str, object]:
    """Return the values of a `DocumentAnswer`."""
    return {
        "id": document.doc_id,
        "kind": document.kind,
        "title": document.title,
        "source": document.source,
        "date": document.date,
        "url": document.web_address,
        "language": document.language,
        "author": document.author,
        "section": document.section,
        "published_at": document.published_at,
    }


def _build_hit(hit: Hit) -> HitAnswer:
    return HitAnswer.model_validate(
        {
            **fields_of(hit.document),
            "match": hit.match,
            "score": round(hit.score, 6),
            "snippet": hit.snippet,
            "highlights": hit.highlights,
            "related": hit.related,
            "copies": hit.copies,
            "why": {mode: _explain(mode, evidence) for mode, evidence in hit.evidence.items()},
        }
    )


def _explain(mode: Mode, evidence: Evidence) -> LexicalAnswer | SemanticAnswer:
    score = round(evidence.score, 4)
    if mode is not Mode.LEXICAL:
        return SemanticAnswer(rank=evidence.rank, score=score)
    terms = dict.fromkeys(term.removesuffix(STEM_MARK) for term in evidence.terms)
    return LexicalAnswer(rank=evidence.rank, score=score, terms=list(terms))


def _build_understood(entry: Understood) -> UnderstoodAnswer:
    match entry:
        case MissingPhrase():
            return MissingPhraseUnderstood(words=entry.words)
        case LeadOnly():
            return LeadUnderstood(elsewhere=entry.elsewhere, left_nothing=entry.left_nothing)
        case UnreadMarks():
            return UnreadUnderstood(marks=entry.marks)
        case UnknownSource():
            return UnknownSourceUnderstood(name=entry.name, neighbours=entry.neighbours)
        case ReversedDays():
            days = {"from": entry.since, "to": entry.until}
            return ReversedDaysUnderstood.model_validate(days)
        case DateHint():
            return DateUnderstood.model_validate(
                {
                    "words": entry.words,
                    "from": entry.since,
                    "to": entry.until,
                    "without": entry.without,
                    "is_filter": entry.is_filter,
                    "left_nothing": entry.left_nothing,
                    "elsewhere": entry.elsewhere,
                }
            )
