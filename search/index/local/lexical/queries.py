"""Builds the query for the index of passages: words add to the score, all else is demanded."""

from collections.abc import Sequence
from itertools import chain

import tantivy

from search.index.local.lexical.filters import (
    Clause,
    any_of,
    demand_query,
    demanded,
    filter_clauses,
    in_field,
)
from search.index.local.lexical.schemas import STEM_FIELDS, TERM_FIELDS
from search.language.analysis import STEM_MARK, is_stem
from search.language.names import spellings_of
from search.plan import Alternative, Field, Phrase, QueryPlan, has_own_stem, leaves_of
from search.records import Filters

TITLE_BOOST = 1.5  # of a title word over a text word; chosen on training titles
# The share of the stem in the score of a word that occurs as it was typed.
SHARE_OF_STEM = 0.7
MAX_WORDS = 64  # of one query; each reads a posting list or more


def build_query(schema: tantivy.Schema, plan: QueryPlan, filters: Filters) -> tantivy.Query:
    """Build the query for passages that pass the filters and hold any of the words.

    Demands apply to whole documents, so a passage must hold at least one of their literals.
    """
    words = plan.words[:MAX_WORDS]
    scored = tantivy.Query.boolean_query(
        [clause for word in words for clause in _word(schema, word)]
    )
    if not words:
        scored = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
    clauses = [(tantivy.Occur.Must, scored), *filter_clauses(schema, filters)]
    leaves = [leaves for demand in plan.scope.demands if (leaves := leaves_of(demand))]
    if leaves:
        literals = (demand_query(schema, leaf, _fields_of) for leaf in chain.from_iterable(leaves))
        clauses.append(demanded(any_of(literals)))
    return scored if len(clauses) == 1 else tantivy.Query.boolean_query(clauses)


def _fields_of(field: Field, is_by_stem: bool) -> Sequence[str]:
    fields = STEM_FIELDS if is_by_stem else TERM_FIELDS
    return fields[:1] if field is Field.TITLE else fields


def _word(schema: tantivy.Schema, alternatives: Sequence[Alternative]) -> list[Clause]:
    """Score by the best alternative, so that a text with several of them does not gain."""
    own = _own_word(schema, alternatives)
    others = alternatives[2:] if has_own_stem(alternatives) else alternatives[1:]
    if not others:
        # Tantivy sums a flat list in half the time of nested lists.
        return own
    scored = [tantivy.Query.boolean_query(own)]
    scored += [_weighted(_any_of(schema, other.terms), other.weight) for other in others]
    return [(tantivy.Occur.Should, tantivy.Query.disjunction_max_query(scored))]


def _any_of(schema: tantivy.Schema, terms: Phrase) -> tantivy.Query:
    if len(terms) > 1:
        return _phrase_query(schema, terms)
    return tantivy.Query.boolean_query(_in_any_field(schema, terms))


def _own_word(schema: tantivy.Schema, alternatives: Sequence[Alternative]) -> list[Clause]:
    """Score by the term and its stem, or by the first alternative if it has no own stem."""
    first = alternatives[0]
    if not has_own_stem(alternatives):
        return _in_any_field(schema, first.terms, first.weight)
    return [
        *_in_any_field(schema, first.terms, 1 - SHARE_OF_STEM),
        *_in_any_field(schema, alternatives[1].terms, SHARE_OF_STEM),
    ]


def _phrase_query(schema: tantivy.Schema, terms_in_row: Phrase) -> tantivy.Query:
    """Build the query for these terms in a row, with names among them joined or apart."""
    spellings = [_in_any_field(schema, spelling) for spelling in spellings_of(terms_in_row)]
    return tantivy.Query.boolean_query(list(chain.from_iterable(spellings)))


def _in_any_field(
    schema: tantivy.Schema, terms_in_row: Phrase, weight: float = 1.0
) -> list[Clause]:
    in_title, in_text = STEM_FIELDS if is_stem(terms_in_row[0]) else TERM_FIELDS
    plain = tuple(term.removesuffix(STEM_MARK) for term in terms_in_row)
    title, text = (in_field(schema, name, plain) for name in (in_title, in_text))
    return [
        (tantivy.Occur.Should, _weighted(title, weight * TITLE_BOOST)),
        (tantivy.Occur.Should, _weighted(text, weight)),
    ]


def _weighted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)
