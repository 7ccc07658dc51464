"""Parse queries from the parameters of an address, and write them.

`SearchParameters` declares the parameters, for the pages and for the API: the record that validates
a request also generates the API's description. The engine sets the limits; they are checked here as
well, so that a reader sees in Arabic which limit was exceeded.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Self, get_origin
from urllib.parse import parse_qs, quote_plus

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from search.errors import QueryError
from search.query.validation import MAX_HIT_RANK, MAX_HITS_PER_PAGE, MAX_QUERY_LENGTH
from search.records import Filters, Kind, Mode, Query, Sort, Within
from web.parameter_errors import (
    BROKEN_LINK,
    EMPTY,
    MAX_SOURCE_LENGTH,
    MAX_SOURCES,
    UNDATED_DAYS,
    describe_error,
)

MAX_LANGUAGE_LENGTH = 35  # characters; the longest tag in use (BCP 47)

_DEFAULTS = Query(text="")
_MAX_NUMBER_LENGTH = 18  # digits
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEARCHING_NAMES = ("q", "source", "kind", "language", "from", "to", "undated")
_NUMBER_NAMES = ("k", "page")


class RequestError(QueryError):
    """A parameter cannot be used: the error has a detail in English, and a sentence to show."""

    def __init__(self, detail: str, sentence: str = BROKEN_LINK) -> None:
        super().__init__(detail)
        self.sentence = sentence


class BodyError(RequestError):
    """The body is JSON, but not a batch of queries."""


def _require_iso_date(value: object) -> object:
    # Pydantic alone would accept 1700000000 as a date too.
    if value is None or (isinstance(value, str) and _ISO_DATE.fullmatch(value)):
        return value
    raise ValueError("not an ISO date")


Day = Annotated[date, BeforeValidator(_require_iso_date)]
Language = Annotated[str, Field(max_length=MAX_LANGUAGE_LENGTH)]
Source = Annotated[str, Field(max_length=MAX_SOURCE_LENGTH)]
QueryText = Annotated[
    str, Field(min_length=1, max_length=MAX_QUERY_LENGTH, pattern=r"[^\s\x1c-\x1f]")
]


class FilterParameters(BaseModel):
    """The conditions that documents must satisfy."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = Field(default=None, description="Only articles, or only headlines.")
    source: list[Source] = Field(
        default=[],
        max_length=MAX_SOURCES,
        description="Only these newspapers, each by its name, an alias or a part of its name.",
        examples=[["أريفينو"]],
    )
    language: list[Language] = Field(
        default=[],
        max_length=MAX_SOURCES,
        description="Only in these languages.",
        examples=[["fr"]],
    )
    since: Day | None = Field(
        default=None, alias="from", description="From this day on.", examples=["2009-01-01"]
    )
    until: Day | None = Field(
        default=None, alias="to", description="Up to this day.", examples=["2020-12-26"]
    )
    undated: bool | None = Field(default=None, description="1: only documents without a date.")

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.undated and (self.since or self.until):
            raise PydanticCustomError("undated_days", UNDATED_DAYS)
        return self

    def to_filters(self) -> Filters:
        """Return the filters that these parameters describe."""
        return Filters(
            sources=tuple(dict.fromkeys(filter(str.strip, self.source))) or None,
            kinds=None if self.kind is None else (self.kind,),
            languages=tuple(dict.fromkeys(filter(None, map(str.lower, self.language)))) or None,
            since=self.since,
            until=self.until,
            undated=self.undated or None,
        )


