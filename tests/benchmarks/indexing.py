"""Profiles indexing by stage, and times the whole program against txtai on the same dump.

    python -m tests.benchmarks.indexing DUMP.jsonl.gz [RECORDS]

The profile does one stage after another, in CPU seconds; the program overlaps them. txtai gets the
same encoder, stores the same texts and builds its hybrid index; without it (`pip install txtai`)
the comparison is left out.
"""

import gzip
import importlib.util
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from indexer.duplicates import CopyFinder, fingerprint_of
from indexer.ingest import BATCH
from indexer.passages import cut_passages, passage_text
from indexer.preparation import Analysis, encode
from indexer.readers import record
from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from indexer.reconciliation import Reconciler
from search.encoders.loading import load_encoder
from search.index.opening import open_index
from search.index.terms import index_terms
from search.records import Document

HEADLINE = {"title": "خبر واحد جديد يصل بعد كل ما سبق"}


def main() -> None:
    if sys.argv[1] == "txtai":
        index_with_txtai(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump = shortened(Path(sys.argv[1]), folder, int(sys.argv[2]) if sys.argv[2:] else None)
        print("one stage after another, CPU seconds:")
        for stage, seconds in profile(dump, folder / "profiled").items():
            print(f"  {stage:<8} {seconds:>7.2f}")
        command = [sys.executable, "-m", "indexer", "add", "--archive", str(folder / "a")]
        one = folder / "one.jsonl"
        one.write_text(json.dumps(HEADLINE, ensure_ascii=False), encoding="utf-8")
        print("whole processes:")
        ours = timed("add", [*command, str(dump)])
        timed("add again", [*command, str(dump)])
        timed("add one", [*command, str(one)])
        if importlib.util.find_spec("txtai") is None:
            print("  txtai is not installed: no comparison")
            return
        theirs = timed("txtai", [sys.executable, "-m", __spec__.name, "txtai", str(dump)])
        print(f"  txtai takes {theirs / ours:.1f} times as long")


def shortened(dump: Path, folder: Path, records: int | None) -> Path:
    opener = gzip.open if dump.suffix == ".gz" else open
    with opener(dump, "rb") as lines, (folder / "dump.jsonl").open("wb") as out:
        out.writelines(itertools.islice(lines, records))
    return folder / "dump.jsonl"


def profile(dump, archive):
    """Give the seconds of each stage."""
    spent = Counter()

    @contextmanager
    def stage(name):
        started = time.process_time()
        yield
        spent[name] += time.process_time() - started

    encoder = load_encoder()
    with stage("read"), repairs_timed(spent):
        documents = [one for one in read_dump(dump, Origin(dump.name)) if isinstance(one, Document)]
    spent["read"] -= spent["repair"]
    with stage("cut"):
        spans = [cut_passages(document) for document in documents]
    with stage("terms"):
        terms = [index_terms(*pair) for pair in zip(documents, spans, strict=True)]
    with stage("sketch"):
        likenesses = [fingerprint_of(document.body) for document in documents]
    with stage("pieces"):
        pieces = [
            encoder.pieces.counter.count([passage_text(document, span) for span in its_spans])
            for document, its_spans in zip(documents, spans, strict=True)
        ]
    works = [Analysis(*parts) for parts in zip(spans, terms, likenesses, pieces, strict=True)]
    with stage("encode"):
        prepared = encode(documents, works, encoder)
    last = [time.process_time()]

    def on_step(step):
        now = time.process_time()
        name = {"rows": "rows", "segment": "vectors", "lexical": "lexical"}.get(step, "commit")
        spent[name] += now - last[0]
        last[0] = now

    with open_index(archive).writer(encoder.identity, on_step=on_step) as writer:
        reconciler = Reconciler(CopyFinder(), lambda document: None)
        for start in range(0, len(documents), BATCH):
            last[0] = time.process_time()
            with writer.commit() as changes:
                for one in prepared[start : start + BATCH]:
                    reconciler.reconcile(one.new.document, one, changes)
    return spent


@contextmanager
def repairs_timed(spent):
    """Count the time that repair of the texts takes while they are read."""
    repairs = {name: getattr(record, name) for name in ("clean_line", "clean_body")}

    def timing(repair):
        def repaired(text):
            started = time.process_time()
            found = repair(text)
            spent["repair"] += time.process_time() - started
            return found

        return repaired

    for name, repair in repairs.items():
        setattr(record, name, timing(repair))
    try:
        yield
    finally:
        for name, repair in repairs.items():
            setattr(record, name, repair)


def timed(name, command):
    started = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    largest = after.ru_maxrss / 1000  # of any child so far
    print(f"  {name:<10} {seconds:>7.1f} s, {cpu:>6.1f} s of CPU, at most {largest:,.0f} MB so far")
    return seconds


def index_with_txtai(dump):
    from txtai import Embeddings

    encoder = load_encoder()
    embeddings = Embeddings(
        method="external",
        transform=lambda texts: encoder.encode_passages(list(texts)),
        hybrid=True,
        content=True,
    )
    texts = []
    for document in read_dump(dump, Origin(dump.name)):
        if isinstance(document, Document):
            for start, stop in cut_passages(document):
                text = f"{document.title}\n{document.text[start:stop]}"
                texts.append((len(texts), {"text": text, "document": document.doc_id}, None))
    with tempfile.TemporaryDirectory() as folder:
        embeddings.index(texts)
        embeddings.save(folder)


if __name__ == "__main__":
    main()
