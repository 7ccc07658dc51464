"""What lies near: documents like a document, and the passage of one that answers a query.

By the stored vectors, so a French article finds its Arabic neighbours. Copies are left out.
"""

import numpy as np

from search.encoders.identity import Vectors
from search.encoders.profile import EncoderProfile
from search.index import Index
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters, Passage

_DEPTH = 200  # passages looked at: a long article has many near passages of its own


def similar_documents(
    index: Index, doc_id: str, k: int, profile: EncoderProfile
) -> tuple[Document, ...]:
    """Return the documents nearest to a document, the nearest first, one of each text."""
    own = index.passages_of(doc_id)
    if not len(own):
        return ()
    centre = _unit(index.vectors(own).mean(axis=0))
    nearest = index.rank_by_vector(centre, index.scope(Filters()), _DEPTH).candidates
    is_near = nearest.score >= profile.nearest_document
    is_other = nearest.group != own.group[0]
    doc_ids = collapse_copies(nearest.take(is_near & is_other)).take(slice(k)).doc_ids()
    documents = index.documents(doc_ids)
    return tuple(documents[doc_id] for doc_id in doc_ids if doc_id in documents)


def nearest_passage(index: Index, doc_id: str, vector: Vectors) -> Passage | None:
    """Return the passage of a document that lies nearest to a query's vector.

    None where it has no passage, or its only one: that says nothing.
    """
    own = index.passages_of(doc_id)
    if len(own) < 2 or not vector.any():
        return None
    nearest = int(index.similarities(vector, own).argmax())
    [stored] = index.passages(own.take(slice(nearest, nearest + 1)))
    return None if stored is None else stored[0]


def _unit(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector / max(float(np.linalg.norm(vector)), 1e-12))
