"""Vector search over all segments of one state of an archive."""

from collections.abc import Callable, Iterable, Sequence

import faiss
import numpy as np

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.index.local.segments.vector_segment import REPAIR, Allowed, Ids, Mask, Segment

# As many times the passages asked for are chosen roughly, and once more for each so many searched:
# of three million twice as many held .959 of the nearest ten, four times .969, eight times .971.
RANKED, RANKED_MORE_FOR = 2, 750_000


class DenseSearcher:
    """The segments of one state of the archive.

    `live` is every passage id that still exists, ascending: masks of what is allowed go by it.
    """

    def __init__(self, segments: Iterable[Segment], live: Ids) -> None:
        self._live = live
        self._placed = [(segment, _places(segment.ids, live)) for segment in segments]

    @property
    def held(self) -> int:
        """The number of live passages that have a vector."""
        return sum(
            len(segment.ids) if isinstance(places, slice) else int(np.count_nonzero(places >= 0))
            for segment, places in self._placed
        )

    def search(
        self, query: Vectors, depth: int, allowed: Allowed | None, *, among: int | None = None
    ) -> tuple[Ids, Vectors]:
        """Return the passages nearest to the unit vector `query`, best first, and their cosines.

        By their places among the live ones. `allowed` tells of each of these whether it may be
        found; None is all. `among` is about how many may; None is all too.
        """
        searched = len(self._live) if among is None else among
        rough = depth * (RANKED + searched // RANKED_MORE_FOR)
        # One thread a query: threads cost more than they save here, and queries run side by side
        # anyway. OpenMP keeps this for each calling thread, so it is said at each search.
        faiss.omp_set_num_threads(1)
        near = [
            (segment, places, segment.search(query, rough, _allowed_rows(places, allowed)))
            for segment, places in self._placed
        ]
        least = _least_of_best([part.scores for *_, part in near], rough)
        found, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for segment, places, part in near:
            kept = part.scores >= least
            rows = part.rows[kept]
            found.append(_live_places(rows, places))
            scores.append(segment.scores_of(query, rows) if part.are_rough else part.scores[kept])
        positions, cosines = np.concatenate(found), _require_cosines(np.concatenate(scores))
        order = np.lexsort((positions, -cosines))[:depth]
        return positions[order], cosines[order]

    def vectors_of(self, places: Ids) -> Vectors:
        """Return the stored vectors of the live passages at `places`: `(len(places), dimension)`.

        Raises:
            ArchiveError: one of them is in no segment, or is damaged.
        """
        return self._gathered(places, Segment.vectors)

    def scores_of(self, query: Vectors, places: Ids) -> Vectors:
        """Return the cosine to the query of each of the live passages at `places`.

        Raises:
            ArchiveError: one of them is in no segment, or is damaged.
        """
        return _require_cosines(
            self._gathered(places, lambda segment, rows: segment.scores_of(query, rows))
        )

    def known_scores_of(self, query: Vectors, places: Ids) -> Vectors:
        """Return the cosine to the query of each of these passages, NaN where none is stored.

        Raises:
            ArchiveError: one of them is damaged.
        """
        found, missing = self._found(places, lambda segment, rows: segment.scores_of(query, rows))
        scores = np.full(len(places), np.nan, dtype=np.float32)
        if len(found):
            scores[~missing] = _require_cosines(found[~missing])
        return scores

    def _gathered(self, places: Ids, read: Callable[[Segment, Ids], Vectors]) -> Vectors:
        gathered, missing = self._found(places, read)
        if missing.any():
            raise ArchiveError(
                f"no vector of passage {self._live[places][missing][0]} is in the segments:"
                f" {REPAIR}"
            )
        return gathered

    def _found(self, places: Ids, read: Callable[[Segment, Ids], Vectors]) -> tuple[Vectors, Mask]:
        """Read the rows of passages wherever they lie, in the order asked for.

        Returns them, nothing where none was found, and which of them are in no segment.
        """
        ids = self._live[places]
        missing = np.ones(len(ids), dtype=bool)
        gathered = np.empty(0, dtype=np.float32)
        for segment, _ in self._placed:
            held, rows = segment.rows_of(ids)
            if not len(held):
                continue
            part = read(segment, rows)
            if missing.all():
                gathered = np.zeros((len(ids), *part.shape[1:]), dtype=np.float32)
            gathered[held], missing[held] = part, False
        return gathered, missing


def _require_cosines(scores: Vectors) -> Vectors:
    """Refuse scores that unit vectors cannot have."""
    # Codes round each number of a vector: a cosine of theirs may be a little above 1.
    if not bool(np.all(np.abs(scores) < 1.5)):
        raise ArchiveError(f"the vectors of the archive are damaged: {REPAIR}")
    return scores


def _least_of_best(scores: Sequence[Vectors], count: int) -> float:
    """Return the score that `count` of all reach; the least where there are no more."""
    everything = np.concatenate([np.empty(0, np.float32), *scores])
    if len(everything) <= count:
        return float(everything.min(initial=np.inf))
    return float(np.partition(everything, -count)[-count])


def _places(ids: Ids, live: Ids) -> slice | Ids:
    """Find a segment's rows among the live passages: a slice of these, or places, -1 if removed."""
    first = int(np.searchsorted(live, ids[0])) if len(ids) else 0
    together = slice(first, first + len(ids))
    if np.array_equal(live[together], ids):
        return together
    found = np.searchsorted(live, ids)
    found[found == len(live)] = 0
    places: Ids = np.where(live[found] == ids, found, -1) if len(live) else found - 1
    return places


def _live_places(rows: Ids, places: slice | Ids) -> Ids:
    return rows + places.start if isinstance(places, slice) else places[rows]


def _allowed_rows(places: slice | Ids, allowed: Allowed | None) -> Allowed | None:
    is_whole = isinstance(places, slice)
    return None if is_whole and allowed is None else _AllowedRows(places, allowed)


class _AllowedRows:
    """What is allowed of one segment, by its rows."""

    def __init__(self, places: slice | Ids, allowed: Allowed | None) -> None:
        self._places = places
        self._allowed = allowed

    def __getitem__(self, rows: slice | Ids) -> Mask:
        places: slice | Ids
        if not isinstance(self._places, slice):
            places = self._places[rows]
            is_held: Mask = places >= 0
            return is_held if self._allowed is None else is_held & self._allowed[places]
        assert self._allowed is not None, "where all are allowed nobody asks"
        if isinstance(rows, slice):
            part = range(self._places.start, self._places.stop)[rows]
            places = slice(part.start, part.stop, part.step)
        else:
            places = rows + self._places.start
        allowed: Mask = self._allowed[places]
        return allowed
