"""Measures an archive's answers to readers' queries, by kind, mode, and how far it is encoded.

    python -m tests.benchmarks.readers QUERIES.jsonl.gz ARCHIVE > readers.json

A query names the records that answer it by their own ids. What the encoder's profile was fitted on
is told apart from what was held out (`split_queries`). An archive of two levels is also measured
with the second level's vectors of the first quarter, half and three quarters of its passages, and
of none, as `indexer encode` leaves them. Prints JSON with nDCG@10, of each query too, so that
`tests.benchmarks.significance` can compare two such files.
"""

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from search.engine import SearchEngine
from search.evaluation.evaluate import Evaluation, evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel, split_queries
from search.index.local.database.schema import connect_unchanged
from search.index.local.segments.manifest import CONTEXT
from search.index.local.snapshot import open_snapshot
from search.index.local.writer import ArchiveWriter
from search.records import Mode
from tests.benchmarks.reporting import describe_run

SHARES = (0.0, 0.25, 0.5, 0.75)


def main(queries_file: str, archive: str) -> None:
    folder = Path(archive)
    queries, qrels = read_readers(Path(queries_file), folder)
    engine = SearchEngine.open(folder)
    identity = engine.index.identity
    _, held_out = split_queries(queries)
    evaluations = {mode: evaluate(engine, queries, qrels, mode) for mode in Mode}
    report: dict[str, Any] = {
        **describe_run(),
        "collection": Path(queries_file).name.split(".")[0].removeprefix("readers_"),
        "encoder": identity.encoder.name,
        "documents": identity.documents,
        "passages": identity.passages,
        "encoded": identity.encoded,
        "queries": len(queries),
        "answers_held": len(qrels),
        "modes": {mode.value: _told(found) for mode, found in evaluations.items()},
        "held_out": _told(evaluate(engine, held_out, _of(held_out, qrels), Mode.HYBRID)),
    }
    if identity.encoded:
        report["by_share_encoded"] = dict(_by_share(folder, queries, qrels))
    report["kinds"] = {query.query_id: query.type for query in queries}
    report["values"] = {
        mode.value: {query_id: round(value, 4) for query_id, value in found.by_query.items()}
        for mode, found in evaluations.items()
    }
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()


def read_readers(path: Path, archive: Path) -> tuple[list[EvaluationQuery], list[Qrel]]:
    """Read queries and the documents of the archive that answer them."""
    with connect_unchanged(archive) as connection:
        doc_id_of = dict(connection.execute("SELECT own_id, doc_id FROM documents"))
    queries, qrels = [], []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            query = EvaluationQuery(record["query_id"], record["text"], record["type"])
            queries.append(query)
            qrels += [
                Qrel(query.query_id, doc_id_of[own_id], 1)
                for own_id in record["record_ids"]
                if own_id in doc_id_of
            ]
    return queries, qrels


def _of(queries: Sequence[EvaluationQuery], qrels: Sequence[Qrel]) -> list[Qrel]:
    ids = {query.query_id for query in queries}
    return [qrel for qrel in qrels if qrel.query_id in ids]


def _told(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "all": round(evaluation.measures["nDCG@10"], 4),
        **{name: round(value, 4) for name, value in evaluation.by_type.items()},
        "p50_ms": round(evaluation.p50_ms, 1),
    }


def _by_share(
    archive: Path, queries: Sequence[EvaluationQuery], qrels: Sequence[Qrel]
) -> Iterator[tuple[str, float]]:
    """Yield nDCG@10 by both sides for each share of the passages that is encoded."""
    snapshot = open_snapshot(archive)
    assert snapshot.context is not None, "the archive has two levels"
    ids = snapshot.columns.passage_ids
    for share in SHARES:
        count = int(share * len(ids))
        with TemporaryDirectory(prefix="arshif-readers-") as place:
            copy = Path(place) / "archive"
            copytree(archive, copy)
            with ArchiveWriter(copy) as writer:
                writer.database.execute("DELETE FROM segments WHERE name LIKE ?", (f"%{CONTEXT}",))
                if count:
                    vectors = snapshot.context.vectors_of(np.arange(count))
                    writer.add_context(ids[:count], vectors)
            engine = SearchEngine.open(copy)
            yield f"{share:.0%}", _told(evaluate(engine, queries, qrels, Mode.HYBRID))["all"]


if __name__ == "__main__":
    main(*sys.argv[1:])
