"""Index a collection as a dump, and evaluate its queries on the archive."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.encoding import encode_context
from indexer.evaluation.collections import Collection
from indexer.ingest import add_dumps
from indexer.readers.identity import doc_id_of
from indexer.readers.placeholders import is_missing
from search.encoders.identity import Encoder
from search.engine import SearchEngine
from search.evaluation.evaluate import Evaluation, evaluate
from search.index.opening import open_index
from search.records import Mode


def measure(
    collection: Collection, encoder: Encoder, modes: Iterable[Mode], *, show_progress: bool
) -> Iterator[Evaluation]:
    """Yield the evaluation of each mode; the archive is built in a temporary folder."""
    with TemporaryDirectory(prefix="arshif-evaluation-") as folder:
        dump, archive = Path(folder) / "dump.jsonl", Path(folder) / "archive"
        with dump.open("w", encoding="utf-8") as lines:
            for doc_id, body in collection.body_by_id.items():
                lines.write(
                    json.dumps({"id": _own_id(doc_id), "body": body}, ensure_ascii=False) + "\n"
                )
        add_dumps([str(dump)], archive, encoder, captured_on=None, show_progress=show_progress)
        if encoder.context is not None:
            encode_context(open_index(archive), encoder, show_progress=show_progress)
        engine = SearchEngine.open(archive, load=lambda _: encoder)
        qrels = [replace(qrel, doc_id=_stored_id(qrel.doc_id)) for qrel in collection.qrels]
        for mode in modes:
            yield evaluate(engine, collection.queries, qrels, mode)


def _stored_id(doc_id: str) -> str:
    return doc_id_of(_own_id(doc_id), source=None)


def _own_id(doc_id: str) -> str:
    # A collection may number from 0, which a dump reads as a missing id.
    return f"no. {doc_id}" if is_missing("id", doc_id) else doc_id
