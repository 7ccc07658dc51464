"""Build the views of the hits of a results page."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from search.index import TermStatistics
from search.language.analysis import words
from search.records import Document, Hit, Kind, SearchPage
from web.pages.clipping import build_clipping
from web.pages.document_metadata import DocumentMetadata, describe_document, note_copies
from web.pages.explanation import Explanation, explain, list_typed_words
from web.pages.highlighting import drop_repeated, find_common, mark_spans
from web.pages.wording import MATCH_NAMES
from web.parameters import write_query
from web.permalinks import write_permalinks
from web.references.coins import write_coins
from web.references.reference import build_reference


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit with the words marked in its snippet, its copies, and the reasons for it."""

    metadata: DocumentMetadata
    snippet: Markup | None  # None for a headline, whose title is its text
    match: str  # how the ranking found it; empty where it matches the query
    story_url: str | None  # None where the page offers no story of it
    copies_note: str  # empty where the text was published once
    copies: tuple[DocumentMetadata, ...]
    explanation: Explanation
    coins: str  # its reference, for reference managers
    clipping: dict[str, str]


def build_hit_views(
    page: SearchPage,
    copies_by_id: Mapping[str, Document],
    vocabulary: TermStatistics,
    *,
    with_story: AbstractSet[str],
) -> tuple[HitView, ...]:
    """Build the views of the hits of one answer.

    `copies_by_id` holds the copies of the hits; `vocabulary` knows which words are common;
    `with_story` are the ids of the hits that a story is offered for.
    """
    query = page.query
    suffix = f"?{write_query(query)}"
    typed_by_term = list_typed_words(query.text)
    levels = {level for word in words(query.text) for level in (word.term, word.stem)}
    common = find_common(levels, vocabulary)
    permalink_of = write_permalinks()
    views = []
    for hit in page.hits:
        document, doc_id = hit.document, hit.document.doc_id
        copies = [copies_by_id[copy_id] for copy_id in hit.copies if copy_id in copies_by_id]
        view = HitView(
            metadata=describe_document(document, suffix),
            snippet=_mark_snippet(hit, common),
            match=str(MATCH_NAMES[hit.match]),
            story_url=url_for("stories.story", doc_id=doc_id) if doc_id in with_story else None,
            copies_note=note_copies(document, copies),
            copies=tuple(describe_document(copy, suffix) for copy in copies),
            explanation=explain(hit, typed_by_term),
            coins=write_coins(build_reference(document, permalink_of(doc_id))),
            clipping=build_clipping(document),
        )
        views.append(view)
    return tuple(views)


def _mark_snippet(hit: Hit, common: AbstractSet[str]) -> Markup | None:
    if hit.document.kind is not Kind.ARTICLE:
        return None
    highlights = drop_repeated(hit.snippet, hit.highlights, common)
    return mark_spans(hit.snippet, highlights, hit.related)
