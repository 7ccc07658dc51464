"""Whether a headline that a reader pastes finds its own document first.

    python -m tests.benchmarks.pasted ARCHIVE DUMP [--most 2000]

DUMP is one of the `.jsonl` or `.jsonl.gz` files that were indexed into ARCHIVE. Every title of it,
or so many of them, evenly spread, is put as a query as it stands. A title that other documents
share counts as found where any document of that title comes first. Titles that do not are printed,
each with the marks in it, and JSON with the share of each kind comes last.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path

from search.engine import SearchEngine
from search.language.analysis import terms
from search.records import Mode, Query

KINDS = {
    "quotes": re.compile('["«»“”]'),
    "brackets": re.compile(r"[()\[\]]"),
    "colon": re.compile(":"),
    "hyphen before a word": re.compile(r"(?<!\S)[-–—−]\w"),
    "other hyphen": re.compile("[-–—−]"),
    "digits": re.compile(r"\d"),
    "plain": re.compile(""),
}


def kind_of(title: str) -> str:
    return next(name for name, marks in KINDS.items() if marks.search(title))


def read_titles(dump: Path, most: int) -> list[str]:
    opened = gzip.open if dump.suffix == ".gz" else open
    with opened(dump, "rt", encoding="utf-8") as lines:
        titles = [
            title for line in lines if (title := (json.loads(line).get("title") or "").strip())
        ]
    return titles[:: max(1, len(titles) // most)][:most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--most", type=int, default=2000)
    arguments = parser.parse_args()
    engine = SearchEngine.open(arguments.archive)
    tried: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for title in read_titles(arguments.dump, arguments.most):
        kind = kind_of(title)
        tried[kind] += 1
        hits = engine.search(Query(title[:500], Mode.HYBRID, k=3)).hits
        if hits and terms(hits[0].document.title) == terms(title):
            first[kind] += 1
        else:
            place = (
                [terms(hit.document.title) for hit in hits].index(terms(title)) + 1
                if any(terms(hit.document.title) == terms(title) for hit in hits)
                else None
            )
            print(f"{kind}\t{place}\t{title}\t{hits[0].document.title if hits else None}")
    shares = {kind: [first[kind], count] for kind, count in tried.most_common()}
    total = {"first": first.total(), "tried": tried.total()}
    print(json.dumps({**total, "share": first.total() / max(1, tried.total()), "kinds": shares}))


if __name__ == "__main__":
    main()
