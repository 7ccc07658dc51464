"""Writes hits: what the documents of one page show of themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.encoders.identity import PieceQuery
from search.language.analysis import Word
from search.language.matching import find_words_of_each
from search.query.planning import Interpretation
from search.records import Document, Evidence, Hit, Mode, Passage
from search.results.snippets import cut_snippet, draft_snippet, draft_whole
from search.results.word_similarity import read_meaning


@dataclass(frozen=True, slots=True)
class Chosen:
    """A document that comes on the page, by its best passage."""

    document: Document
    passage: Passage
    score: float
    evidence: Mapping[Mode, Evidence]
    copies: tuple[str, ...]


def write_hits(
    chosen: Sequence[Chosen], asked: Interpretation, pieces: PieceQuery | None
) -> tuple[Hit, ...]:
    """Show each document by its best passage, with the words marked that match.

    Those near the query's in meaning are marked where the query's `pieces` are known.
    """
    related = frozenset(asked.lexical.related_terms).difference(asked.lexical.terms)
    wanted = related.union(asked.lexical.terms)
    texts = [one.document.text[one.passage.start : one.passage.end] for one in chosen]
    titles = [one.document.title for one in chosen]
    matched = find_words_of_each([*texts, *titles], wanted)
    drafts = [
        draft_snippet(text, words) if one.document.body else draft_whole(text, words)
        for one, text, words in zip(chosen, texts, matched, strict=False)
    ]
    readings = read_meaning(asked.meant, [draft.parts for draft in drafts], pieces)
    hits = []
    of_titles = matched[len(chosen) :]
    for one, draft, in_title, reading in zip(chosen, drafts, of_titles, readings, strict=True):
        snippet = cut_snippet(draft, reading, related)
        hit = Hit(
            document=one.document,
            passage=one.passage,
            score=one.score,
            snippet=snippet.text,
            highlights=snippet.highlights,
            related=snippet.related,
            evidence=_with_terms(one, [*draft.matched, *in_title], asked.lexical.terms),
            copies=one.copies,
        )
        hits.append(hit)
    return tuple(hits)


def _with_terms(
    chosen: Chosen, matched: Iterable[Word], wanted: Sequence[str]
) -> Mapping[Mode, Evidence]:
    """Say of the search by words which of the `wanted` terms the document holds."""
    if Mode.LEXICAL not in chosen.evidence:
        return chosen.evidence
    held = {word.term for word in matched}
    held |= {term for name in held if " " in name for term in name.split(" ")}
    lexical = chosen.evidence[Mode.LEXICAL]
    terms = tuple(term for term in wanted if term in held)
    return {**chosen.evidence, Mode.LEXICAL: Evidence(lexical.rank, lexical.score, terms)}
