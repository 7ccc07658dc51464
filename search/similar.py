"""Find documents that are similar to a document.

The means of its stored vectors are compared with the passages of all documents, so that a French
article finds similar Arabic articles. Copies are left out.
"""

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.index import Index
from search.index.candidates import Candidates
from search.meaning import find_nearest, mean_vectors, rank_by_meaning
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters
from search.results.browsing import read_documents


def similar_documents(
    index: Index, doc_id: str, k: int, encoder: Encoder, profile: EncoderProfile
) -> tuple[Document, ...]:
    """Return the documents nearest to a document, the nearest first, one for each text."""
    own = index.passages_of(doc_id)
    if not len(own):
        return ()
    means = mean_vectors(index, [own], encoder).mean()
    nearest = find_nearest(means, encoder, index, index.scope(Filters()))
    ranked = rank_by_meaning(index, nearest, Candidates.none()).candidates
    is_near = ranked.score >= profile.nearest_document
    is_other = ranked.group != own.group[0]
    doc_ids = collapse_copies(ranked.take(is_near & is_other)).take(slice(k)).doc_ids()
    return read_documents(index, doc_ids)
