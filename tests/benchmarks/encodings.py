"""Measures how often the encoding of a text is told, beside charset-normalizer.

    python -m tests.benchmarks.encodings DUMP… [--sample 300]

Each title and body of the dumps is encoded as its language was before UTF-8; right is what decodes
to the same text.
"""

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path

from charset_normalizer import from_bytes

from indexer.readers.dumps import read_dump
from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from search.records import Document

ENCODINGS = {"ar": ("cp1256", "iso8859-6"), "fr": ("cp1252",)}


def guess(content: bytes) -> str | None:
    best = from_bytes(content).best()
    return None if best is None else str(best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=300)
    arguments = parser.parse_args()
    for path in arguments.dumps:
        outcomes = read_dump(path, Origin(path.name))
        documents = [outcome for outcome in outcomes if isinstance(outcome, Document)]
        sample = random.Random(1).sample(documents, min(arguments.sample, len(documents)))
        for part in ("title", "body"):
            for language, encodings in ENCODINGS.items():
                texts = [getattr(d, part) for d in sample if d.language == language]
                for encoding in encodings:
                    report(
                        f"{path.name} {part}",
                        [t.encode(encoding, "ignore") for t in texts],
                        encoding,
                    )


def report(name: str, contents: list[bytes], encoding: str) -> None:
    contents = [content for content in contents if not content.isascii()]
    if not contents:
        return
    told = " ".join(
        f"{label} {share(tell, contents, encoding)}"
        for label, tell in (("ours", decode), ("charset-normalizer", guess))
    )
    print(f"{name:40} {encoding:10} {len(contents):5} texts  {told}")


def share(tell: Callable[[bytes], str | None], contents: list[bytes], encoding: str) -> str:
    started = time.process_time()
    right = sum(tell(content) == content.decode(encoding) for content in contents)
    ms = (time.process_time() - started) / len(contents) * 1000
    return f"{right / len(contents):6.1%} ({ms:.2f} ms)"


if __name__ == "__main__":
    main()
