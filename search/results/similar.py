"""Find documents that are similar to a document.

The stored vectors of the first level are compared, so that a French article finds similar Arabic
articles. Copies are left out.
"""

import numpy as np

from search.encoders.identity import Vectors
from search.encoders.profile import EncoderProfile
from search.index import Index
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters
from search.results.browsing import read_documents

_DEPTH = 200  # passages ranked: a long article has many near passages of its own


def similar_documents(
    index: Index, doc_id: str, k: int, profile: EncoderProfile
) -> tuple[Document, ...]:
    """Return the documents nearest to a document, the nearest first, one for each text."""
    own = index.passages_of(doc_id)
    if not len(own):
        return ()
    centre = _unit(index.vectors(own).mean(axis=0))
    nearest = index.rank_by_vector(centre, index.scope(Filters()), _DEPTH).candidates
    is_near = nearest.score >= profile.nearest_document
    is_other = nearest.group != own.group[0]
    doc_ids = collapse_copies(nearest.take(is_near & is_other)).take(slice(k)).doc_ids()
    return read_documents(index, doc_ids)


def _unit(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector / max(float(np.linalg.norm(vector)), 1e-12))
