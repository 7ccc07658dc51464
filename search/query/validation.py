"""What a query may ask for."""

from search.errors import QueryError
from search.records import Query

LONGEST_QUERY = 1000  # characters; a title or a paragraph to find again, not an article
MOST_HITS = 100  # a page
DEEPEST = 1000  # last hit that can be asked for


def check_query(query: Query) -> None:
    """Refuse what cannot be answered.

    Raises:
        QueryError: the query is empty or too long, or asks for a page that cannot be given.
    """
    if not query.text.strip():
        raise QueryError("the query is empty: type at least one word")
    if not query.text.isascii() and any("\ud800" <= c <= "\udfff" for c in query.text):
        raise QueryError("the query is not whole text (it holds half a character): type it again")
    if len(query.text) > LONGEST_QUERY:
        raise QueryError(
            f"the query has {len(query.text)} characters, at most {LONGEST_QUERY} are taken:"
            " shorten it"
        )
    if not 1 <= query.k <= MOST_HITS:
        raise QueryError(f"k is {query.k}: ask for 1 to {MOST_HITS} hits a page")
    if query.page < 1 or query.page * query.k > DEEPEST:
        raise QueryError(
            f"page {query.page} of {query.k} hits: pages start at 1 and end with hit {DEEPEST}"
        )
    since, until = query.filters.since, query.filters.until
    if since is not None and until is not None and since > until:
        raise QueryError(f"from {since} is after to {until}: nothing lies between them")
