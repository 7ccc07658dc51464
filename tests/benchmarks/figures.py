"""Writes `data/eval/README.md` from what the benchmarks printed, kept in `data/eval/results`.

    python -m tests.benchmarks.figures

Of each benchmark and encoder the newest file counts. No figure stands there that is in no file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.reporting import ROOT

EVAL = ROOT / "data" / "eval"
RESULTS = EVAL / "results"
MODES = ("lexical", "semantic", "hybrid")
NAMES = {"lexical": "words", "semantic": "meaning", "hybrid": "both"}
Report = Mapping[str, Any]


def main() -> None:
    (EVAL / "README.md").write_text(write_figures(RESULTS), encoding="utf-8")


def write_figures(results: Path) -> str:
    """Return the page of figures."""
    parts = [
        "# Measured figures",
        "`python -m tests.benchmarks.figures` writes this page from the files in `results/`, which"
        " the commands below printed.\n[data](../README.md) describes the judged queries.",
        *_sample(results),
        *_encoders(results),
        *_readers(results),
        *_of(results, "*counting-*.json", _counting),
        *_of(results, "*oldest-*.json", _oldest),
        *_of(results, "*stories*.json", _stories),
        *_of(results, "*latency*.json", _latency),
        *_of(results, "*encodings*.json", _encodings),
        *_two_places(results),
        *_of(results, "*cluster-faults*.json", _cluster_faults),
    ]
    return "\n\n".join(parts) + "\n"


def _of(results: Path, pattern: str, write: Any) -> Iterator[str]:  # Any: a function of a report
    files = sorted(results.glob(pattern))
    if files:
        yield from write(json.loads(files[-1].read_text(encoding="utf-8")))


def _newest(results: Path, pattern: str, key: str) -> dict[str, Report]:
    """Return the newest report for each value of a field."""
    reports = [json.loads(file.read_text("utf-8")) for file in sorted(results.glob(pattern))]
    return {report[key]: report for report in reports}


def _sample(results: Path) -> Iterator[str]:
    newest = _newest(results, "*-sample-*.json", "encoder")
    if not newest:
        return
    first = next(iter(newest.values()))["runs"][0]
    yield "## The sample"
    yield (
        f"The table shows nDCG@10 of the {first['queries']} judged queries over the sample, by type"
        " of query:\n`python -m search.evaluation --json …`."
    )
    rows = [
        [
            "" if run["mode"] == "lexical" else encoder,
            NAMES[run["mode"]],
            *(_short(value) for value in (run["measures"]["nDCG@10"], *run["by_type"].values())),
        ]
        for encoder, report in sorted(newest.items())
        for run in report["runs"]
    ]
    yield _table(["encoder", "search by", "all", *first["by_type"]], rows)


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _encoders(results: Path) -> Iterator[str]:
    """Yield the answers of each encoder to the collections, and to readers' queries."""
    newest: dict[tuple[str, str], tuple[str, str]] = {}
    value: dict[tuple[str, str], dict[str, float]] = {}
    others = {file for kind in ("readers", "sample") for file in results.glob(f"*-{kind}-*")}
    for file in sorted(set(results.glob("*-arshif-*.json")) - others):
        report = json.loads(file.read_text(encoding="utf-8"))
        name = str(report["encoder"]["name"]).rsplit("/", 1)[-1]
        for row in report["results"]:
            key = (name, row["collection"])
            if newest.get(key, ("", ""))[0] != file.name:
                newest[key] = (file.name, report["date"])
                value[key] = {}
            value[key][row["mode"]] = row["measures"]["nDCG@10"]
    if not newest:
        return
    yield "## Answers"
    yield (
        "The table shows nDCG@10 on collections with known answers, by words, by meaning and by"
        " both:\n`python -m indexer.evaluation --data corpora --encoder NAME"
        " --results data/eval/results`."
        "\nThe encoder was trained on the articles of Goud."
    )
    names = sorted({name for name, _ in newest})
    for name in names:
        rows = [
            [
                collection,
                *(_short(values[mode]) for mode in MODES),
                newest[encoder, collection][1],
            ]
            for (encoder, collection), values in value.items()
            if encoder == name and set(MODES) <= set(values)
        ]
        yield _table([name, "words", "meaning", "both", "date"], rows)


