"""Packings that were damaged or cut off: what can be unpacked is read, and the damage is told."""

import bz2
import gzip
import lzma

import pytest

from indexer.readers.outcome import Reject
from search.records import Document
from tests.dumps import jsonl, read, tarred, zipped, zstd

RECORDS = [
    {"title": f"خبر رقم {n} عن السد", "body": f"فتح المهندسون بوابات السد رقم {n}.", "id": f"d{n}"}
    for n in range(4)
]
TITLES = [record["title"] for record in RECORDS]


def documents(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Document)]


# Of 300 records each, so that a tenth of a member is many of them
PARTS = [
    jsonl(
        [{"title": f"خبر {n}", "body": f"نص {n * 7919 % 10007}"} for n in range(first, first + 300)]
    )
    for first in range(0, 1200, 300)
]
MEMBERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}
DAMAGES = {
    "octets": lambda member: member[:900] + b"\xff" * 30 + member[930:],
    "octets missing": lambda member: member[:900] + member[930:],
    "cut off": lambda member: member[: len(member) // 2],
    "octets too many": lambda member: member + b"noise",
    "no beginning": lambda member: member[4:],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("packing", MEMBERS)
def test_what_stands_behind_a_damaged_member_is_read(tmp_path, packing, damage):
    members = [MEMBERS[packing](part) for part in PARTS]
    members[1] = DAMAGES[damage](members[1])
    found = read(tmp_path, b"".join(members))
    titles = {d.title for d in documents(found)}
    assert titles >= {f"خبر {n}" for n in (*range(300), *range(600, 1200))}
    assert found[-1] == Reject(f"{packing} cut off or damaged", "dump")


def test_what_stands_before_a_damaged_octet_of_gzip_is_kept(tmp_path):
    whole = gzip.compress(PARTS[0])
    wrong_sum = whole[:-8] + b"\x00" * 8
    assert len(documents(read(tmp_path, wrong_sum + gzip.compress(PARTS[1])))) == 600
    damaged = whole[: len(whole) // 2] + b"\xff" * 30 + whole[len(whole) // 2 + 30 :]
    assert len(documents(read(tmp_path, damaged))) > 100


def test_a_damaged_header_of_a_tar_costs_its_member(tmp_path):
    members = {f"{n}.jsonl": jsonl([record]) for n, record in enumerate(RECORDS)}
    whole = tarred(members)
    damaged = whole.replace(b"1.jsonl", b"1.\xffsonl", 1)
    for content in (damaged, gzip.compress(damaged)):
        *found, rejected = read(tmp_path, content)
        assert [d.title for d in found] == [TITLES[0], *TITLES[2:]]
        assert rejected == Reject("tar cut off or damaged", "dump")
    joined = read(tmp_path, whole + whole)
    assert [d.title for d in joined] == TITLES * 2


def test_each_member_before_the_end_of_a_tar_that_was_cut_is_kept(tmp_path):
    noise = "".join(chr(97 + n * n % 26) for n in range(40_000))
    members = {f"{n}": jsonl([{**r, "noise": noise}]) for n, r in enumerate(RECORDS * 5)}
    whole = tarred(members)
    for packing in (bytes, gzip.compress):
        # Within the last member but three
        end = whole.index(b"ustar", whole.rindex(b"ustar") - 3 * 42_000) + 30_000
        packed = packing(whole[:end])
        found = read(tmp_path, packed[: len(packed) - 9 * (packing is gzip.compress)])
        assert len(documents(found)) == whole[:end].count(b"ustar") - 1
        assert isinstance(found[-1], Reject)


ZIP = zipped({f"{n}.jsonl": jsonl([record]) for n, record in enumerate(RECORDS)})
DIRECTORY = ZIP.index(b"PK\x01\x02")
ZIPS = {
    "directory cut off": (ZIP[: DIRECTORY + 60], TITLES),
    "no directory": (ZIP[:DIRECTORY], TITLES),
    "last file cut off": (ZIP[: ZIP.index(b"3.jsonl") + 40], TITLES[:3]),
    "wrong checksum": (ZIP[: DIRECTORY + 16] + b"\xff" + ZIP[DIRECTORY + 17 :], TITLES),
    "a file's header": (ZIP.replace(b"PK\x03\x04", b"PK\xff\xff", 1), None),
    "octets of a file": (ZIP[:60] + b"\xff" * 9 + ZIP[69:], TITLES[1:]),
}


@pytest.mark.parametrize("name", ZIPS)
def test_each_file_of_a_damaged_zip_that_can_be_unpacked_is_read(tmp_path, name):
    content, titles = ZIPS[name]
    for packed in (content, gzip.compress(content)):
        found = read(tmp_path, packed)
        if titles is None:  # a zip is told by its first header
            assert found[-1].reason == "binary: no known dump format"
            continue
        assert [d.title for d in documents(found)] == titles
        damage = {o.reason for o in found if isinstance(o, Reject)}
        assert damage == {"zip cut off or damaged"}


def test_a_zip_in_a_stream_that_was_cut_is_read_as_far_as_it_goes(tmp_path):
    found = read(tmp_path, gzip.compress(ZIP)[:-40])
    assert [d.title for d in documents(found)] == TITLES


def test_a_zip_within_a_zip_that_was_cut_is_read_once(tmp_path):
    inner = zipped({"a": jsonl(RECORDS)})
    outer = zipped({"inner.zip": inner, "b": jsonl(RECORDS[:1])})
    found = read(tmp_path, outer[: outer.rindex(b"PK\x05\x06")])
    assert [d.title for d in documents(found)] == [*TITLES, TITLES[0]]
