"""Damaged and truncated packings: all that can be unpacked is read, and the damage is reported."""

import bz2
import gzip
import lzma
from itertools import product

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


# Members of 300 records each, so that a tenth of a member is many records.
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


def test_the_members_after_a_damaged_member_are_read(tmp_path):
    expected = {f"خبر {n}" for n in (*range(300), *range(600, 1200))}
    wrong = []
    for (packing, pack), (damage, apply) in product(MEMBERS.items(), DAMAGES.items()):
        first, second, *others = (pack(part) for part in PARTS)
        outcomes = read(tmp_path, b"".join([first, apply(second), *others]))
        titles = {document.title for document in documents(outcomes)}
        reject = Reject(f"{packing} cut off or damaged", "dump")
        wrong += [] if titles >= expected and outcomes[-1] == reject else [(packing, damage)]
    assert wrong == []


def test_the_records_before_damage_in_gzip_are_kept(tmp_path):
    whole = gzip.compress(PARTS[0])
    wrong_checksum = whole[:-8] + b"\x00" * 8
    assert len(documents(read(tmp_path, wrong_checksum + gzip.compress(PARTS[1])))) == 600
    middle = len(whole) // 2
    damaged = whole[:middle] + b"\xff" * 30 + whole[middle + 30 :]
    assert len(documents(read(tmp_path, damaged))) > 100


def test_a_damaged_header_of_a_tar_costs_its_member(tmp_path):
    members = {f"{n}.jsonl": jsonl([record]) for n, record in enumerate(RECORDS)}
    whole = tarred(members)
    damaged = whole.replace(b"1.jsonl", b"1.\xffsonl", 1)
    for content in (damaged, gzip.compress(damaged)):
        *others, rejected = read(tmp_path, content)
        assert [d.title for d in others] == [TITLES[0], *TITLES[2:]]
        assert rejected == Reject("tar cut off or damaged", "dump")
    joined = read(tmp_path, whole + whole)
    assert [d.title for d in joined] == TITLES * 2


def test_each_whole_member_of_a_truncated_tar_is_read(tmp_path):
    noise = "".join(chr(97 + n * n % 26) for n in range(40_000))
    members = {f"{n}": jsonl([{**r, "noise": noise}]) for n, r in enumerate(RECORDS * 5)}
    whole = tarred(members)
    # The end falls into the fourth member from the end.
    for packing in (bytes, gzip.compress):
        end = whole.index(b"ustar", whole.rindex(b"ustar") - 3 * 42_000) + 30_000
        packed = packing(whole[:end])
        outcomes = read(tmp_path, packed[: len(packed) - 9 * (packing is gzip.compress)])
        assert len(documents(outcomes)) == whole[:end].count(b"ustar") - 1
        assert isinstance(outcomes[-1], Reject)


ZIP = zipped({f"{n}.jsonl": jsonl([record]) for n, record in enumerate(RECORDS)})
DIRECTORY = ZIP.index(b"PK\x01\x02")
ZIPS = {
    "directory cut off": (ZIP[: DIRECTORY + 60], TITLES),
    "no directory": (ZIP[:DIRECTORY], TITLES),
    "last file cut off": (ZIP[: ZIP.index(b"3.jsonl") + 40], TITLES[:3]),
    "wrong checksum": (ZIP[: DIRECTORY + 16] + b"\xff" + ZIP[DIRECTORY + 17 :], TITLES),
    "octets of a file": (ZIP[:60] + b"\xff" * 9 + ZIP[69:], TITLES[1:]),
}


def test_each_file_of_a_damaged_zip_that_can_be_unpacked_is_read(tmp_path):
    results, expected = {}, {}
    for (name, (content, titles)), packing in product(ZIPS.items(), (bytes, gzip.compress)):
        outcomes = read(tmp_path, packing(content))
        case = name, packing.__name__
        reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, Reject)}
        results[case] = ([document.title for document in documents(outcomes)], reasons)
        expected[case] = (titles, {"zip cut off or damaged"})
    assert results == expected


def test_a_zip_is_recognised_by_its_first_header(tmp_path):
    headless = ZIP.replace(b"PK\x03\x04", b"PK\xff\xff", 1)
    for content in (headless, gzip.compress(headless)):
        assert read(tmp_path, content)[-1].reason == "binary: no known dump format"


def test_a_zip_in_a_truncated_stream_is_read_as_far_as_it_goes(tmp_path):
    outcomes = read(tmp_path, gzip.compress(ZIP)[:-40])
    assert [document.title for document in documents(outcomes)] == TITLES


def test_a_zip_within_a_truncated_zip_is_read_once(tmp_path):
    inner = zipped({"a": jsonl(RECORDS)})
    outer = zipped({"inner.zip": inner, "b": jsonl(RECORDS[:1])})
    outcomes = read(tmp_path, outer[: outer.rindex(b"PK\x05\x06")])
    assert [document.title for document in documents(outcomes)] == [*TITLES, TITLES[0]]
