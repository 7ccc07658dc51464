"""Declare and read the parameters of the API that are not those of a search."""

from pydantic import BaseModel, Field, StrictInt, ValidationError

from search.query.validation import MAX_QUERY_LENGTH
from web.parameters import RequestError, build_error, parse_values

_MAX_SIMILAR = 100  # documents


class SimilarParameters(BaseModel):
    """The parameters of the documents nearest to a document."""

    k: StrictInt = Field(default=10, ge=1, le=_MAX_SIMILAR, description="Number of documents.")


class PrefixParameters(BaseModel):
    """The parameters of completions."""

    q: str = Field(
        default="",
        max_length=MAX_QUERY_LENGTH,
        description="The letters typed so far.",
        examples=["فيض"],
    )


def read_similar_k(query_string: bytes) -> int:
    """Read the number of similar documents that a request asks for.

    Raises:
        RequestError: it is not a number, or out of range.
    """
    values = parse_values(query_string, SimilarParameters)
    try:
        return SimilarParameters.model_validate(values).k
    except ValidationError:
        raise RequestError(f"k is {values['k']}: expected 1 to {_MAX_SIMILAR} documents") from None


def read_prefix(text: str) -> str:
    """Check the beginning of a query that a reader has typed so far.

    Raises:
        RequestError: it is longer than any query.
    """
    try:
        return PrefixParameters(q=text).q
    except ValidationError as error:
        raise build_error(error.errors()[0], RequestError) from None