class SearchParameters(FilterParameters):
    """The parameters of a search."""

    model_config = ConfigDict(title="Query")

    q: str = Field(
        default=_DEFAULTS.text,
        max_length=MAX_QUERY_LENGTH,
        description="Query in Arabic, French, English or Moroccan Arabic. Without it, a filter is"
        " needed, and all documents that pass the filters are listed.",
        examples=["فيضانات وسيول في البوادي"],
    )
    mode: Mode = Field(
        default=_DEFAULTS.mode, description="Search by meaning, by words, or by both."
    )
    sort: Sort = Field(
        default=_DEFAULTS.sort,
        description="The order of the hits. By date, only documents that match are listed; where q"
        " is empty, relevance is newest.",
    )
    within: Within = Field(
        default=_DEFAULTS.within,
        description="lead: only documents that match by title and first words; if there are none,"
        " all matches.",
    )
    k: StrictInt = Field(
        default=_DEFAULTS.k, ge=1, le=MAX_HITS_PER_PAGE, description="Hits per page."
    )
    page: StrictInt = Field(
        default=_DEFAULTS.page,
        ge=1,
        le=MAX_HIT_RANK,
        description=f"Number of the page; page times k is at most {MAX_HIT_RANK}.",
    )

    @model_validator(mode="after")
    def _check_depth(self) -> Self:
        if not self.q.strip() and self.to_filters().is_unrestricted:
            raise PydanticCustomError("empty", EMPTY)
        if self.page > MAX_HIT_RANK // self.k:
            raise PydanticCustomError(
                "page_too_deep",
                "page is {page}: expected 1 to {last} with k={k}",
                {"page": self.page, "last": MAX_HIT_RANK // self.k, "k": self.k},
            )
        return self

    def to_query(self) -> Query:
        """Return the query that these parameters describe."""
        return Query(
            text=self.q,
            mode=self.mode,
            filters=self.to_filters(),
            sort=self.sort,
            within=self.within,
            k=self.k,
            page=self.page,
        )


def names_search(values: Mapping[str, str]) -> bool:
    """Return whether an address has query words or a filter."""
    return any(values.get(name) for name in _SEARCHING_NAMES)


def read_query(query_string: bytes) -> Query:
    """Parse a query from the query string of an address.

    A parameter with an empty value counts as absent.

    Raises:
        RequestError: a value is unknown, malformed, out of range, or repeated.
    """
    try:
        values = parse_values(query_string, SearchParameters)
        return SearchParameters.model_validate(values).to_query()
    except ValidationError as error:
        raise build_error(error.errors()[0], RequestError) from None


def write_query(query: Query) -> str:
    """Write a query for `read_query` to parse; parameters with default values are left out."""
    return write_pairs(
        [
            ("q", query.text or None),
            ("mode", None if query.mode is _DEFAULTS.mode else query.mode.value),
            *list_filters(query.filters),
            ("sort", None if query.sort is _DEFAULTS.sort else query.sort.value),
            ("within", None if query.within is _DEFAULTS.within else query.within.value),
            ("k", None if query.k == _DEFAULTS.k else str(query.k)),
            ("page", None if query.page == _DEFAULTS.page else str(query.page)),
        ]
    )


def list_filters(filters: Filters) -> list[tuple[str, str | None]]:
    """Return filters as parameters of an address."""
    return [
        *(("kind", kind.value) for kind in filters.kinds or ()),
        *(("source", name) for name in filters.sources or ()),
        *(("language", name) for name in filters.languages or ()),
        ("from", filters.since.isoformat() if filters.since else None),
        ("to", filters.until.isoformat() if filters.until else None),
        ("undated", "1" if filters.undated else None),
    ]


def write_pairs(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Write parameters of an address; those without a value are left out."""
    return "&".join(f"{name}={_quote(value)}" for name, value in pairs if value is not None)


# A page of results writes the same few values into each of its links.
_quote = lru_cache(maxsize=1024)(quote_plus)


def parse_values(query_string: bytes, model: type[BaseModel]) -> dict[str, object]:
    """Parse the parameters that a model declares; those without a value are left out.

    Raises:
        RequestError: the address is not UTF-8, or a parameter that is not a list is repeated.
    """
    try:
        texts_by_name = parse_qs(query_string.decode(), errors="strict")
    except UnicodeDecodeError:
        raise RequestError("the address is not UTF-8: encode its parameters as UTF-8") from None
    values: dict[str, object] = {}
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        texts = texts_by_name.get(name, [])
        if get_origin(field.annotation) is list:
            values[name] = [text for text in texts if text.strip()]
        elif len(texts) > 1:
            raise RequestError(f"{name} is given {len(texts)} times: give it once")
        elif texts:
            values[name] = _parse_number(name, texts[0]) if name in _NUMBER_NAMES else texts[0]
    return values


def _parse_number(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isdecimal() or len(digits) > _MAX_NUMBER_LENGTH:
        raise RequestError(f"{name} is {text[:50]!r}: expected a whole number")
    return int(text)


def build_error(error: ErrorDetails, error_type: type[RequestError]) -> RequestError:
    """Build the error that names the value, the expected values, and the query in a batch."""
    location = list(error["loc"])
    number = location.pop(0) if location and isinstance(location[0], int) else None
    name = str(location[0]) if location else ""
    detail, sentence = describe_error(name, error)
    return error_type(
        detail if number is None else f"query {number} of the batch: {detail}", sentence
    )
