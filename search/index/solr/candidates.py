"""Makes candidates of the entries of passages and of documents that Solr returns."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from search.errors import ArchiveError
from search.index.candidates import KINDS, NO_DAY, Candidates, Scores
from search.index.solr.entries import group_of, passage_id, read_passage_id

# What a candidate needs of the entry of a passage, or of the entry of a document.
PASSAGE_FIELDS = "id,group,source,kind,language,day"
DOCUMENT_FIELDS = "id,edition,group,source,kind,language,day"
_ID_BYTES = 40  # of all candidates, whose keys are compared; a doc_id has 20
_EDITION = "S24"
_KIND_CODES = {kind.value: code for code, kind in enumerate(KINDS)}

Entry = Mapping[str, Any]  # Any: what JSON can hold
_first_group = lru_cache(maxsize=100_000)(group_of)


@dataclass(frozen=True)
class SolrCandidates(Candidates):
    """Candidates with the edition of each passage's document, which is in the passage's id."""

    edition: npt.NDArray[np.bytes_]

    def joined(self, other: Candidates) -> Candidates:
        both = super().joined(other)
        # Names are added while states are read; a code means the same in all lists.
        return replace(
            both,
            source_names=max(self.source_names, other.source_names, key=len),
            language_names=max(self.language_names, other.language_names, key=len),
        )

    def passage_ids(self) -> list[str]:
        """Return the id of the entry of each passage."""
        editions = (edition.decode() for edition in self.edition.tolist())
        names = zip(self.doc_ids(), editions, self.ordinal.tolist(), strict=True)
        return [passage_id(doc_id, edition, ordinal) for doc_id, edition, ordinal in names]

    def with_score(self, score: Scores) -> Self:
        return replace(self, score=score)


class _Names:
    """Numbers names in the order in which they are seen."""

    def __init__(self, names: Sequence[str | None]) -> None:
        self._codes = {name: code for code, name in enumerate(names)}
        self._adding = threading.Lock()
        self.names: tuple[Any, ...] = tuple(self._codes)

    def code(self, name: str | None) -> int:
        code = self._codes.get(name)
        if code is None:
            with self._adding:
                code = self._codes.setdefault(name, len(self._codes))
                self.names = tuple(self._codes)
        return code


class CandidateMaker:
    """Makes the candidates of one state."""

    def __init__(self, source_names: Sequence[str]) -> None:
        self._sources = _Names([None, *source_names])
        self._languages = _Names([])

    def of_passages(self, entries: Sequence[Entry], scores: Scores) -> Candidates:
        """Return the candidates of entries with the `PASSAGE_FIELDS`."""
        names = [read_passage_id(entry["id"]) for entry in entries]
        doc_ids, editions, ordinals = zip(*names, strict=True) if names else ((), (), ())
        return self._made(entries, doc_ids, editions, ordinals, scores)

    def of_documents(self, entries: Sequence[Entry], scores: Scores) -> Candidates:
        """Return the first passages of documents by entries with the `DOCUMENT_FIELDS`."""
        doc_ids, editions = ([entry[name] for entry in entries] for name in ("id", "edition"))
        return self._made(entries, doc_ids, editions, [0] * len(entries), scores)

    def of_document(self, entry: Entry) -> Candidates:
        """Return every passage of a document by an entry that also has `passages`."""
        count = entry["passages"]
        entries = [entry] * count
        doc_ids, editions = ([entry[name]] * count for name in ("id", "edition"))
        return self._made(entries, doc_ids, editions, range(count), np.zeros(count))

    def _made(
        self,
        entries: Sequence[Entry],
        doc_ids: Sequence[str],
        editions: Sequence[str],
        ordinals: Sequence[int],
        scores: Scores,
    ) -> Candidates:
        if not entries:
            return Candidates.none()
        encoded = [doc_id.encode() for doc_id in doc_ids]
        if max(map(len, encoded)) > _ID_BYTES:
            raise ArchiveError(f"the cluster holds an id of more than {_ID_BYTES} bytes")

        def codes(values: Sequence[int]) -> npt.NDArray[np.int32]:
            return np.array(values, np.int32)

        groups = [entry["group"] for entry in entries]
        return SolrCandidates(
            doc_id=np.array(encoded, f"S{_ID_BYTES}"),
            ordinal=codes(ordinals),
            group=np.array(groups, np.int64),
            is_copy=np.array(
                [
                    group != _first_group(doc_id)
                    for doc_id, group in zip(doc_ids, groups, strict=True)
                ],
                bool,
            ),
            source=codes([self._sources.code(entry.get("source")) for entry in entries]),
            day=codes([entry.get("day", NO_DAY) for entry in entries]),
            kind=codes([_KIND_CODES[entry["kind"]] for entry in entries]),
            language=codes([self._languages.code(entry["language"]) for entry in entries]),
            score=np.asarray(scores, np.float64),
            source_names=self._sources.names,
            language_names=self._languages.names,
            edition=np.array([edition.encode() for edition in editions], _EDITION),
        )
