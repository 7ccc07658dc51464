"""Broken and hostile dumps are bounded, refused and counted, and never end in a traceback."""

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

from indexer.readers.dumps import DEEPEST, read_dump
from indexer.readers.jsonl import LONGEST_LINE
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from indexer.readers.streams import UNCHECKED_BYTES, most_records
from search.records import Document
from tests.dumps import DUMPS, PACKINGS, jsonl, read, tarred, zipped

MEMORY = 200_000_000  # bytes a hostile dump may make a reader hold
UNSAFE = "container member with an unsafe path"
LINK = "container member that is a link or a device"
ENDLESS = b"a" * (LONGEST_LINE + 5_000_000)
BOMB = "decompression bomb: unpacks without end"


PACKED = ("gzip", "bzip2", "xz", "zstd", "zip", "tar.gz", "gzip in zip")


@pytest.mark.slow
def test_a_decompression_bomb_is_refused_after_the_records_before_it(tmp_path):
    bomb = jsonl() + b'{"title": "' + b"a" * (UNCHECKED_BYTES + 1_000_000)
    before = read(tmp_path, jsonl())
    outcomes_by_packing = {packing: read(tmp_path, PACKINGS[packing](bomb)) for packing in PACKED}
    assert {
        packing: outcomes[:-1] for packing, outcomes in outcomes_by_packing.items()
    } == dict.fromkeys(PACKED, before)
    assert {outcomes[-1].reason for outcomes in outcomes_by_packing.values()} == {BOMB}


def test_a_bomb_in_a_zip_does_not_cost_the_other_members(tmp_path):
    bomb = b"a" * (UNCHECKED_BYTES + 1_000_000)
    outcomes = read(tmp_path, zipped({"1": jsonl(), "2": bomb, "3": jsonl()}))
    assert [o for o in outcomes if isinstance(o, Reject)] == [Reject(BOMB, "dump:2")]
    assert len(outcomes) == 7


@pytest.mark.slow
def test_a_packing_with_records_without_end_is_refused(tmp_path):
    for packing in ("gzip", "zip", "tar.gz", "gzip in zip"):  # the other packings stream like gzip
        content = PACKINGS[packing](b'{"title":"a"}\n' * 30_000)
        *documents, rejected = read(tmp_path, content)
        assert rejected.reason == "decompression bomb: unpacks to records without end", packing
        assert len(documents) == most_records(len(content)), packing


@pytest.mark.slow
def test_a_small_parquet_file_with_rows_or_texts_without_end_is_refused(tmp_path):
    for rows, text in ((100_000, "خبر"), (2000, "نص " * 100_000)):
        file = io.BytesIO()
        column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
        pq.write_table(pa.table({"body": column}), file, compression="zstd")
        *documents, rejected = read(tmp_path, file.getvalue())
        assert rejected.reason == "decompression bomb: Parquet unpacks without end"
        assert sum(len(document.body) for document in documents) < MEMORY


QUADRATIC = {
    "TSV, with no quotation mark closed": b"title\tbody\n" + b'"x""x\n' * 60_000,
    "CSV, with two marks at each end": b"title,body\n" + b'x,"a""\n' * 60_000,
    "bylines with blanks": "\n".join(["نشر في x" + " " * 190] * 9000).encode(),
    "a page of blanks": b"<html><body><p>" + b" " * 5_000_000 + b"x</p>",
    "JSON that opens texts": b"[" + b'{"a":"' * 20_000,
}


@pytest.mark.slow
def test_a_dump_that_invites_quadratic_work_is_read_in_seconds(tmp_path):
    for name, content in QUADRATIC.items():
        started = time.process_time()
        assert read(tmp_path, content)
        assert time.process_time() - started < 10, name


def test_zip_members_that_share_their_bytes_are_refused(tmp_path):
    content = bytearray(zipped({f"{n}": jsonl() * 100 for n in range(3)}))
    directory = content.index(b"PK\x01\x02")
    size = directory + 20  # of the first member's packed bytes, in its directory entry
    content[size : size + 4] = len(content).to_bytes(4, "little")
    assert read(tmp_path, bytes(content)) == [
        Reject("decompression bomb: zip members overlap", "dump")
    ]


