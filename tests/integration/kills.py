"""Writers of an archive, to be killed at a step or a moment; run each with `run_in_child`.

The children are forked from a server that has imported this module and runs no thread: a child
starts within milliseconds, and SIGKILL ends it as it ends a program of its own.
"""

import json
import multiprocessing
import os
import resource
import runpy
import signal
import sys
from functools import partial

import numpy as np

import indexer.cli  # so that the server has it
import indexer.ingest
from indexer.encoding import encode_spans
from indexer.ingest import add_dumps
from indexer.passages import passage_text
from indexer.record_linkage import upgrade_naming
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.index.local.archive import LocalArchive
from search.index.local.database.schema import connect
from search.index.local.folder import SEGMENTS
from search.index.local.maintenance import encoding
from search.index.local.maintenance.reencoding import read_passages
from search.index.local.segments.manifest import CONTEXT, VECTORS, read_segments
from search.index.local.segments.vector_segment import Segment
from search.records import Mode, Query
from tests.encoder import DIMENSION, NgramEncoder

DONE, KILLED = 0, -signal.SIGKILL
BATCH = 8  # documents, or passages, in a commit
REMOVED_SOURCE = "الوادي"
SECOND = "test-second"  # the encoder of the second level
QUERIES = ("قطار المدينة 7", "خبر عاجل عن السوق", "كلمة3", "تصحيح")
TABLES = {
    "documents": "row, doc_id, kind, title, body, source, day, url, digest, copy_of",
    "passages": "*",
    "sketches": "*",
    "aliases": "*",
    "sightings": "digest, document, title, source, day, url, own_id",
    "superseded": "document, digest, title, body, source, day, url, own_id",
    "removed_passages": "*",
}

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["pytest", __name__])


def start_child(function, *arguments, **options):
    child = _server.Process(target=function, args=arguments, kwargs=options)
    child.start()
    return child


def run_in_child(function, *arguments, timeout_s=None, **options):
    """Run the function in a child process, which is killed after the timeout.

    Returns the exit status.
    """
    child = start_child(function, *arguments, **options)
    child.join(timeout_s)
    child.kill()
    child.join()
    return child.exitcode


def die_at(step, occurrence):
    """Return an `on_step` that kills its process at this occurrence of the step; never if None."""
    remaining = occurrence

    def on_step(reached):
        nonlocal remaining
        remaining -= reached == step
        if not remaining:
            os.kill(os.getpid(), signal.SIGKILL)

    return on_step


def add(folder, step=None, occurrence=1, encoder=NgramEncoder):
    """Add the dump beside the archive, in many commits."""
    indexer.ingest.BATCH = BATCH
    add_dumps(
        [str(folder.parent / "dump.jsonl")],
        folder,
        encoder(),
        captured_on=None,
        show_progress=False,
        on_step=die_at(step, occurrence),
    )


def remove(folder, step=None, occurrence=1):
    with (
        LocalArchive(folder).writer(on_step=die_at(step, occurrence)) as writer,
        writer.commit() as changes,
    ):
        for doc_id in changes.ids_of_own_source(REMOVED_SOURCE):
            changes.remove(doc_id)


def compact(folder, step=None, occurrence=1):
    LocalArchive(folder).compact(on_step=die_at(step, occurrence))


def reencode(folder, step=None, occurrence=1):
    encoder = NgramEncoder()
    encode_passages = partial(encode_spans, encoder=encoder, encode_second_level=None)
    for _ in LocalArchive(folder).reencode(
        encode_passages, encoder.identity, on_step=die_at(step, occurrence)
    ):
        pass


def upgrade(folder, step=None, occurrence=1):
    LocalArchive(folder).upgrade(upgrade_naming(), on_step=die_at(step, occurrence))


def two_levels():
    return TwoLevelEncoder(NgramEncoder(), NgramEncoder(SECOND))


def load_encoder(name):
    return two_levels() if name == SECOND else NgramEncoder(name)


def encode(folder, step=None, occurrence=1):
    """Add the vectors of the second level, in many commits."""
    encoding.MAX_PASSAGES = BATCH
    encoder = two_levels()
    levels = {"encoder": encoder, "encode_second_level": encoder.context.encode_passages}
    for _ in LocalArchive(folder).encode(
        lambda spans: encode_spans(spans, **levels).context,
        encoder.identity,
        on_step=die_at(step, occurrence),
    ):
        pass


def run_module(name, arguments, output, *, stdin=None, largest_file=None):
    """Run a module as a program, with stdout and stderr in files of the folder `output`.

    `largest_file` limits the size of a file in bytes, as a full disk does.
    """
    for descriptor, file in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(output / file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by a run in the background
    if stdin is not None:
        sys.stdin = stdin.open()
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__")


def content(folder):
    """Return all that an archive holds, and its answers, without times and names of files."""
    with connect(folder) as database:
        parts = {
            table: sorted(map(str, database.execute(f"SELECT {columns} FROM {table}")))
            for table, columns in TABLES.items()
        }
        live = {passage_id for (passage_id,) in database.execute("SELECT passage_id FROM passages")}
        vectors = dict(read_vectors(folder, database, VECTORS))
    parts["vectors"] = [[key, vectors[key].tolist()] for key in sorted(live)]
    engine = SearchEngine.open(folder, load=NgramEncoder)
    for query in QUERIES:
        for mode in Mode:
            hits = engine.search(Query(query, mode, k=20)).hits
            parts[f"{mode} {query}"] = [
                [hit.document.doc_id, round(hit.score, 6), list(hit.copies)] for hit in hits
            ]
    return json.dumps(parts, ensure_ascii=False)


def read_vectors(folder, database, kind):
    """Yield the passage id and vector of each row of the segments of this kind."""
    for file in read_segments(database, kind):
        segment = Segment(folder / SEGMENTS, file, dimension=DIMENSION)
        vectors = segment.vectors(np.arange(len(segment.ids)))
        yield from zip(segment.ids.tolist(), vectors, strict=True)


def faults_of_second_level(folder):
    """Name the passages that lack their vector of the second level, or have a wrong or a second."""
    with connect(folder) as database:
        texts = {
            passage_id: passage_text(document, span)
            for passage_id, document, span in read_passages(database)
        }
        rows = list(read_vectors(folder, database, CONTEXT))
    vectors = dict(rows)
    expected = dict(
        zip(texts, NgramEncoder(SECOND).encode_passages([*texts.values()]), strict=True)
    )
    return [
        *(passage_id for passage_id in texts if passage_id not in vectors),
        *(
            key
            for key, vector in vectors.items()
            if not np.allclose(vector, expected[key], atol=0.1)
        ),
        *(["a passage has two vectors"] if len(rows) > len(vectors) else []),
    ]
