"""An archive of the earlier format is brought over with all it holds."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from indexer.cli import main
from indexer.ingest import add_dumps
from search.index.opening import open_index
from search.plan import QueryPlan
from search.records import Filters
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from tests.format_6 import make_format_6

TEXT = " ".join(f"كلمة{number}" for number in range(60))
ARTICLE = {"id": "7", "source": "السهل", "title": "وصول أول قطار إلى الميناء", "date": "2019-02-03"}
RECORDS = [
    {**ARTICLE, "body": TEXT},
    {**ARTICLE, "body": TEXT + " مع سطر زائد"},
    {"url": "https://e.example/8", "source": "الوادي", "title": "نقل", "body": TEXT},
    {"source": "الوادي", "title": "حديث الصباح", "body": TEXT.replace("كلمة", "حرف")},
    {"title": "سوق الجملة يفتح أبوابه غدا", "source": "السهل", "date": "2019-02-05"},
    {"title": "سوق الجملة يفتح أبوابه غدا", "source": "الوادي", "date": "2019-02-04"},
    {"title": ARTICLE["title"], "source": "السهل", "date": "2019-02-04"},
    {"title": "قصير", "url": "https://e.example/9"},
]


@pytest.fixture
def archive(tmp_path):
    add(tmp_path)
    make_format_6(tmp_path / "a")
    return tmp_path / "a"


def add(folder, records=RECORDS):
    dump = write_jsonl(folder / "dump.jsonl", records)
    return add_dumps(
        [str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False
    )


def test_every_command_names_the_one_that_brings_it_over(archive, capsys):
    commands = [["status"], ["check"], ["compact"], ["remove", "--id", "x"], ["add", "-"]]
    for command in commands:
        assert main([*command, "--archive", str(archive)]) == 1
        assert f"run `python -m indexer upgrade --archive {archive}`" in capsys.readouterr().err


def test_documents_versions_headlines_and_copies_stay(archive, capsys):
    assert main(["upgrade", "--archive", str(archive), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format_version_before"], told["format_version"], told["documents"]) == (6, 8, 5)
    assert told["size_bytes"] > 0
    assert open_index(archive).check() == []
    index = open_index(archive).open()
    [title] = [doc_id for doc_id, title in index.titles(9) if title == ARTICLE["title"]]
    article = index.find(title)
    assert (article.body, article.added_at) == (TEXT + " مع سطر زائد", None)
    assert [version.body for version in index.versions_of(title)] == [TEXT]
    [copy] = index.copies_of([title])[title]
    assert index.find(copy).title == "نقل"
    [headline] = [doc_id for doc_id, title in index.titles(9) if title.startswith("سوق")]
    with open_index(archive).writer() as writer, writer.committed() as stored:
        assert [seen.source for seen in stored.headlines_of(title)] == ["السهل"]
        assert [seen.source for seen in stored.headlines_of(headline)] == ["الوادي", "السهل"]


def test_old_dumps_read_again_add_nothing(archive, tmp_path):
    assert main(["upgrade", "--archive", str(archive)]) == 0
    report = add(tmp_path)
    assert (report.duplicates, report.total) == (len(RECORDS), 5)
    assert open_index(archive).check() == []


def test_what_comes_after_an_upgrade_finds_its_document(archive, tmp_path):
    assert main(["upgrade", "--archive", str(archive)]) == 0
    later = {**ARTICLE, "body": TEXT + " مع سطر زائد وتصحيح", "date": "2019-02-04"}
    assert add(tmp_path, [later]).updated == 1
    assert add(tmp_path, [{**later, "source": "الوادي", "body": "نص لا يشبهه"}]).articles == 1
    assert add(tmp_path, [*RECORDS, later]).duplicates == len(RECORDS) + 1


def test_an_upgrade_is_done_once(archive, capsys):
    assert main(["upgrade", "--archive", str(archive)]) == 0
    capsys.readouterr()
    before = open_index(archive).mark()
    assert main(["upgrade", "--archive", str(archive)]) == 0
    assert "format 8 to 8: 5 documents" in capsys.readouterr().out
    assert open_index(archive).mark() == before


def test_an_archive_of_format_7_gets_its_index_of_documents(tmp_path):
    add(tmp_path)
    archive = tmp_path / "a"
    before = open_index(archive).open().match(everything(archive))
    shutil.rmtree(archive / "lexical-documents")
    (archive / "seal.json").write_text("{}")
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        database.execute("PRAGMA user_version = 7")
    assert main(["upgrade", "--archive", str(archive)]) == 0
    assert open_index(archive).check() == []
    assert (before.total, open_index(archive).open().match(everything(archive))) == (5, before)


def everything(archive):
    return QueryPlan("", (), open_index(archive).open().scope(Filters()), lists_all=True)
