"""Turns the parameters of an address, or the body of a batch, into queries.

The one place that knows their names, for the pages and for the API. `SearchParameters` declares
them: what validates a request is what the API's description is generated from. The limits are the
engine's: they are looked at here as well, so that a reader is told in Arabic which one was passed.

Pydantic by itself, without spectree or APIFlask on top: both bring their own form of refusals and
pages of documentation from elsewhere, and its JSON Schema is the one OpenAPI 3.1 takes as it is.
"""

import re
from datetime import date
from typing import Annotated, Self
from urllib.parse import parse_qs

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from search.errors import QueryError
from search.query.validation import DEEPEST, LONGEST_QUERY, MOST_HITS
from search.records import Filters, Kind, Mode, Query, Sort
from web.parameter_errors import BROKEN_LINK, LONGEST_SOURCE, MOST_QUERIES, MOST_SOURCES, finding

MOST_SIMILAR = 100  # documents
LONGEST_LANGUAGE = 35  # characters; the longest tag in use (BCP 47)
LONGEST_ID = 200  # characters

_ASSUMED = Query(text="")  # what stands where nothing is given
_LONGEST_NUMBER = 18  # digits
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBERS, _LISTS = ("k", "page"), ("source",)


class RequestError(QueryError):
    """A parameter that cannot be used: the detail in English, a sentence for the reader."""

    def __init__(self, detail: str, sentence: str = BROKEN_LINK) -> None:
        super().__init__(detail)
        self.sentence = sentence


class BodyError(RequestError):
    """A body that is JSON, but no batch of queries."""


def _iso_day(value: object) -> object:
    # Pydantic alone would take 1700000000 for a day too.
    if value is None or (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        return value
    raise ValueError("no ISO date")


Day = Annotated[date, BeforeValidator(_iso_day)]
Language = Annotated[str, Field(max_length=LONGEST_LANGUAGE)]
Source = Annotated[str, Field(max_length=LONGEST_SOURCE)]


class SearchParameters(BaseModel):
    """One query."""

    model_config = ConfigDict(extra="forbid", title="Query")

    q: str = Field(
        min_length=1,
        max_length=LONGEST_QUERY,
        pattern=r"[^\s\x1c-\x1f]",
        description="What to look for, in Arabic, French, English or Moroccan Arabic.",
        examples=["فيضانات وسيول في البوادي"],
    )
    mode: Mode = Field(
        default=_ASSUMED.mode, description="Which rankings answer: by meaning, by words, or both."
    )
    kind: Kind | None = Field(default=None, description="Only articles, or only headlines.")
    source: list[Source] = Field(
        default=[],
        max_length=MOST_SOURCES,
        description="Only these newspapers.",
        examples=[["أريفينو"]],
    )
    language: Language | None = Field(
        default=None, description="Only in this language.", examples=["fr"]
    )
    since: Day | None = Field(
        default=None, alias="from", description="From this day on.", examples=["2009-01-01"]
    )
    until: Day | None = Field(
        default=None, alias="to", description="Up to this day.", examples=["2020-12-26"]
    )
    sort: Sort = Field(default=_ASSUMED.sort, description="The order of the hits.")
    k: StrictInt = Field(default=_ASSUMED.k, ge=1, le=MOST_HITS, description="Hits a page.")
    page: StrictInt = Field(
        default=_ASSUMED.page,
        ge=1,
        le=DEEPEST,
        description=f"Which page of them; page times k is at most {DEEPEST}.",
    )

    @model_validator(mode="after")
    def _require_sense(self) -> Self:
        if self.page > DEEPEST // self.k:
            raise PydanticCustomError(
                "page_too_deep",
                "page is {page}: expected 1 to {last} with k={k}",
                {"page": self.page, "last": DEEPEST // self.k, "k": self.k},
            )
        if self.since and self.until and self.since > self.until:
            raise PydanticCustomError(
                "backwards",
                "from {since} is after to {until}: nothing lies between them",
                {"since": self.since.isoformat(), "until": self.until.isoformat()},
            )
        return self

    def query(self) -> Query:
        sources = tuple(dict.fromkeys(name for name in self.source if name))
        return Query(
            text=self.q,
            mode=self.mode,
            filters=Filters(
                sources=sources or None,
                kinds=None if self.kind is None else (self.kind,),
                languages=(self.language,) if self.language else None,
                since=self.since,
                until=self.until,
            ),
            sort=self.sort,
            k=self.k,
            page=self.page,
        )


_NAMES = tuple(field.alias or name for name, field in SearchParameters.model_fields.items())


def _in_full(entry: object) -> object:
    return {"q": entry} if isinstance(entry, str) else entry


Batch = Annotated[
    list[Annotated[SearchParameters, BeforeValidator(_in_full)]],
    Field(min_length=1, max_length=MOST_QUERIES),
]
_BATCH: TypeAdapter[list[SearchParameters]] = TypeAdapter(Batch)


def read_query(query_string: bytes) -> Query:
    """Read the part of an address behind its question mark. An empty value is one not given.

    Raises:
        RequestError: a value is unknown, malformed, out of range, or given twice.
    """
    try:
        return SearchParameters.model_validate(_values(query_string)).query()
    except ValidationError as error:
        raise _explain(error.errors()[0], RequestError) from None


def read_similar_k(query_string: bytes) -> int:
    """Read how many similar documents are asked for.

    Raises:
        RequestError: no number of documents that can be given.
    """
    k = _values(query_string).get("k", _ASSUMED.k)
    if not isinstance(k, int) or not 1 <= k <= MOST_SIMILAR:
        raise RequestError(f"k is {k}: expected 1 to {MOST_SIMILAR} documents")
    return k


def read_batch(body: bytes) -> list[Query]:
    """Read a JSON array of queries: objects with the names of the address, or texts alone.

    Raises:
        RequestError: it is no JSON.
        BodyError: it is no array of queries, or one of them cannot be used; the first is named.
    """
    try:
        return [entry.query() for entry in _BATCH.validate_json(body)]
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise RequestError("the body is no JSON: send an array of queries as UTF-8") from None
        raise _explain(first, BodyError) from None


def _values(query_string: bytes) -> dict[str, object]:
    try:
        parsed = parse_qs(query_string.decode(), errors="strict")
    except UnicodeDecodeError:
        raise RequestError("the address is not UTF-8: encode its parameters as UTF-8") from None
    values: dict[str, object] = {}
    for name in _NAMES:
        given = parsed.get(name, [])
        if name in _LISTS:
            values[name] = given
        elif len(given) > 1:
            raise RequestError(f"{name} is given {len(given)} times: give it once")
        elif given:
            values[name] = _number(name, given[0]) if name in _NUMBERS else given[0]
    return values


def _number(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isdecimal() or len(digits) > _LONGEST_NUMBER:
        raise RequestError(f"{name} is {text[:50]!r}: expected a whole number")
    return int(text)


def _explain(error: ErrorDetails, kind: type[RequestError]) -> RequestError:
    """Say what pydantic found first: what was given, what was expected, in whose query."""
    place = list(error["loc"])
    number = place.pop(0) if place and isinstance(place[0], int) else None
    name = str(place[0]) if place else ""
    detail, sentence = finding(name, error)
    return kind(detail if number is None else f"query {number} of the batch: {detail}", sentence)
