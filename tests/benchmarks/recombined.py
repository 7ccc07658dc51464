"""Makes archives of any size from the articles of a real dump, by recombining their passages.

    python -m tests.benchmarks.recombined DUMP.jsonl.gz DOCUMENTS ARCHIVE

Each new article takes after a real one: half of its title, and passages, of it and of the articles
nearest to it in meaning. Terms stay as frequent as they are, and vectors gather as real ones do.
Two newspapers, the first with 95 of 100 articles, and ten years of days make filters of any share.
The work on a passage is done once, so a million articles take minutes.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from indexer.passages import cut_passages
from search.encoders.identity import Encoder, PieceCounts
from search.encoders.loading import load_encoder
from search.index.opening import open_index
from search.index.terms import IndexedTerms, join_terms_and_stems
from search.index.writer import NewDocument
from search.records import Document, Kind

BATCH = 4000
NEAREST = 30  # articles that one takes passages of
SOURCES = ("الجريدة الكبرى", "الجريدة الصغرى")
SHARE_OF_FIRST = 0.95
FIRST_DAY, DAYS = date(2011, 1, 1), 3650


@dataclass(frozen=True)
class Part:
    """A stretch of text with all that indexing makes of it."""

    text: str
    terms: str
    stems: str
    pieces: list[int]


class Recombiner:
    def __init__(self, dump: Path, encoder: Encoder, *, articles: int | None = None) -> None:
        with gzip.open(dump, "rt", encoding="utf-8") as lines:
            records = [json.loads(line) for line in islice(lines, articles)]
        records = [one for one in records if one["title"].split() and one["body"].split()]
        self.titles = [one["title"] for one in records]
        self._encoder = encoder
        halves = [cut_title(title) for title in self.titles]
        self.beginnings = self._read([first for first, _ in halves])
        self.ends = self._read([second for _, second in halves])
        texts = [passages_of(one["body"]) for one in records]
        flat = iter(self._read([text for one in texts for text in one]))
        self.passages = [list(islice(flat, len(one))) for one in texts]
        wholes = [held_of(parts) for parts in self.passages]
        self.nearest = nearest_to_each(encoder.pieces.pool(wholes))

    def _read(self, texts: list[str]) -> list[Part]:
        pieces = self._encoder.pieces.counter.tokenise(texts)
        return [
            Part(text, *join_terms_and_stems(text), found)
            for text, found in zip(texts, pieces, strict=True)
        ]

    def documents(self, count: int) -> Iterator[NewDocument]:
        rng = np.random.default_rng(0)
        for number in range(count):
            title, body = self._drawn(rng)
            source = SOURCES[int(rng.random() >= SHARE_OF_FIRST)]
            day = FIRST_DAY + timedelta(days=int(rng.integers(DAYS)))
            yield self._document(number, title, body, source, day)

    def untitled(self, count: int) -> Iterator[NewDocument]:
        """Give the real articles without their titles, and recombined ones up to `count`."""
        rng = np.random.default_rng(0)
        for number in range(count):
            is_real = number < len(self.passages)
            body = self.passages[number] if is_real else self._drawn(rng)[1]
            yield self._document(number, (), body, None, None)

    def _drawn(self, rng) -> tuple[tuple[Part, Part], list[Part]]:
        """Draw the halves of a title, and passages."""
        place = int(rng.integers(len(self.passages)))
        near = self.nearest[place]
        body = []
        for own in self.passages[place]:
            others = self.passages[near[rng.integers(len(near))]]
            body.append(own if rng.random() < 0.3 else others[int(rng.integers(len(others)))])
        return (self.beginnings[place], self.ends[near[rng.integers(len(near))]]), body

    def _document(self, number, title, body, source, day) -> NewDocument:
        written = " ".join(part.text for part in title)
        text = "\n".join(part.text for part in body)
        spans, start = [], 0
        for part in body:
            spans.append((start, start + len(part.text)))
            start += len(part.text) + 1
        in_title = " ".join(part.terms for part in title)
        of_title = " ".join(part.stems for part in title)
        held = [held_of([*title, part]) for part in body]
        return NewDocument(
            Document(str(number), Kind.ARTICLE, written, text, source, day, None, "ar"),
            spans,
            [IndexedTerms(in_title, part.terms, of_title, part.stems) for part in body],
            self._encoder.pieces.pool(held),
            [one.pieces for one in held],
        )


def held_of(parts: Iterable[Part]) -> PieceCounts:
    counts = Counter(piece for part in parts for piece in part.pieces)
    return PieceCounts(
        np.fromiter(counts, np.uint32, len(counts)),
        np.fromiter(counts.values(), np.uint16, len(counts)),
    )


def cut_title(title: str) -> tuple[str, str]:
    words = title.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def passages_of(body: str) -> list[str]:
    document = Document("", Kind.ARTICLE, "", body, None, None, None, "ar")
    return [body[start:stop] for start, stop in cut_passages(document)]


def nearest_to_each(vectors) -> np.ndarray:
    """Give the places of the articles nearest to each, itself among them."""
    count = min(NEAREST, len(vectors))
    found = np.empty((len(vectors), count), dtype=np.int32)
    for start in range(0, len(vectors), 1000):
        scores = vectors[start : start + 1000] @ vectors.T
        found[start : start + 1000] = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    return found


def build(documents: Iterable[NewDocument], encoder: Encoder, archive: Path) -> None:
    """Make the archive, and beside it the file of its vectors."""
    with (
        open_index(archive).writer(encoder.identity) as writer,
        vectors_beside(archive).open("wb") as exact,
    ):
        walk = iter(documents)
        while batch := list(islice(walk, BATCH)):
            with writer.commit() as changes:
                for new in batch:
                    changes.store(new)
                    new.vectors.tofile(exact)
        writer.merge()


def vectors_beside(archive: Path) -> Path:
    """Name the file of the vectors as they were before they were rounded: float32, row by row."""
    return archive.with_name(f"{archive.name}.f32")


def main() -> None:
    dump, count, archive = sys.argv[1:]
    encoder = load_encoder()
    documents = Recombiner(Path(dump), encoder).documents(int(count))
    build(tqdm(documents, total=int(count), unit=" articles"), encoder, Path(archive))


if __name__ == "__main__":
    main()
