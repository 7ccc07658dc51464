"""Dumps made wrong or made to harm: bounded, refused, counted, and never a traceback."""

import gzip
import io
import json
import stat
import tarfile
import time
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.readers import streams
from indexer.readers.dumps import DEEPEST, read_dump
from indexer.readers.jsonl import LONGEST_LINE
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from indexer.readers.streams import most_records
from search.records import Document
from tests.dumps import DUMPS, PACKINGS, jsonl, read, tarred, zipped

MEMORY = 200_000_000  # bytes a hostile dump may make a reader hold
UNSAFE = "container member with an unsafe path"
LINK = "container member that is a link or a device"
ENDLESS = b"a" * (LONGEST_LINE + 5_000_000)
BOMB = "decompression bomb: unpacks without end"


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(streams, "UNQUESTIONED", 1_000_000)


@pytest.mark.parametrize("packing", ["gzip", "bzip2", "xz", "zstd", "zip", "tar.gz", "gzip in zip"])
def test_a_decompression_bomb_is_refused_after_what_came_before_it(tmp_path, small_limits, packing):
    bomb = jsonl() + b'{"title": "' + b"a" * 50_000_000
    *documents, rejected = read(tmp_path, PACKINGS[packing](bomb))
    assert [document.title for document in documents] == [r.title for r in read(tmp_path, jsonl())]
    assert rejected.reason == BOMB


def test_a_bomb_in_a_zip_does_not_cost_the_other_members(tmp_path, small_limits):
    found = read(tmp_path, zipped({"1": jsonl(), "2": b"a" * 50_000_000, "3": jsonl()}))
    assert [o for o in found if isinstance(o, Reject)] == [Reject(BOMB, "dump:2")]
    assert len(found) == 7


@pytest.mark.parametrize("packing", ["gzip", "bzip2", "xz", "zstd", "zip", "tar.gz", "gzip in zip"])
def test_a_packing_does_not_hold_records_without_end(tmp_path, packing):
    content = PACKINGS[packing](b'{"title":"a"}\n' * 100_000)
    *documents, rejected = read(tmp_path, content)
    assert rejected.reason == "decompression bomb: unpacks to records without end"
    assert len(documents) == most_records(len(content))


def test_a_small_parquet_does_not_hold_records_or_texts_without_end(tmp_path):
    for rows, text in ((100_000, "خبر"), (2000, "نص " * 100_000)):
        file = io.BytesIO()
        column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
        pq.write_table(pa.table({"body": column}), file, compression="zstd")
        *documents, rejected = read(tmp_path, file.getvalue())
        assert rejected.reason == "decompression bomb: Parquet unpacks without end"
        assert sum(len(document.body) for document in documents) < MEMORY


@pytest.mark.parametrize(
    "content",
    [
        b"title\tbody\n" + b'"x""x\n' * 60_000,  # no mark is ever closed
        b"title,body\n" + b'x,"a""\n' * 60_000,
        "نشر في x".encode() + b" " * 190 + b"\n" + ("نشر في x" + " " * 190 + "\n").encode() * 9000,
        b"<html><body><p>" + b" " * 5_000_000 + b"x</p>",
        b"[" + b'{"a":"' * 20_000,
    ],
    ids=["tsv", "csv", "byline", "blanks", "json"],
)
def test_what_could_take_the_square_of_its_size_is_read_in_seconds(tmp_path, content):
    started = time.process_time()
    assert read(tmp_path, content)
    assert time.process_time() - started < 10


def test_zip_members_that_share_their_bytes_are_refused(tmp_path):
    content = bytearray(zipped({f"{n}": jsonl() * 100 for n in range(3)}))
    directory = content.index(b"PK\x01\x02")
    size = directory + 20  # of the first member's packed bytes, in its directory entry
    content[size : size + 4] = len(content).to_bytes(4, "little")
    assert read(tmp_path, bytes(content)) == [
        Reject("decompression bomb: zip members overlap", "dump")
    ]


