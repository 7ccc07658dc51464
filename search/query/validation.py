"""Check that a query can be answered."""

from search.errors import QueryError
from search.records import Query

MAX_QUERY_LENGTH = 1000  # characters; a title or a paragraph to find again, not an article
MAX_HITS_PER_PAGE = 100
MAX_HIT_RANK = 1_000_000  # last hit that can be asked for; reaching it takes some 100 ms


def check_query(query: Query) -> None:
    """Refuse a query that cannot be answered.

    Raises:
        QueryError: the query is empty or too long, or asks for a page that cannot be given.
    """
    if not query.text.strip() and query.filters.is_unrestricted:
        raise QueryError("the query is empty: type at least one word, or name a filter")
    if not query.text.isascii() and any("\ud800" <= c <= "\udfff" for c in query.text):
        raise QueryError("the query holds half of a character (a lone surrogate): type it again")
    if len(query.text) > MAX_QUERY_LENGTH:
        raise QueryError(
            f"the query has {len(query.text)} characters, at most {MAX_QUERY_LENGTH} are allowed:"
            " shorten it"
        )
    if not 1 <= query.k <= MAX_HITS_PER_PAGE:
        raise QueryError(f"k is {query.k}: ask for 1 to {MAX_HITS_PER_PAGE} hits a page")
    if query.page < 1 or query.page * query.k > MAX_HIT_RANK:
        raise QueryError(
            f"page {query.page} of {query.k} hits: pages start at 1 and end with hit {MAX_HIT_RANK}"
        )
