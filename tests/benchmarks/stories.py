"""Measure the stories that are found from one report of each labelled event.

    python -m tests.benchmarks.stories saudinewsnet=ARCHIVE sample=ARCHIVE > stories.json

An argument names a collection of `data/eval/stories.jsonl` and an encoded archive of it. The events
were defined before any search, and their members labelled by title and date. The half `tune` chose
the constants of `search.stories` and `search.ranking.agreement`; the half `test` only measures
them. Prints JSON for each half: precision and recall of the members, as the mean of the events and
of all members together; the same of the pairs of documents that share a text; and the time of a
story. The report that a story is found from and the reports in doubt count as neither.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import Any, NamedTuple

from search.engine import SearchEngine
from search.index.live import SearchState
from search.stories import OFFERED_FROM, find_story
from tests.benchmarks.reporting import ROOT, describe_run

LABELS = ROOT / "data" / "eval" / "stories.jsonl"

Event = Mapping[str, Any]  # a line of the labels


class Overlap(NamedTuple):
    """How many things were found, how many should be, and how many are both."""

    found: int
    expected: int
    both: int

    @property
    def precision(self) -> float | None:
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.both / self.expected if self.expected else None


class Outcome(NamedTuple):
    event: str
    reports: int
    members: Overlap
    pairs: Overlap  # of documents with the same text
    took_ms: float


def read_events(half: str, collections: Iterable[str]) -> list[Event]:
    with LABELS.open(encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    return [e for e in events if e["half"] == half and e["collection"] in collections]


def main(*arguments: str) -> None:
    archives = dict(argument.split("=", 1) for argument in arguments)
    states = {
        collection: SearchEngine.open(Path(archive)).live.current()
        for collection, archive in archives.items()
    }
    share = min(state.index.identity.share_encoded for state in states.values())
    report: dict[str, object] = {
        **describe_run(),
        "archives": list(archives),
        "percent encoded": round(100 * share),  # with the vectors of the second level
    }
    for half in ("tune", "test"):
        events = read_events(half, archives)
        report[half] = summarise([measure(states[one["collection"]], one) for one in events])
    json.dump(report, sys.stdout, indent=1)
    print()


def measure(state: SearchState, event: Event) -> Outcome:
    """Find the story of an event's seed, and compare it with the event's members."""
    started = perf_counter()
    story = find_story(state.index, event["seed"], state.encoder)
    took_ms = (perf_counter() - started) * 1000
    assert story is not None, f"the archive lacks {event['seed']} of {event['event']}"
    members = set(event["members"])
    ignored = {event["seed"], *event["doubtful"]}
    found = [
        [document.doc_id for document in (report.document, *report.copies)]
        for report in story.reports
    ]
    copies = state.index.copies_of(members)
    return Outcome(
        event["event"],
        len(story.reports),
        _compare({doc_id for text in found for doc_id in text} - ignored, members - ignored),
        _compare(
            {pair for text in found for pair in _pairs_of(set(text) - set(event["doubtful"]))},
            {pair for doc_id in copies for pair in _pairs_of({doc_id, *copies[doc_id]} & members)},
        ),
        took_ms,
    )


def summarise(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return the means over the events, the sums over all of them, and each event."""
    return {
        "events": len(outcomes),
        "members": _describe([outcome.members for outcome in outcomes]),
        "pairs of copies": _describe([outcome.pairs for outcome in outcomes]),
        "offered": sum(outcome.reports >= OFFERED_FROM for outcome in outcomes),
        "median ms": round(median(outcome.took_ms for outcome in outcomes), 1),
        "by event": {
            outcome.event: {
                "members": outcome.members._asdict(),
                "pairs of copies": outcome.pairs._asdict(),
            }
            for outcome in outcomes
        },
    }


def _describe(overlaps: Sequence[Overlap]) -> dict[str, object]:
    total = Overlap(*map(sum, zip(*overlaps, strict=True)))
    precisions = [one.precision for one in overlaps if one.precision is not None]
    recalls = [one.recall for one in overlaps if one.recall is not None]
    return {
        **total._asdict(),
        "precision": total.precision,
        "recall": total.recall,
        "mean precision": fmean(precisions) if precisions else None,
        "mean recall": fmean(recalls) if recalls else None,
    }


def _compare(found: set[Any], expected: set[Any]) -> Overlap:
    return Overlap(len(found), len(expected), len(found & expected))


def _pairs_of(doc_ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    return combinations(sorted(doc_ids), 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
