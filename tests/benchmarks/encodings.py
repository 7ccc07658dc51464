"""Compare how often the encoding of a text is found with charset-normalizer and chardet.

    python -m tests.benchmarks.encodings DUMP… [--sample 300] > encodings.json

Each title and body of the dumps is encoded as its language was before UTF-8, once as it is and once
with a stray octet, and in UTF-8 with a stray octet. A guess is right if it gives the text, but for
that octet. The libraries choose from the encodings that we choose from, because among all that they
know they are right less often. A library that is not installed is left out.
"""

import argparse
import importlib
import importlib.util
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from indexer.readers.dumps import read_dump
from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from search.records import Document
from tests.benchmarks.reporting import describe_run

ENCODINGS = {"ar": ("cp1256", "iso8859-6"), "fr": ("cp1252",)}
CHOICES = ["ascii", "utf-8", "cp1256", "iso8859-6", "cp1252", "utf-16-le", "utf-16-be"]
STRAY = b"\xff"


def by_charset_normalizer(content: bytes) -> str | None:
    library = importlib.import_module("charset_normalizer")
    best = library.from_bytes(content, cp_isolation=CHOICES).best()
    return None if best is None else content.decode(best.encoding, "replace")


def by_chardet(content: bytes) -> str | None:
    library = importlib.import_module("chardet")
    found = library.detect(content, include_encodings=CHOICES, compat_names=False)["encoding"]
    return None if found is None else content.decode(found, "replace")


DETECTORS = {"ours": decode, "charset_normalizer": by_charset_normalizer, "chardet": by_chardet}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=300)
    arguments = parser.parse_args()
    detectors = {
        name: detect
        for name, detect in DETECTORS.items()
        if name == "ours" or importlib.util.find_spec(name) is not None
    }
    results = [
        {
            **case,
            "texts": len(texts),
            "detectors": {
                name: measure(detect, texts, case["encoding"], stray=STRAY * case["is_damaged"])
                for name, detect in detectors.items()
            },
        }
        for path in arguments.dumps
        for case, texts in cases(path, arguments.sample)
    ]
    json.dump({**describe_run(), "results": results}, sys.stdout, indent=1)
    print()


def cases(path: Path, count: int) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield what is measured, and its texts."""
    outcomes = read_dump(path, Origin(path.name))
    documents = [outcome for outcome in outcomes if isinstance(outcome, Document)]
    sample = random.Random(1).sample(documents, min(count, len(documents)))
    for language, pages in ENCODINGS.items():
        for part in ("title", "body"):
            texts = [getattr(d, part) for d in sample if d.language == language]
            texts = [text for text in texts if not text.isascii()]
            for page, is_damaged in (*product(pages, (False, True)), ("utf-8", True)):
                case = {"language": language, "part": part, "encoding": page}
                if texts:
                    yield {"dump": path.name, **case, "is_damaged": is_damaged}, texts


def measure(
    detect: Callable[[bytes], str | None], texts: list[str], encoding: str, *, stray: bytes
) -> dict[str, float]:
    """Return the share of the texts that are right, and the time of one in milliseconds."""
    halves = [
        (
            text[: len(text) // 2].encode(encoding, "ignore"),
            text[len(text) // 2 :].encode(encoding, "ignore"),
        )
        for text in texts
    ]
    started = time.process_time()
    guesses = [detect(stray.join(pair)) for pair in halves]
    ms = (time.process_time() - started) / len(texts) * 1000
    right = 0
    for guess, (first, last) in zip(guesses, halves, strict=True):
        start, end = first.decode(encoding), last.decode(encoding)
        right += (
            guess is not None
            and guess[: len(start)] == start
            and guess[len(start) + len(stray) :] == end
        )
    return {"right": round(right / len(texts), 4), "ms": round(ms, 3)}


if __name__ == "__main__":
    main()
