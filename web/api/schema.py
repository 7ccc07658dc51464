"""Define the records of the API's answers that `search` and `web.error_handlers` do not define.

Their docstrings and field names are part of `/openapi.json`.
"""

from datetime import datetime
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from search.results.answer import ID_EXAMPLE, Answer, DocumentAnswer


class WholeDocument(DocumentAnswer):
    """A document with its text."""

    added_at: datetime | None = Field(
        description="When it was added to the archive; null if not known."
    )
    body: str
    copies: list[str] = Field(description="Ids of documents with the same text.")


class Similar(Answer):
    """The documents nearest in meaning to a document, nearest first."""

    id: str = Field(examples=[ID_EXAMPLE])
    k: int = Field(ge=1)
    hits: list[DocumentAnswer]


class ReportAnswer(DocumentAnswer):
    """A report of a story, and the documents with the same text, which are folded into it."""

    copies: list[str] = Field(description="Ids, the first published in front.")


class StoryAnswer(Answer):
    """The reports of one event in the order of time; undated reports come last."""

    id: str = Field(description="Of the document whose story it is.", examples=[ID_EXAMPLE])
    first: str | None = Field(
        description="Id of the document published first; null if another of its day may be earlier."
    )
    reports: list[ReportAnswer]


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


def respond(answer: BaseModel) -> Response:
    """Return an answer as the JSON that its record describes."""
    return Response(answer.model_dump_json(), mimetype="application/json")