def _readers(results: Path) -> Iterator[str]:
    """Yield the answers to readers' queries of each collection and encoder, by kind of query."""
    newest: dict[tuple[str, str], Report] = {}
    for file in sorted(results.glob("*-readers-*.json")):
        report = json.loads(file.read_text(encoding="utf-8"))
        newest[report["collection"], report["encoder"]] = report
    if not newest:
        return
    reports = [newest[key] for key in sorted(newest)]
    yield "## Readers' queries"
    yield (
        "The table shows nDCG@10 of queries that readers wrote from the articles, over whole"
        " collections, by kind of query:\n`python -m tests.benchmarks.readers QUERIES ARCHIVE`. The"
        " last column counts, by both, only the half\nof the queries on which no profile was"
        " fitted."
    )
    kinds = [kind for kind in reports[0]["modes"]["hybrid"] if kind not in ("all", "p50_ms")]
    rows = [
        [
            report["collection"],
            "" if mode == "lexical" else report["encoder"],
            NAMES[mode],
            *(_short(report["modes"][mode][kind]) for kind in ("all", *kinds)),
            _short(report["held_out"]["all"]) if mode == "hybrid" else "",
        ]
        for report in reports
        for mode in MODES
    ]
    yield _table(["collection", "encoder", "search by", "all", *kinds, "held out"], rows)
    parts = [report for report in reports if "by_share_encoded" in report]
    if parts:
        yield (
            "This table shows nDCG@10 of the search by both, by the share of the archive that the"
            " encoder has encoded:"
        )
        rows = [
            [
                report["collection"],
                *map(_short, report["by_share_encoded"].values()),
                _short(report["modes"]["hybrid"]["all"]),
            ]
            for report in parts
        ]
        yield _table(["collection", *parts[0]["by_share_encoded"], "100%"], rows)


def _counting(report: Report) -> Iterator[str]:
    yield "## Counts"
    yield (
        f"For {report['equal']} of {report['queries']} queries over the collection"
        f" {report['collection']}, the search and a full scan of the texts count the same\nnumbers"
        " of documents, in all, by month and by newspaper:"
        "\n`python -m tests.benchmarks.counting saudi ARCHIVE --data DIR`,"
        f" {report['date']}.\nThe scan shares no code with the search. Where the two differ, they"
        " read Arabic differently: the scan matches letters,\nand the search matches its terms"
        " (clitics, endings, plurals)."
    )


def _oldest(report: Report) -> Iterator[str]:
    yield "## Order by date"
    yield (
        "The table shows how many of the first five documents, oldest first, are about the event of"
        " the query:\n`python -m tests.benchmarks.oldest ARCHIVE`,"
        f" {report['date']}. The rule of the lead was chosen on the first 20 events;\nthe queries"
        " for the fresh events were written later."
    )
    rows = [
        [name, f"{part['about']}", f"{part['about'] + part['not']}"]
        for name, part in report.items()
        if isinstance(part, dict)
    ]
    yield _table(["documents that match in", "about the event", "judged"], rows)


def _stories(report: Report) -> Iterator[str]:
    yield "## Stories"
    yield (
        "The table shows the precision and the recall of the reports of labelled events, as the"
        " mean of the events and of all\nreports together, and of the pairs of documents that share"
        f" a text: `python -m tests.benchmarks.stories`\n({report['date']}, {report['commit']};"
        f" {report['percent encoded']} % of the passages had a vector of the second level)."
        " The threshold was chosen on the events of `tune`."
    )
    measures = ("mean precision", "mean recall", "precision", "recall")
    rows = [
        [half, name, *(f"{report[half][name][measure]:.3f}" for measure in measures)]
        for half in ("tune", "test")
        for name in ("members", "pairs of copies")
    ]
    yield _table(["half", "of", "precision", "recall", "precision of all", "recall of all"], rows)


