"""List the operations of the API: for each its address, parameters, answer and refusals.

The records that validate parameters and bodies, and those that answers are written from, describe
them as well.
"""

from dataclasses import dataclass

from pydantic import BaseModel

from search.results.answer import SearchAnswer
from search.trends.answer import TrendsAnswer
from web.api import schema
from web.api.batch import Batch
from web.api.parameters import PrefixParameters, SimilarParameters
from web.parameter_errors import MAX_QUERIES
from web.parameters import SearchParameters
from web.trends_parameters import TrendsParameters


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request: the type that validates it, and an example."""

    type: object
    example: object


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; a path may hold `{doc_id}`.

    `refusals` are the statuses of its refusals besides those of every operation. A probe needs no
    key, has no limit, and has no other refusals than its own.
    """

    path: str
    name: str
    summary: str
    answer: object
    parameters: type[BaseModel] | None = None
    refusals: tuple[str, ...] = ()
    body: Body | None = None
    is_probe: bool = False

    @property
    def method(self) -> str:
        return "get" if self.body is None else "post"


OPERATIONS = (
    Operation(
        "/api/search",
        "search",
        "Answer one query",
        SearchAnswer,
        parameters=SearchParameters,
        refusals=("400", "431"),
    ),
    Operation(
        "/api/search",
        "searchBatch",
        f"Answer up to {MAX_QUERIES} queries, in their order",
        list[SearchAnswer],
        body=Body(
            Batch, ["علاش غلات الخضرة فرمضان", {"q": "tremblement de terre à Agadir", "k": 3}]
        ),
        refusals=("400", "413", "415", "422"),
    ),
    Operation(
        "/api/suggest",
        "suggest",
        "Complete the beginning of a query",
        schema.Suggestions,
        parameters=PrefixParameters,
        refusals=("400",),
    ),
    Operation(
        "/api/trends",
        "trends",
        "Count the documents of up to five terms over time",
        TrendsAnswer,
        parameters=TrendsParameters,
        refusals=("400", "431"),
    ),
    Operation(
        "/api/documents/{doc_id}",
        "document",
        "Return a document with its body",
        schema.WholeDocument,
        refusals=("404",),
    ),
    Operation(
        "/api/documents/{doc_id}/similar",
        "similar",
        "Return the documents nearest in meaning to a document",
        schema.Similar,
        parameters=SimilarParameters,
        refusals=("400", "404"),
    ),
    Operation(
        "/api/documents/{doc_id}/story",
        "story",
        "Return the reports of a document's event, in the order of time",
        schema.StoryAnswer,
        refusals=("404",),
    ),
    Operation(
        "/healthz", "health", "Check that the service is alive", schema.Health, is_probe=True
    ),
    Operation(
        "/readyz",
        "readiness",
        "Check that the newest commit is served",
        schema.Readiness,
        refusals=("503",),
        is_probe=True,
    ),
)
