"""One archive's worth of records in every format and packing gives the same documents."""

import gzip
import io
import json
import sys
from datetime import date

import pytest

import indexer.cli
from indexer.readers.dumps import find_dumps, read_dump, size_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.records import Document, Kind
from tests.dumps import DUMPS, PACKINGS, PAGE, RECORDS, jsonl, read, table, tarred, warc, zipped

EXPECTED = [
    (r["title"], r["body"], r["source"], date(2020, 12, 26), r["url"], "ar") for r in RECORDS
]


def facts(outcomes):
    return [
        (o.title, o.body, o.source, o.date, o.url, o.language) if isinstance(o, Document) else o
        for o in outcomes
    ]


@pytest.mark.parametrize("name", ["jsonl", "json", "csv", "tsv", "parquet", "utf-16"])
def test_every_format_gives_the_same_documents(tmp_path, name):
    assert facts(read(tmp_path, DUMPS[name])) == EXPECTED


@pytest.mark.parametrize("name", PACKINGS)
def test_every_packing_gives_the_same_documents(tmp_path, name):
    assert facts(read(tmp_path, PACKINGS[name](jsonl()))) == EXPECTED


@pytest.mark.parametrize("name", ["csv", "parquet", "page", "archive html", "warc", "warc.gz"])
@pytest.mark.parametrize("packing", ["zip", "tar.gz", "gzip"])
def test_every_format_may_be_packed(tmp_path, name, packing):
    plain, packed = read(tmp_path, DUMPS[name]), read(tmp_path, PACKINGS[packing](DUMPS[name]))
    assert facts(packed) == [
        Reject(o.reason, packed[number].place) if isinstance(o, Reject) else o
        for number, o in enumerate(facts(plain))
    ]


WIDE = ["utf-16", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859-6", "utf-8-sig", *WIDE])
@pytest.mark.parametrize("content", [jsonl(), table(","), json.dumps(RECORDS).encode()])
def test_every_encoding_of_a_table_or_of_json_is_read(tmp_path, encoding, content):
    assert facts(read(tmp_path, content.decode().encode(encoding))) == EXPECTED


def test_a_table_in_utf_16_that_was_read_as_latin_1_is_read_and_noted(tmp_path):
    for mark in ("utf-16-le", "utf-16-be"):
        widened = f"\ufeff{table(',').decode()}".encode(mark).decode("latin-1").encode()
        note, *documents = read(tmp_path, widened)
        assert note == Note("text read in a wrong encoding: repaired")
        assert facts(documents) == EXPECTED


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("name", ["page", "news html"])
def test_every_wide_encoding_of_a_page_is_read(tmp_path, encoding, name):
    content = DUMPS[name].decode()
    for written in (content, content.replace("\n", "\r")):
        assert facts(read(tmp_path, written.encode(encoding))) == facts(read(tmp_path, DUMPS[name]))


def test_a_folder_in_a_container_is_read_and_hidden_files_are_not(tmp_path):
    members = {"x/1.txt": PAGE.encode(), "x/.DS_Store": b"\x00", "__MACOSX/1.txt": b"\x00"}
    for content in (zipped(members), tarred(members, "w:xz")):
        found = read(tmp_path, content)
        assert [o.kind for o in found] == [Kind.HEADLINE] * 5 + [Kind.ARTICLE]


def test_a_bad_member_does_not_cost_the_others(tmp_path):
    members = {"1": jsonl(), "2.gz": gzip.compress(jsonl())[:30], "3": b"\x00\x01", "4": jsonl()}
    for content in (zipped(members), tarred(members)):
        found = facts(read(tmp_path, content))
        assert found == [
            *EXPECTED,
            Reject("gzip cut off or damaged", "dump:2.gz"),
            Reject("binary: no known dump format", "dump:3"),
            *EXPECTED,
        ]


def test_records_of_a_warc_are_counted_by_what_they_are(tmp_path):
    found = read(tmp_path, warc())
    assert [o for o in found if isinstance(o, Reject | Note)] == [
        Reject("headline without a title", "dump:1"),
        Reject("HTTP status 404", "dump:2"),
        Reject("WARC response that is no HTML", "dump:3"),
        Reject("WARC revisit: the page is the one captured before", "dump:4"),
        Note("WARC request record, no page"),
    ]
    headlines = [o for o in found if isinstance(o, Document) and o.kind is Kind.HEADLINE]
    assert {headline.date for headline in headlines} == {date(2021, 3, 4)}  # the record's own day


def test_a_warc_record_cut_off_is_no_page(tmp_path):
    whole = warc()
    found = read(tmp_path, whole[: whole.index("فقرة أولى".encode("cp1256"))])
    assert found == [Reject("WARC record cut off", "dump:1")]


def test_rows_that_do_not_fit_their_header_are_counted(tmp_path):
    rows = 'title,body\nأول,نص\nزائد,نص,ثالث\nناقص\n\nثان,"نص, ""مقتبس"""\nثالث,"مقطوع\n'
    first, second, third, fourth, fifth = read(tmp_path, rows.encode())
    unfit = "row with more or fewer fields than there are columns"
    assert (second, third) == (Reject(unfit, "dump:3"), Reject(unfit, "dump:4"))
    assert (first.title, fourth.body) == ("أول", 'نص, "مقتبس"')
    assert isinstance(fifth, Reject)


def test_columns_with_other_names_are_mapped_from_the_command_line(tmp_path, capsys):
    dump = tmp_path / "dump.csv"
    dump.write_text("manchette;corps;paru\nخبر;نص الخبر;26/12/2020\n", encoding="utf-8")
    arguments = ["add", str(dump), "--archive", str(tmp_path / "a"), "--json"]
    chosen = ["--map", "body=corps", "--map", "title=manchette", "--map", "date=paru"]
    assert indexer.cli.main([*arguments, *chosen]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["articles"], counts["rejected"], counts["notes"]) == (1, {}, {})


def test_without_the_map_the_columns_mean_nothing(tmp_path):
    found = read(tmp_path, b"manchette;corps\na;b\n")
    assert found == [Reject("neither a headline nor an article", "dump")]


@pytest.mark.parametrize("written", ["corps", "corps=body", "body="])
def test_a_map_that_names_no_field_is_wrong_usage(tmp_path, capsys, written):
    with pytest.raises(SystemExit) as ended:
        indexer.cli.main(["add", "x", "--archive", str(tmp_path / "a"), "--map", written])
    assert ended.value.code == 2
    assert "as body=corps" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["zip", "tar.gz", "zstd", "plain"])
def test_standard_input_may_be_packed(monkeypatch, name):
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(PACKINGS[name](jsonl()))))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert facts(read_dump(None, Origin("standard input"))) == EXPECTED


@pytest.mark.parametrize(
    "content",
    [
        DUMPS["jsonl"],
        DUMPS["jsonl tar.gz"],
        DUMPS["warc"],
        DUMPS["parquet"],
        zipped({f"{number}": jsonl() for number in range(900)}),  # read here and there
        b"\x00" * 1_000_000,  # given up at once
    ],
    ids=["jsonl", "tar.gz", "warc", "parquet", "zip", "binary"],
)
def test_progress_counts_every_byte_of_the_dump_once(tmp_path, content):
    path = tmp_path / "dump"
    path.write_bytes(content)
    counted: list[int] = []
    list(read_dump(path, Origin("dump"), on_bytes=counted.append))
    assert sum(counted) == size_of(find_dumps([str(tmp_path)])) == len(content)
