"""Links in dumps are followed to files of their folder, and to addresses of the web, only."""

import csv
import io
import json
import os
import socket

import pytest

from indexer.cli import main
from tests.conftest import write_jsonl
from web import create_app


def record(number):
    return {
        "title": f"خبر رقم {number} من السوق",
        "body": f"نص الخبر رقم {number} عن السوق القديم.",
    }


def add(archive, capsys, *paths):
    words = ["add", *map(str, paths), "--archive", str(archive), "--encoder", "arshif-static"]
    status = main([*words, "--json"])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_dump_that_is_no_plain_file_is_refused(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name, kind in (("pipe", "named pipe"), ("socket", "socket"), ("/dev/zero", "device")):
            status, out, err = add(tmp_path / "a", capsys, tmp_path / name)
            assert (status, out) == (1, "")
            assert f"is a {kind}, expected a file or a folder" in err
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    assert "is a named pipe" in add(tmp_path / "a", capsys, tmp_path / "link")[2]
    assert not (tmp_path / "a").exists()


def test_links_in_a_folder_of_dumps_are_read_once_and_only_within_it(tmp_path, capsys, caplog):
    (tmp_path / "dumps" / "inner").mkdir(parents=True)
    write_jsonl(tmp_path / "dumps" / "b.jsonl", [record(1)])
    write_jsonl(tmp_path / "dumps" / ".store", [record(2)])
    write_jsonl(tmp_path / "outside.jsonl", [record(3)])
    for name, target in (
        ("a.jsonl", "b.jsonl"),  # another name of a file that is read
        ("c.jsonl", ".store"),  # the only name of a file within
        ("d.jsonl", ".store"),
        ("e.jsonl", "../outside.jsonl"),
        ("f.jsonl", str(tmp_path / "outside.jsonl")),
        ("inner/g.jsonl", "../../outside.jsonl"),
        ("h.jsonl", "h.jsonl"),
        ("folder", str(tmp_path)),
    ):
        (tmp_path / "dumps" / name).symlink_to(target)
    os.mkfifo(tmp_path / "dumps" / "pipe")
    status, out, _ = add(tmp_path / "a", capsys, tmp_path / "dumps")
    report = json.loads(out)
    assert (status, report["files"], report["total"], report["duplicates"]) == (0, 2, 2, 0)
    assert caplog.text.count("it is a link to a file outside of") == 3
    # A link that the user names is read wherever it leads.
    status, out, _ = add(tmp_path / "a", capsys, tmp_path / "dumps" / "e.jsonl")
    assert (status, json.loads(out)["articles"]) == (0, 1)


ADDRESSES = (
    ("https://press.example/1", True),
    ("HTTP://press.example/2?a=1", True),
    ("javascript:alert(1)//http://press.example", False),
    ("data:text/html,<script>", False),
    ("file:///etc/hostname", False),
    ("ftp://press.example/3", False),
    ("http:///no-host", False),
    ("java\nscript:alert(2)", False),
    ("//press.example/4", False),
)


@pytest.fixture
def client(tmp_path, capsys):
    records = [{**record(n), "id": str(n), "url": url} for n, (url, _) in enumerate(ADDRESSES)]
    dump = write_jsonl(tmp_path / "d.jsonl", records)
    assert add(tmp_path / "a", capsys, dump)[0] == 0
    return create_app({"ARCHIVE": str(tmp_path / "a")}).test_client()


def test_answers_and_exports_have_only_addresses_of_the_web(client):
    expected = sorted(url for url, is_of_the_web in ADDRESSES if is_of_the_web)
    query = {"q": "السوق القديم", "k": 50}
    for path in ("/api/search", "/export.json"):
        hits = client.get(path, query_string=query).get_json()["hits"]
        assert len(hits) == len(ADDRESSES)
        assert sorted(hit["url"] for hit in hits if hit["url"] is not None) == expected
    text = client.get("/export.csv", query_string=query).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["url"] for row in rows if row["url"]) == expected
    for hit in hits:
        for path in (f"/api/documents/{hit['id']}", f"/api/documents/{hit['id']}/similar"):
            answer = client.get(path).get_data(as_text=True)
            assert not any(url in answer for url, is_of_the_web in ADDRESSES if not is_of_the_web)
    for path in ("/feed.atom", "/search"):
        page = client.get(path, query_string=query).get_data(as_text=True)
        assert not any(word in page for word in ("javascript:", "data:text", "file:", "ftp:"))