def test_containers_in_containers_end_somewhere(tmp_path):
    content = jsonl()
    for _ in range(DEEPEST):
        content = gzip.compress(content)
    assert len(read(tmp_path, content)) == 3
    assert read(tmp_path, gzip.compress(content)) == [
        Reject(f"packed more than {DEEPEST} times over", "dump")
    ]


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "..\\evil", "\\\\host\\evil"]
)
def test_members_that_would_leave_their_folder_are_refused(tmp_path, name):
    for content in (zipped({name: jsonl(), "ok": jsonl()}), tarred({name: jsonl(), "ok": jsonl()})):
        rejected, *documents = read(tmp_path, content)
        assert rejected == Reject(UNSAFE, f"dump:{name}")
        assert len(documents) == 3


def test_a_file_of_one_byte_is_refused_or_empty(tmp_path):
    reasons = {o.reason for byte in range(256) for o in read(tmp_path, bytes([byte]))}
    assert reasons == {
        "empty",
        "binary: no known dump format",
        "neither a headline nor an article",
        "not JSON (cut off or damaged)",
        "text in no known encoding",
    }


def test_links_and_devices_are_refused(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"member{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert [(o.reason) for o in read(tmp_path, file.getvalue())] == [LINK] * 4
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert read(tmp_path, file.getvalue()) == [Reject(LINK, "dump:link")]


def test_an_encrypted_member_is_refused(tmp_path):
    content = bytearray(zipped({"a": jsonl()}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    found = read(tmp_path, bytes(content))
    assert found == [Reject("zip member that is encrypted", "dump:a")]


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b'[{"title": "' + b"[" * 1_000_000,
        b'{"title": "x", "n": ' + b"9" * 1_000_000 + b"}",
    ],
)
def test_json_a_million_deep_is_refused(tmp_path, content):
    found = read(tmp_path, content + b"\n")
    assert found == [Reject("not JSON (cut off or damaged)", found[0].place)]


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b'{"title": "' + ENDLESS + b'"}\n{"title": "sound"}\n', 2),
        (b'[{"title": "' + ENDLESS + b'"}]', 1),
        (b"title,body\n" + ENDLESS + b",x\nsound,y\n", 2),
        (b'title,body\n"' + ENDLESS, 1),
        (b"<html><body>" + ENDLESS, 1),
        ("خبر    ".encode() * 2_000_000, 1),
    ],
    ids=["jsonl", "json", "csv", "csv quote", "html", "page"],
)
def test_an_endless_line_is_refused_without_being_held(tmp_path, content, records):
    path = tmp_path / "dump"
    path.write_bytes(content)
    tracemalloc.start()
    found = list(read_dump(path, Origin("dump")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found[0], Reject)
    assert len(found) == records
    assert peak < MEMORY


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_cut_anywhere_is_counted(tmp_path, name):
    content = DUMPS[name]
    whole = [o for o in read(tmp_path, content) if isinstance(o, Document)]
    for end in range(0, len(content), len(content) // 12):
        found = read(tmp_path, content[:end])
        assert found, f"cut at {end}: nothing is counted"
        articles = [o for o in found if isinstance(o, Document) and o.body]
        assert set(articles) <= set(whole) or name in ("news html", "archive html", "csv", "tsv")


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(sorted(DUMPS)),
    cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    noise=st.binary(max_size=40),
)
def test_a_dump_with_noise_in_it_is_counted_without_a_traceback(tmp_path, name, cuts, noise):
    content = DUMPS[name]
    start, end = sorted(int(cut * len(content)) for cut in cuts)
    found = read(tmp_path, content[:start] + noise + content[end:])
    assert found
    assert {type(outcome) for outcome in found} <= {Document, Reject, Note}


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(
        [b"", b"{", b"[{", b"<html>", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"PAR1", b"WARC/1.0\r\n",
         b"title,body\n", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b"\xff\xfe"]
    ),
    rest=st.binary(max_size=600),
)  # fmt: skip
def test_noise_behind_any_beginning_is_counted_without_a_traceback(tmp_path, start, rest):
    found = read(tmp_path, start + rest)
    assert found
    assert {type(outcome) for outcome in found} <= {Document, Reject, Note}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    record=st.dictionaries(
        st.sampled_from(["title", "body", "content", "date", "url", "id", "kind", "language"]),
        st.none() | st.text(max_size=40) | st.integers() | st.floats() | st.lists(st.text()),
    )
)
def test_any_record_gives_one_document_or_one_reject(tmp_path_factory, record):
    content = json.dumps(record).encode()
    found = read(tmp_path_factory.getbasetemp(), content)
    assert sum(not isinstance(outcome, Note) for outcome in found) == 1
