"""Puts a query in terms, and its filters, to tantivy: the words scored, all else only demanded."""

from collections.abc import Sequence
from itertools import chain

import tantivy

from search.language.analysis import STEM_MARK, is_stem
from search.language.names import spellings_of
from search.plan import Alternative, Phrase, QueryPlan, has_own_stem
from search.records import Filters

TITLE_BOOST = 1.5  # a word of the title says more than one of the text; chosen on training titles
# Of the score of a word that stands as it was asked for, the part that its stem gives.
SHARE_OF_STEM = 0.7
TERM_FIELDS, STEM_FIELDS = ("title", "text"), ("title_stems", "text_stems")
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
    own = _own_word(schema, alternatives)
    others = alternatives[2:] if has_own_stem(alternatives) else alternatives[1:]
    if not others:
        # Tantivy adds up one flat list in half the time of nested ones.
        return own
    scored = [tantivy.Query.boolean_query(own)]
    scored += [_weighted(_any_of(schema, one.terms), one.weight) for one in others]
    return [(tantivy.Occur.Should, tantivy.Query.disjunction_max_query(scored))]


def _any_of(schema: tantivy.Schema, terms: Phrase) -> tantivy.Query:
    if len(terms) > 1:
        return phrase_query(schema, terms)
    return tantivy.Query.boolean_query(_in_any_field(schema, terms))


def _own_word(
    schema: tantivy.Schema, alternatives: Sequence[Alternative]
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    """Add up what the term scores and what its stem does; the first alternative alone else."""
    first = alternatives[0]
    if not has_own_stem(alternatives):
        return _in_any_field(schema, first.terms, first.weight)
    return [
        *_in_any_field(schema, first.terms, 1 - SHARE_OF_STEM),
        *_in_any_field(schema, alternatives[1].terms, SHARE_OF_STEM),
    ]


def phrase_query(schema: tantivy.Schema, terms_in_row: Phrase) -> tantivy.Query:
    """Ask for these terms in a row, with the names among them joined or apart."""
    spellings = [_in_any_field(schema, spelling) for spelling in spellings_of(terms_in_row)]
    return tantivy.Query.boolean_query(list(chain.from_iterable(spellings)))


def _in_any_field(
    schema: tantivy.Schema, terms_in_row: Phrase, weight: float = 1.0
) -> list[tuple[tantivy.Occur, tantivy.Query]]:
    in_title, in_text = STEM_FIELDS if is_stem(terms_in_row[0]) else TERM_FIELDS
    title, text = (_in_field(schema, name, terms_in_row) for name in (in_title, in_text))
    return [
        (tantivy.Occur.Should, _weighted(title, weight * TITLE_BOOST)),
        (tantivy.Occur.Should, _weighted(text, weight)),
    ]


def _weighted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def _in_field(schema: tantivy.Schema, name: str, terms_in_row: Phrase) -> tantivy.Query:
    if len(terms_in_row) > 1:
        return tantivy.Query.phrase_query(schema, name, list(terms_in_row))
    term = terms_in_row[0].removesuffix(STEM_MARK)
    return tantivy.Query.term_query(schema, name, term, index_option="freq")


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