def test_containers_are_opened_to_a_limited_depth(tmp_path):
    content = jsonl()
    for _ in range(DEEPEST):
        content = gzip.compress(content)
    assert len(read(tmp_path, content)) == 3
    assert read(tmp_path, gzip.compress(content)) == [
        Reject(f"packed more than {DEEPEST} times", "dump")
    ]


def test_members_with_a_path_out_of_their_container_are_refused(tmp_path):
    for name in (
        *("../evil", "a/../../evil", "/etc/evil", "C:\\evil", "..\\evil", "\\\\host\\evil"),
    ):
        for pack in (zipped, tarred):
            rejected, *documents = read(tmp_path, pack({name: jsonl(), "ok": jsonl()}))
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
    assert [outcome.reason for outcome in read(tmp_path, file.getvalue())] == [LINK] * 4
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert read(tmp_path, file.getvalue()) == [Reject(LINK, "dump:link")]


def test_an_encrypted_member_is_refused(tmp_path):
    content = bytearray(zipped({"a": jsonl()}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    rejects = [Reject("zip member that is encrypted", "dump:a")]
    assert read(tmp_path, bytes(content)) == rejects


def test_json_that_is_nested_without_end_is_refused(tmp_path):
    for content in (
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b'[{"title": "' + b"[" * 1_000_000,
        b'{"title": "x", "n": ' + b"9" * 1_000_000 + b"}",
    ):
        [outcome] = read(tmp_path, content + b"\n")
        assert outcome.reason == "not JSON (cut off or damaged)", content[:20]


# Each with the number of its records.
ENDLESS_LINES = {
    "JSON lines": (b'{"title": "' + ENDLESS + b'"}\n{"title": "sound"}\n', 2),
    "JSON": (b'[{"title": "' + ENDLESS + b'"}]', 1),
    "CSV": (b"title,body\n" + ENDLESS + b",x\nsound,y\n", 2),
    "CSV, within quotation marks": (b'title,body\n"' + ENDLESS, 1),
    "HTML": (b"<html><body>" + ENDLESS, 1),
    "text": ("خبر    ".encode() * 2_000_000, 1),
}


@pytest.mark.slow
def test_an_endless_line_is_refused_and_not_held_in_memory(tmp_path):
    path = tmp_path / "dump"
    for name, (content, count) in ENDLESS_LINES.items():
        path.write_bytes(content)
        tracemalloc.start()
        outcomes = list(read_dump(path, Origin("dump")))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert isinstance(outcomes[0], Reject), name
        assert len(outcomes) == count, name
        assert peak_bytes < MEMORY, name


@pytest.mark.slow
def test_a_dump_truncated_anywhere_is_counted(tmp_path):
    may_shorten = ("news html", "archive html", "csv", "tsv")
    wrong = []
    for name, content in DUMPS.items():
        whole = [o for o in read(tmp_path, content) if isinstance(o, Document)]
        for end in range(0, len(content), len(content) // 12):
            outcomes = read(tmp_path, content[:end])
            articles = [o for o in outcomes if isinstance(o, Document) and o.body]
            is_sound = name in may_shorten or set(articles) <= set(whole)
            wrong += [] if outcomes and is_sound else [(name, end)]
    assert wrong == []


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
def test_a_dump_with_noise_within_is_counted_without_a_traceback(tmp_path, name, cuts, noise):
    content = DUMPS[name]
    start, end = sorted(int(cut * len(content)) for cut in cuts)
    outcomes = read(tmp_path, content[:start] + noise + content[end:])
    assert outcomes
    assert {type(outcome) for outcome in outcomes} <= {Document, Reject, Note}


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
def test_noise_after_the_first_bytes_of_any_format_is_counted_without_a_traceback(
    tmp_path, start, rest
):
    outcomes = read(tmp_path, start + rest)
    assert outcomes
    assert {type(outcome) for outcome in outcomes} <= {Document, Reject, Note}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    record=st.dictionaries(
        st.sampled_from(["title", "body", "content", "date", "url", "id", "kind", "language"]),
        st.none() | st.text(max_size=40) | st.integers() | st.floats() | st.lists(st.text()),
    )
)
def test_any_record_gives_one_document_or_one_reject(tmp_path_factory, record):
    content = json.dumps(record).encode()
    outcomes = read(tmp_path_factory.getbasetemp(), content)
    assert sum(not isinstance(outcome, Note) for outcome in outcomes) == 1