def _two_places(results: Path) -> Iterator[str]:
    newest = _newest(results, "*two-places-*.json", "collection")
    if not newest:
        return
    first = next(iter(newest.values()))
    yield "## A folder and a cluster"
    yield (
        "The table shows nDCG@10 of readers' queries, and milliseconds of a search by both (the"
        " median and the 99th percentile),\nin an archive in a folder and in its copy on a cluster"
        " of three Solr nodes, two shards and two replicas, all on\none machine"
        f" ({first['machine']}, {first['date']}, {first['commit']}):"
        " `python -m tests.benchmarks.two_places QUERIES FOLDER ADDRESS`."
    )
    rows = [
        [
            report["collection"],
            place,
            f"{report['documents']:,}",
            f"{report['bytes'][place] / 1e6:,.0f} MB",
            *(f"{report['nDCG@10'][mode][place]:.4f}" for mode in MODES),
            f"{report['ms'][place]['p50']}, {report['ms'][place]['p99']}",
            *(
                f"{report[name]} of {report['queries']}" if place == "cluster" else ""
                for name in ("equal counts and facets", "equal first pages")
            ),
        ]
        for report in newest.values()
        for place in ("folder", "cluster")
    ]
    columns = ["collection", "place", "documents", "disk", *(NAMES[mode] for mode in MODES)]
    yield _table([*columns, "a search", "equal counts and facets", "equal first pages"], rows)


def _latency(report: Report) -> Iterator[str]:
    yield "## Speed"
    yield (
        "The table shows the median and the 99th percentile in milliseconds, with warm caches and"
        f" one query after another,\non {report['machine']} ({report['date']}, {report['commit']}):"
        " `python -m tests.benchmarks.latency DUMP ARCHIVE…`.\nThe archives are recombined from"
        " real articles (`tests.benchmarks.recombined`)."
    )
    kinds = ("engine", "page", "trend")
    rows = [
        [
            one["encoder"],
            f"{one['documents']:,}",
            f"{one['passages']:,}",
            f"{one['megabytes']:,} MB",
            *(f"{one[kind]['p50']}, {one[kind]['p99']}" for kind in kinds),
        ]
        for one in report["results"]
    ]
    heads = ["encoder", "documents", "passages", "size", "a search", "the page of results"]
    yield _table([*heads, "a trend by day of a word in half of the documents"], rows)


def _encodings(report: Report) -> Iterator[str]:
    yield "## Encodings"
    yield (
        "The table shows the share of texts that get their encoding from their octets alone, and"
        " the processor time in\nmilliseconds a text, on"
        f" {report['machine']} ({report['date']}, {report['commit']}):"
        " `python -m tests.benchmarks.encodings DUMP…`."
    )
    names = list(report["results"][0]["detectors"])
    rows = [
        [
            f"{one['encoding']}{', a stray octet' * one['is_damaged']}",
            f"{one['part']}, {one['language']}",
            f"{one['texts']}",
            *(
                f"{_short(one['detectors'][name]['right'])}, {one['detectors'][name]['ms']:.2f}"
                for name in names
            ),
        ]
        for one in report["results"]
    ]
    yield _table(["encoding", "of", "texts", *names], rows)


def _cluster_faults(report: Report) -> Iterator[str]:
    yield "## Faults of a cluster"
    yield (
        "The table shows what two threads of searches and a thread of writes saw of a fault, on a"
        " cluster of three nodes, two shards and\ntwo replicas on"
        f" {report['machine']} ({report['date']}, {report['commit']}):"
        " `python -m tests.benchmarks.cluster_faults`.\nA run adds five documents, and is repeated"
        " if it fails. A document is lost if its run ended well and no replica holds it."
    )
    rows = [
        [
            row["fault"],
            f"{row['searches']:,}, {row['failed_searches']:,}",
            f"{row['slowest_search_s']} s",
            f"{row['runs']:,}, {row['failed_runs']:,}",
            f"{row['slowest_run_s']} s",
            f"{row['documents']:,}",
            f"{row['lost']}, {row['doubled']}, {row['unequal']}",
            f"{row['recovery_s']} s{', by ' * bool(row['mended_by'])}{row['mended_by']}",
        ]
        for row in report["faults"]
    ]
    heads = ["what was done", "searches, failed", "slowest", "runs, failed", "slowest", "documents"]
    yield _table([*heads, "lost, doubled, on one replica only", "recovered after"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
