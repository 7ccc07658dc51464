"""Define the records of the API's answers that `search.results.answer` does not define.

Their docstrings and field names are part of `/openapi.json`.
"""

from datetime import datetime
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from search.results.answer import ID_EXAMPLE, Answer, DocumentAnswer
from search.trends.series import Resolution


class WholeDocument(DocumentAnswer):
    """A document with its text."""

    added_at: datetime | None = Field(
        description="When the archive took it in; null where that is not known."
    )
    body: str
    copies: list[str] = Field(description="Ids of documents of the same text.")


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
    """The documents nearest in meaning to a document, nearest first."""

    id: str = Field(examples=[ID_EXAMPLE])
    k: int = Field(ge=1)
    hits: list[DocumentAnswer]


class Suggestion(Answer):
    """One completion, and where it comes from."""

    text: str = Field(examples=["فيضانات"])
    origin: str


class Suggestions(Answer):
    """The completions of the beginning of a query."""

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


def respond(answer: BaseModel) -> Response:
    """Return an answer as the JSON that its record describes."""
    return Response(answer.model_dump_json(), mimetype="application/json")
