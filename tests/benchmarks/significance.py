"""Compares two measurements of readers' queries, kind by kind: is the difference chance?

    python -m tests.benchmarks.significance BEFORE.json AFTER.json [BEFORE.json AFTER.json …]

The files are those of `tests.benchmarks.readers`; several pairs are pooled. For each kind of query
and mode it prints the mean nDCG@10 before and after, and the two-sided p of a paired randomisation
test: how often a difference as large comes about where before and after are swapped by chance.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import permutation_test

SWAPS = 20_000

Differences = dict[tuple[str, str], list[tuple[float, float]]]


def main(files: Sequence[str]) -> None:
    pairs: Differences = defaultdict(list)
    for before, after in zip(files[::2], files[1::2], strict=True):
        _collect(Path(before), Path(after), pairs)
    print(f"{'by':<10}{'kind':<12}{'queries':>8}{'before':>8}{'after':>8}{'p':>8}")
    for (mode, kind), values in sorted(pairs.items()):
        before_values, after_values = np.array(values).T
        p = compare(before_values, after_values)
        means = f"{before_values.mean():>8.3f}{after_values.mean():>8.3f}"
        print(f"{mode:<10}{kind:<12}{len(values):>8}{means}{p:>8.3f}")


def compare(before: np.ndarray, after: np.ndarray) -> float:
    """Return the two-sided p of a paired randomisation test of the mean difference."""
    if np.array_equal(before, after):
        return 1.0
    test = permutation_test(
        (before, after),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=SWAPS,
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def _collect(before: Path, after: Path, pairs: Differences) -> None:
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in (before, after)]
    for mode, values in reports[0]["values"].items():
        for query_id, value in values.items():
            pair = (value, reports[1]["values"][mode][query_id])
            pairs[mode, reports[0]["kinds"][query_id]].append(pair)
            pairs[mode, "all"].append(pair)


if __name__ == "__main__":
    main(sys.argv[1:])
