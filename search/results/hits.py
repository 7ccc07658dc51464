"""Build the hits of one page: the snippet, highlights and evidence of each document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.encoders.identity import PieceQuery
from search.encoders.profile import EncoderProfile
from search.language.analysis import Word
from search.language.matching import find_words_of_each
from search.plan import QueryPlan
from search.records import Document, Evidence, Hit, Match, Mode, Passage
from search.results.found_words import find_query_words, list_sources
from search.results.snippets import cut_snippet, draft_snippet, draft_whole
from search.results.word_similarity import measure_similarity


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A document of the page, with its best passage."""

    document: Document
    passage: Passage
    score: float
    match: Match
    evidence: Mapping[Mode, Evidence]
    copies: tuple[str, ...]


def write_hits(
    documents: Sequence[RankedDocument],
    plan: QueryPlan,
    pieces: PieceQuery | None,
    profile: EncoderProfile,
) -> tuple[Hit, ...]:
    """Build a hit for each document from its best passage, with the matching words marked.

    With the `pieces` of the query, words that are near it in meaning are marked too.
    """
    matching = plan.terms
    related = frozenset(plan.related_terms).difference(matching)
    sources = list_sources(plan)
    texts = [
        ranked.document.text[ranked.passage.start : ranked.passage.end] for ranked in documents
    ]
    titles = [ranked.document.title for ranked in documents]
    words_of_each = find_words_of_each([*texts, *titles], related.union(matching))
    drafts = [
        draft_snippet(text, words) if ranked.document.body else draft_whole(text, words)
        for ranked, text, words in zip(documents, texts, words_of_each, strict=False)
    ]
    similarities = measure_similarity(
        plan.text_to_encode, [draft.parts for draft in drafts], pieces, least=profile.related_word
    )
    hits = []
    words_of_titles = words_of_each[len(documents) :]
    for ranked, title, draft, in_title, similarity in zip(
        documents, titles, drafts, words_of_titles, similarities, strict=True
    ):
        snippet = cut_snippet(draft, similarity, related)
        hit = Hit(
            document=ranked.document,
            passage=ranked.passage,
            score=ranked.score,
            snippet=snippet.text,
            highlights=snippet.highlights,
            match=ranked.match,
            related=snippet.related,
            evidence=_with_terms(ranked.evidence, [*draft.matched, *in_title], matching),
            copies=ranked.copies,
            words=find_query_words(
                [*_as_written(draft.text, draft.matched), *_as_written(title, in_title)], sources
            ),
        )
        hits.append(hit)
    return tuple(hits)


def _as_written(text: str, words: Iterable[Word]) -> Iterator[tuple[str, str]]:
    return ((word.term, text[word.start : word.end]) for word in words)


def _with_terms(
    evidence: Mapping[Mode, Evidence], words: Iterable[Word], matching: Sequence[str]
) -> Mapping[Mode, Evidence]:
    """Return the evidence, with the matching terms that the document holds added to the lexical."""
    if Mode.LEXICAL not in evidence:
        return evidence
    present = {word.term for word in words}
    present |= {term for name in present if " " in name for term in name.split(" ")}
    lexical = evidence[Mode.LEXICAL]
    terms = tuple(term for term in matching if term in present)
    return {**evidence, Mode.LEXICAL: Evidence(lexical.rank, lexical.score, terms)}
