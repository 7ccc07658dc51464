"""Parse the form for readers who type no operators, from the parameters of an address."""

from collections.abc import Mapping

from pydantic import BaseModel, Field, ValidationError

from search.query.form import QueryForm
from web.parameters import Day, RequestError, build_error


class FormParameters(BaseModel):
    """The fields of the form for readers who type no operators."""

    all: str = ""
    any: str = ""
    none: str = ""
    exact: str = ""
    title: str = ""
    source: str = ""
    since: Day | None = Field(default=None, alias="from")
    until: Day | None = Field(default=None, alias="to")


def read_form(values: Mapping[str, str]) -> QueryForm:
    """Parse the form, whose fields take the place of operators.

    Raises:
        RequestError: a date is not valid.
    """
    filled_fields = {name: value for name, value in values.items() if value.strip()}
    try:
        fields = FormParameters.model_validate(filled_fields)
    except ValidationError as error:
        raise build_error(error.errors()[0], RequestError) from None
    return QueryForm(
        all_of=fields.all,
        any_of=fields.any,
        none_of=fields.none,
        exact=fields.exact,
        in_title=fields.title,
        source=fields.source,
        since=fields.since,
        until=fields.until,
    )
