"""Narrow a query to documents that are about it, by their title and their first words. Pure.

A word of a query may stand anywhere in a long article on something else, which an order by date
brings to the top. News says what it is about in its title and its first paragraph; archives of the
press offer these as a field of their own (headline and lead paragraph).
"""

from collections.abc import Sequence

from search.plan import (
    Alternative,
    AtLeast,
    Contains,
    Demand,
    Field,
    QueryPlan,
    in_field,
    leaves_of,
)


def demand_lead(plan: QueryPlan) -> tuple[Demand, ...]:
    """Return the demands on title and first words that make a document be about a query.

    They demand as many of its words as a match needs, half of these in the title alone, and all
    that its operators demand of the whole text. A query without words demands nothing here.
    """
    demands = [in_field(demand, Field.LEAD) for demand in plan.scope.demands if leaves_of(demand)]
    if plan.matching_words:
        demands.append(_demand_words(plan.matching_words, Field.LEAD, plan.least))
    if in_title := plan.least // 2:
        demands.append(_demand_words(plan.matching_words, Field.TITLE, in_title))
    return tuple(demands)


def _demand_words(words: Sequence[Sequence[Alternative]], field: Field, least: int) -> Demand:
    """Return the demand for `least` of the words in a field, by the alternatives that count."""
    counting = (
        [alternative.terms for alternative in word if not alternative.only_ranks] for word in words
    )
    parts = (Contains(" ".join(terms[0]), tuple(terms), field) for terms in counting if terms)
    return AtLeast(least, tuple(parts))
