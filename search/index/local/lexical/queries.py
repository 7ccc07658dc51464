"""Puts a query in terms, and its filters, to tantivy: the words scored, all else only demanded."""

from collections.abc import Sequence

import tantivy

from search.plan import Alternative, Phrase, QueryPlan
from search.records import Filters

TITLE_BOOST = 1.5  # a word of the title says more than one of the text; chosen on training titles
MOST_WORDS = 64  # of one query: each costs a posting list or more


def build_query(schema: tantivy.Schema, plan: QueryPlan, filters: Filters) -> tantivy.Query:
    """Ask for any of the words, all that is demanded, and nothing that is excluded."""
    words, scope = plan.words[:MOST_WORDS], plan.scope
    scored = tantivy.Query.boolean_query(
        [clause for word in words for clause in _word(schema, word)]
    )
    if not words:
        scored = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
    clauses = [(tantivy.Occur.Must, scored), *_filter_clauses(schema, filters)]
    clauses += [(tantivy.Occur.MustNot, phrase_query(schema, phrase)) for phrase in scope.excluded]
    clauses += [_demanded(phrase_query(schema, phrase)) for phrase in scope.frequent]
    if scope.phrases and not scope.frequent:
        any_phrase = [(tantivy.Occur.Should, phrase_query(schema, one)) for one in scope.phrases]
        clauses.append(_demanded(tantivy.Query.boolean_query(any_phrase)))
    return scored if len(clauses) == 1 else tantivy.Query.boolean_query(clauses)


def build_phrase(schema: tantivy.Schema, phrase: Phrase, filters: Filters) -> tantivy.Query:
    """Ask for every passage with these terms in a row that passes the filters; all score 0."""
    holding = _demanded(phrase_query(schema, phrase))
    return tantivy.Query.boolean_query([holding, *_filter_clauses(schema, filters)])


def _demanded(query: tantivy.Query) -> tuple[tantivy.Occur, tantivy.Query]:
    """Demand something, which must not add to BM25."""
    return tantivy.Occur.Must, tantivy.Query.const_score_query(query, 0.0)


def _word(
    schema: tantivy.Schema, alternatives: Sequence[Alternative]
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    """Score by the best of the alternatives: a text must not gain by saying one thing twice."""
    if len(alternatives) == 1 and alternatives[0].weight == 1.0:
        # Tantivy adds up one flat list in half the time of nested ones.
        return _in_any_field(schema, alternatives[0].terms)
    scored = [
        phrase_query(schema, one.terms)
        if one.weight == 1.0
        else tantivy.Query.boost_query(phrase_query(schema, one.terms), one.weight)
        for one in alternatives
    ]
    return [(tantivy.Occur.Should, tantivy.Query.disjunction_max_query(scored))]


def phrase_query(schema: tantivy.Schema, terms_in_row: Phrase) -> tantivy.Query:
    return tantivy.Query.boolean_query(_in_any_field(schema, terms_in_row))


def _in_any_field(
    schema: tantivy.Schema, terms_in_row: Phrase
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    title, text = (_in_field(schema, name, terms_in_row) for name in ("title", "text"))
    boosted = tantivy.Query.boost_query(title, TITLE_BOOST)
    return [(tantivy.Occur.Should, boosted), (tantivy.Occur.Should, text)]


def _in_field(schema: tantivy.Schema, name: str, terms_in_row: Phrase) -> tantivy.Query:
    if len(terms_in_row) > 1:
        return tantivy.Query.phrase_query(schema, name, list(terms_in_row))
    return tantivy.Query.term_query(schema, name, terms_in_row[0], index_option="freq")


def _filter_clauses(
    schema: tantivy.Schema, filters: Filters
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    clauses = []
    for name, values in (
        ("source", filters.sources),
        ("kind", filters.kinds),
        ("language", filters.languages),
    ):
        if values is not None:
            clauses.append(
                tantivy.Query.term_set_query(schema, name, [str(value) for value in values])
            )
    if filters.since is not None or filters.until is not None:
        clauses.append(
            tantivy.Query.range_query(
                schema,
                "day",
                tantivy.FieldType.Integer,
                lower_bound=filters.since.toordinal() if filters.since else None,
                upper_bound=filters.until.toordinal() if filters.until else None,
            )
        )
    return [_demanded(clause) for clause in clauses]
