"""Measure the similar articles of judged articles, by the table alone and by both levels.

    python -m tests.benchmarks.similar COLLECTION ARCHIVE > similar.json

COLLECTION is `saudi` or `bbc`, and ARCHIVE an encoded archive of it, as for
`tests.benchmarks.readers`. Prints JSON: of the first five articles, the share on the same subject
and on the same event, nDCG@5 with gains of 1 and 3, and how many nobody has judged, which count as
neither.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np

from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.index.live import SearchState
from search.similar import similar_documents
from tests.benchmarks.reporting import ROOT, describe_run

JUDGEMENTS = ROOT / "data" / "eval" / "similar.tsv"
SHOWN = 5
SUBJECT, EVENT = 1, 2  # grades

Grades = Mapping[str, int]


def read_judgements(collection: str) -> Mapping[str, Grades]:
    """Return the grades of the articles that were judged for each article."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with JUDGEMENTS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["collection"] == collection:
                grades[row["doc_id"]][row["other_id"]] = int(row["grade"])
    return grades


def main(collection: str, archive: str) -> None:
    state = SearchEngine.open(Path(archive)).live.current()
    judgements = read_judgements(collection)
    report: dict[str, object] = {**describe_run(), "articles": len(judgements)}
    table_alone = replace(state, encoder=load_encoder())
    for name, searched in (("table", table_alone), ("both levels", state)):
        report[name] = measure(searched, judgements)
    json.dump(report, sys.stdout, indent=1)
    print()


def measure(state: SearchState, judgements: Mapping[str, Grades]) -> dict[str, float]:
    """Return the means over the judged articles."""
    grades_shown, ndcg, unjudged = [], [], 0
    for doc_id, grades in judgements.items():
        similar = similar_documents(state.index, doc_id, SHOWN, state.encoder, state.profile)
        unjudged += sum(document.doc_id not in grades for document in similar)
        shown = [grades.get(document.doc_id, 0) for document in similar]
        grades_shown.append(shown)
        best = _dcg(sorted(grades.values(), reverse=True)[:SHOWN])
        if best:
            ndcg.append(_dcg(shown) / best)
    return {
        "same subject": fmean(_share(shown, SUBJECT) for shown in grades_shown),
        "same event": fmean(_share(shown, EVENT) for shown in grades_shown),
        "nDCG@5": fmean(ndcg),
        "unjudged": unjudged,
    }


def _share(grades: Sequence[int], least: int) -> float:
    return sum(grade >= least for grade in grades) / SHOWN


def _dcg(grades: Sequence[int]) -> float:
    gains = 2 ** np.array(grades) - 1
    return float(gains @ (1 / np.log2(np.arange(2, len(grades) + 2)))) if len(grades) else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
