"""Write candidates by hand."""

from collections.abc import Sequence

import numpy as np

from search.index.candidates import Candidates


def candidates(
    doc_ids: Sequence[str],
    *,
    scores: Sequence[float],
    ordinals: Sequence[int] | None = None,
    groups: Sequence[int] | None = None,
    days: Sequence[int] | None = None,
) -> Candidates:
    """Return candidates of these documents; without `groups`, no two documents are copies."""
    numbers = {doc_id: number for number, doc_id in enumerate(dict.fromkeys(doc_ids))}
    zeros = np.zeros(len(doc_ids), np.int32)
    return Candidates(
        doc_id=np.array([doc_id.encode() for doc_id in doc_ids], dtype=np.bytes_),
        ordinal=zeros if ordinals is None else np.array(ordinals, np.int32),
        group=np.array(groups or [numbers[doc_id] for doc_id in doc_ids], np.int64),
        is_copy=np.zeros(len(doc_ids), bool),
        source=zeros,
        day=zeros if days is None else np.array(days, np.int32),
        kind=zeros,
        language=zeros,
        score=np.array(scores, np.float64),
        source_names=(None,),
        language_names=("ar",),
    )
