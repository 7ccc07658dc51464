"""Parse a trends query from the parameters of an address, and write it."""

from pydantic import ConfigDict, Field, ValidationError

from search.trends.series import MAX_TERMS, Resolution, TrendsQuery
from web.parameters import (
    FilterParameters,
    QueryText,
    RequestError,
    build_error,
    list_filters,
    parse_values,
    write_pairs,
)


class TrendsParameters(FilterParameters):
    """Terms to compare over time."""

    model_config = ConfigDict(title="Trends")

    q: list[QueryText] = Field(
        min_length=1,
        max_length=MAX_TERMS,
        description="A query, or a newspaper as source:NAME; may be repeated.",
        examples=[["فيضانات"]],
    )
    by: Resolution = Field(default=Resolution.MONTH, description="Period of one count.")
    share: bool = Field(default=False, description="1: also the shares of all documents.")

    def to_query(self) -> TrendsQuery:
        """Return the query that these parameters describe."""
        return TrendsQuery(tuple(self.q), self.by, self.to_filters().in_order)


def read_trends_query(query_string: bytes) -> tuple[TrendsQuery, bool]:
    """Parse a trends query; return it, and whether shares of all documents are requested.

    A term that is only white space counts as absent.

    Raises:
        RequestError: as for `read_query`.
    """
    try:
        parameters = TrendsParameters.model_validate(parse_values(query_string, TrendsParameters))
    except ValidationError as error:
        raise build_error(error.errors()[0], RequestError) from None
    return parameters.to_query(), parameters.share


def write_trends_query(query: TrendsQuery, *, as_share: bool) -> str:
    """Write a trends query for `read_trends_query` to parse; default values are left out."""
    return write_pairs(
        [
            *(("q", term) for term in query.terms),
            ("by", None if query.by is Resolution.MONTH else query.by.value),
            ("share", "1" if as_share else None),
            *list_filters(query.filters),
        ]
    )
