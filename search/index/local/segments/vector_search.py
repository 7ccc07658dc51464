"""Vector search over all segments of one state of an archive."""

from collections.abc import Callable, Iterable, Sequence

import faiss
import numpy as np

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.index.candidates import Mask
from search.index.local.segments.files import Ids
from search.index.local.segments.vector_segment import REPAIR, RowMask, Segment

# The rough search returns RANKED times `depth` passages, and `depth` more for each RANKED_MORE_FOR
# searched. Of three million, 2 x depth held .959 of the nearest ten, 4 x .969, 8 x .971.
RANKED, RANKED_MORE_FOR = 2, 750_000


class DenseSearcher:
    """The segments of one state of the archive.

    `live` holds the ids of all existing passages, ascending; the methods name passages by their
    positions in it.
    """

    def __init__(self, segments: Iterable[Segment], live: Ids) -> None:
        self._live = live
        self._placed = [(segment, _places(segment.ids, live)) for segment in segments]

    @property
    def entry_count(self) -> int:
        """Return the number of live passages that have a vector."""
        return sum(
            len(segment.ids) if isinstance(places, slice) else int(np.count_nonzero(places >= 0))
            for segment, places in self._placed
        )

    def search(
        self, query: Vectors, depth: int, allowed: RowMask | None, *, among: int | None = None
    ) -> tuple[Ids, Vectors]:
        """Return the passages nearest to the unit vector `query`, best first, and their cosines.

        The passages are positions in `live`. `allowed` is a mask of the passages that may be
        returned, and `among` their approximate number; None means all.
        """
        searched = len(self._live) if among is None else among
        rough = depth * (RANKED + searched // RANKED_MORE_FOR)
        # One thread a query: threads cost more than they save here, and queries run side by side
        # anyway. OpenMP keeps this setting for each calling thread, so each search sets it.
        faiss.omp_set_num_threads(1)
        near = [
            (segment, places, segment.search(query, rough, _allowed_rows(places, allowed)))
            for segment, places in self._placed
        ]
        least = _least_of_best([part.scores for *_, part in near], rough)
        live_places, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for segment, places, part in near:
            is_best = part.scores >= least
            rows = part.rows[is_best]
            live_places.append(_live_places(rows, places))
            scores.append(
                segment.scores_of(query, rows) if part.are_rough else part.scores[is_best]
            )
        positions, cosines = np.concatenate(live_places), _require_cosines(np.concatenate(scores))
        order = np.lexsort((positions, -cosines))[:depth]
        return positions[order], cosines[order]

    def vectors_of(self, places: Ids) -> Vectors:
        """Return the stored vectors of the live passages at `places`: `(len(places), dimension)`.

        Raises:
            ArchiveError: a vector is in no segment, or is damaged.
        """
        return self._read_all(places, Segment.vectors)

    def scores_of(self, query: Vectors, places: Ids) -> Vectors:
        """Return the cosine to the query of each of the live passages at `places`.

        Raises:
            ArchiveError: a vector is in no segment, or is damaged.
        """
        return _require_cosines(
            self._read_all(places, lambda segment, rows: segment.scores_of(query, rows))
        )

    def known_vectors_of(self, places: Ids, dimension: int) -> Vectors:
        """Return the vectors of these passages: `(len(places), dimension)`, NaN where none is.

        Raises:
            ArchiveError: a vector is damaged.
        """
        stored, missing = self._read(places, Segment.vectors)
        vectors = np.full((len(places), dimension), np.nan, dtype=np.float32)
        if len(stored):
            vectors[~missing] = stored[~missing]
        return vectors

    def known_scores_of(self, query: Vectors, places: Ids) -> Vectors:
        """Return the cosine to the query of each of these passages, NaN where no vector is stored.

        Raises:
            ArchiveError: a vector is damaged.
        """
        cosines, missing = self._read(places, lambda segment, rows: segment.scores_of(query, rows))
        scores = np.full(len(places), np.nan, dtype=np.float32)
        if len(cosines):
            scores[~missing] = _require_cosines(cosines[~missing])
        return scores

    def _read_all(self, places: Ids, read: Callable[[Segment, Ids], Vectors]) -> Vectors:
        gathered, missing = self._read(places, read)
        if missing.any():
            raise ArchiveError(
                f"no vector of passage {self._live[places][missing][0]} is in the segments:"
                f" {REPAIR}"
            )
        return gathered

    def _read(self, places: Ids, read: Callable[[Segment, Ids], Vectors]) -> tuple[Vectors, Mask]:
        """Read the rows of passages from all segments, in the order of `places`.

        Returns the rows, or an empty array if no segment has any, and which rows are missing.
        """
        ids = self._live[places]
        missing = np.ones(len(ids), dtype=bool)
        gathered = np.empty(0, dtype=np.float32)
        for segment, _ in self._placed:
            positions, rows = segment.rows_of(ids)
            if not len(positions):
                continue
            part = read(segment, rows)
            if missing.all():
                gathered = np.zeros((len(ids), *part.shape[1:]), dtype=np.float32)
            gathered[positions], missing[positions] = part, False
        return gathered, missing


def _require_cosines(scores: Vectors) -> Vectors:
    """Refuse scores that unit vectors cannot have."""
    # Codes round each number of a vector, so a cosine may be a little above 1.
    if not bool(np.all(np.abs(scores) < 1.5)):
        raise ArchiveError(f"the vectors of the archive are damaged: {REPAIR}")
    return scores


def _least_of_best(scores: Sequence[Vectors], count: int) -> float:
    """Return the `count`-th best of all scores, or the least if there are fewer."""
    everything = np.concatenate([np.empty(0, np.float32), *scores])
    if len(everything) <= count:
        return float(everything.min(initial=np.inf))
    return float(np.partition(everything, -count)[-count])


def _places(ids: Ids, live: Ids) -> slice | Ids:
    """Return the positions of a segment's ids in `live`: a slice, or an array, -1 if removed."""
    first = int(np.searchsorted(live, ids[0])) if len(ids) else 0
    contiguous = slice(first, first + len(ids))
    if np.array_equal(live[contiguous], ids):
        return contiguous
    nearest = np.searchsorted(live, ids)
    nearest[nearest == len(live)] = 0
    places: Ids = np.where(live[nearest] == ids, nearest, -1) if len(live) else nearest - 1
    return places


def _live_places(rows: Ids, places: slice | Ids) -> Ids:
    return rows + places.start if isinstance(places, slice) else places[rows]


def _allowed_rows(places: slice | Ids, allowed: RowMask | None) -> RowMask | None:
    is_whole = isinstance(places, slice)
    return None if is_whole and allowed is None else _AllowedRows(places, allowed)


class _AllowedRows:
    """A mask of the allowed rows of one segment."""

    def __init__(self, places: slice | Ids, allowed: RowMask | None) -> None:
        self._places = places
        self._allowed = allowed

    def __getitem__(self, rows: slice | Ids) -> Mask:
        places: slice | Ids
        if not isinstance(self._places, slice):
            places = self._places[rows]
            is_live: Mask = places >= 0
            return is_live if self._allowed is None else is_live & self._allowed[places]
        assert self._allowed is not None, "where all are allowed nobody asks"
        if isinstance(rows, slice):
            part = range(self._places.start, self._places.stop)[rows]
            places = slice(part.start, part.stop, part.step)
        else:
            places = rows + self._places.start
        allowed: Mask = self._allowed[places]
        return allowed
