"""The same records give the same documents in every format, encoding and packing."""

import gzip
import io
import json
import sys
from datetime import date
from itertools import product

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


def test_every_format_gives_the_same_documents(tmp_path):
    names = ("jsonl", "json", "csv", "tsv", "parquet", "utf-16")
    results = {name: facts(read(tmp_path, DUMPS[name])) for name in names}
    assert results == dict.fromkeys(names, EXPECTED)


def test_every_packing_gives_the_same_documents(tmp_path):
    results = {name: facts(read(tmp_path, pack(jsonl()))) for name, pack in PACKINGS.items()}
    assert results == dict.fromkeys(PACKINGS, EXPECTED)


def test_every_format_may_be_packed(tmp_path):
    for name in ("csv", "parquet", "page", "archive html", "warc", "warc.gz"):
        plain = without_places(facts(read(tmp_path, DUMPS[name])))
        for packing in ("zip", "tar.gz", "gzip"):
            packed = facts(read(tmp_path, PACKINGS[packing](DUMPS[name])))
            assert without_places(packed) == plain, (name, packing)


def without_places(outcomes):
    return [o.reason if isinstance(o, Reject) else o for o in outcomes]


WIDE = ("utf-16", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def test_a_table_and_json_are_read_in_every_encoding(tmp_path):
    contents = {"jsonl": jsonl(), "csv": table(","), "json": json.dumps(RECORDS).encode()}
    cases = list(product(contents, ("cp1256", "iso8859-6", "utf-8-sig", *WIDE)))
    results = {
        (name, encoding): facts(read(tmp_path, contents[name].decode().encode(encoding)))
        for name, encoding in cases
    }
    assert results == dict.fromkeys(cases, EXPECTED)


def test_a_table_in_utf_16_that_was_read_as_latin_1_is_repaired_and_noted(tmp_path):
    for encoding in ("utf-16-le", "utf-16-be"):
        widened = f"\ufeff{table(',').decode()}".encode(encoding).decode("latin-1").encode()
        note, *documents = read(tmp_path, widened)
        assert note == Note("text read in a wrong encoding: repaired"), encoding
        assert facts(documents) == EXPECTED, encoding


def test_a_page_is_read_in_every_wide_encoding_with_any_line_ends(tmp_path):
    for name in ("page", "news html"):
        expected = facts(read(tmp_path, DUMPS[name]))
        for encoding, line_end in product(WIDE, "\n\r"):
            content = DUMPS[name].decode().replace("\n", line_end).encode(encoding)
            assert facts(read(tmp_path, content)) == expected, (name, encoding, line_end)


def test_hidden_files_in_a_container_are_skipped(tmp_path):
    members = {"x/1.txt": PAGE.encode(), "x/.DS_Store": b"\x00", "__MACOSX/1.txt": b"\x00"}
    for content in (zipped(members), tarred(members, "w:xz")):
        documents = read(tmp_path, content)
        assert [document.kind for document in documents] == [Kind.HEADLINE] * 5 + [Kind.ARTICLE]


def test_a_bad_member_does_not_cost_the_others(tmp_path):
    members = {"1": jsonl(), "2.gz": gzip.compress(jsonl())[:30], "3": b"\x00\x01", "4": jsonl()}
    for content in (zipped(members), tarred(members)):
        assert facts(read(tmp_path, content)) == [
            *EXPECTED,
            Reject("gzip cut off or damaged", "dump:2.gz"),
            Reject("binary: no known dump format", "dump:3"),
            *EXPECTED,
        ]


def test_records_of_a_warc_without_a_page_are_counted_by_their_kind(tmp_path):
    outcomes = read(tmp_path, warc())
    assert [o for o in outcomes if isinstance(o, Reject | Note)] == [
        Reject("headline without a title", "dump:1"),
        Reject("HTTP status 404", "dump:2"),
        Reject("WARC response that is not HTML", "dump:3"),
        Reject("WARC revisit: the page was captured before", "dump:4"),
        Note("WARC request record, not a page"),
    ]
    headlines = [o for o in outcomes if isinstance(o, Document) and o.kind is Kind.HEADLINE]
    assert {headline.date for headline in headlines} == {date(2021, 3, 4)}  # the record's own day


def test_a_truncated_warc_record_is_no_page(tmp_path):
    whole = warc()
    cut = whole[: whole.index("فقرة أولى".encode("cp1256"))]
    assert read(tmp_path, cut) == [Reject("WARC record cut off", "dump:1")]


def test_rows_that_do_not_fit_their_header_are_rejected(tmp_path):
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
    arguments += ["--encoder", "arshif-static"]
    chosen = ["--map", "body=corps", "--map", "title=manchette", "--map", "date=paru"]
    assert indexer.cli.main([*arguments, *chosen]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["articles"], counts["rejected"], counts["notes"]) == (1, {}, {})


def test_unknown_columns_without_a_map_give_no_document(tmp_path):
    outcomes = read(tmp_path, b"manchette;corps\na;b\n")
    assert outcomes == [Reject("neither a headline nor an article", "dump")]


def test_a_map_without_a_known_field_is_wrong_usage(tmp_path, capsys):
    for written in ("corps", "corps=body", "body="):
        with pytest.raises(SystemExit) as ended:
            indexer.cli.main(["add", "x", "--archive", str(tmp_path / "a"), "--map", written])
        assert ended.value.code == 2
        assert "such as body=corps" in capsys.readouterr().err, written


def test_standard_input_may_be_packed(monkeypatch):
    for name in ("zip", "tar.gz", "zstd", "plain"):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(PACKINGS[name](jsonl()))))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert facts(read_dump(None, Origin("standard input"))) == EXPECTED, name


def test_progress_counts_every_byte_of_the_dump_once(tmp_path):
    contents = {
        **{name: DUMPS[name] for name in ("jsonl", "jsonl tar.gz", "warc", "parquet")},
        "a zip, which is read out of order": zipped({f"{n}": jsonl() for n in range(900)}),
        "a binary file, of which the start is read": b"\x00" * 1_000_000,
    }
    path = tmp_path / "dump"
    for name, content in contents.items():
        path.write_bytes(content)
        counted: list[int] = []
        list(read_dump(path, Origin("dump"), on_bytes=counted.append))
        assert sum(counted) == size_of(find_dumps([str(tmp_path)])) == len(content), name
