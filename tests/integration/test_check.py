"""The check names what was damaged, and no other command makes damage permanent."""

import shutil
import sqlite3
from contextlib import closing, suppress

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.errors import ArchiveError, SearchError
from search.index.opening import open_index
from search.records import Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder


@pytest.fixture
def archive(tiny_archive, tmp_path):
    return shutil.copytree(tiny_archive, tmp_path / "a")


def check(archive):
    return open_index(archive).check()


def add(archive, dump):
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)


def write(path, content):
    """Replace the file by a new one, since the old one may still be mapped."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").replace(path)


def flip(path, place):
    """Change one byte of the file; return the content before."""
    content = path.read_bytes()
    write(path, content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
    return content


def test_check_finds_a_changed_byte_anywhere(archive):
    files = [path for path in archive.rglob("*") if path.is_file() and path.stat().st_size]
    files = [path for path in files if not path.name.startswith((".", "archive.db-"))]
    assert {"archive.db", "seal.json", "00000001.faiss", "meta.json"} < {p.name for p in files}
    missed = []
    for path in files:
        size = path.stat().st_size
        for place in range(0, size, max(1, size // 6)):
            sound = flip(path, place)
            try:
                problems = check(archive)
            except ArchiveError as error:
                problems = [str(error)]
            missed += [] if problems else [(path.name, place)]
            write(path, sound)
    assert missed == []
    assert check(archive) == []


def test_check_names_the_file_that_is_missing_or_does_not_belong(archive, tmp_path):
    damages = {
        "seal.json is missing": lambda folder: (folder / "seal.json").unlink(),
        "archive.db-wal": lambda folder: write(folder / "archive.db-wal", b"noise" * 1000),
        "lexical/.managed.json": lambda folder: cut(folder / "lexical" / ".managed.json"),
        "lexical-documents/.managed.json": lambda folder: cut(
            folder / "lexical-documents" / ".managed.json"
        ),
    }
    for expected, damage in damages.items():
        folder = shutil.copytree(archive, tmp_path / "damaged")
        damage(folder)
        [problem] = check(folder)
        assert expected in problem
        shutil.rmtree(folder)


def cut(path):
    write(path, path.read_bytes()[:40])


def test_check_warns_while_an_archive_is_not_sealed(archive, caplog):
    with open_index(archive).writer() as writer, writer.commit():
        assert check(archive) == []
    assert "is not sealed" in caplog.text
    caplog.clear()
    assert check(archive) == []
    assert caplog.text == ""


def test_check_finds_a_changed_text_without_a_seal(archive):
    (archive / "seal.json").write_text("{}")  # as a killed writer leaves it
    word = "الغازوال".encode()
    database = archive / "archive.db"
    content = database.read_bytes()
    assert word in content
    database.write_bytes(content.replace(word, word[:-1] + b"\xa7"))
    assert "digest differs" in check(archive)[0]


def test_check_goes_on_after_damage(archive, tmp_path):
    article = {"id": "bridge", "title": "افتتاح الجسر الجديد", "date": "2019-05-10"}
    headline = {"kind": "headline", "title": "جسر جديد يربط ضفتي النهر", "date": "2019-05-11"}
    records = [*({**article, "body": f"نص {number}"} for number in range(3)), headline]
    add(archive, write_jsonl(tmp_path / "versions.jsonl", records))
    (archive / "seal.json").write_text("{}")  # as a killed writer leaves it
    with closing(sqlite3.connect(archive / "archive.db")) as database, database:
        for table in ("superseded", "sightings"):
            database.execute(f"UPDATE {table} SET day = 'yesterday' WHERE day LIKE '2019-05-1_'")
        database.execute("UPDATE segments SET digest = x'00'")
        database.execute("UPDATE passages SET stop = 10000 WHERE passage_id = 1")
    *records, segments, passage = check(archive)
    assert [problem.split(":")[0] for problem in records] == ["a version"] * 2 + ["a headline"]
    assert all("'yesterday'" in problem for problem in records)
    assert segments.startswith("the list of segments in archive.db is damaged")
    assert passage == "passage 1 reaches outside its document"


def test_a_changed_byte_in_tantivys_list_of_files_is_named_or_harmless(archive, tmp_path):
    """Tantivy deletes by this list the files that no commit names; no search reads it."""
    answers = lexical_answers(archive)
    more = {"id": "later", "title": "ما جاء بعد ذلك", "body": "نص واحد يصل بعد الضرر"}
    dump = write_jsonl(tmp_path / "more.jsonl", [more])
    for share in (0.02, 0.3, 0.5, 0.7, 0.98):
        folder = shutil.copytree(archive, tmp_path / f"{share}")
        listed = folder / "lexical" / ".managed.json"
        flip(listed, int(share * listed.stat().st_size))
        if problems := check(folder):
            assert ".managed.json" in problems[0], share
            continue
        add(folder, dump)
        open_index(folder).compact()
        assert (check(folder), lexical_answers(folder)) == ([], answers), share


def lexical_answers(archive):
    engine = SearchEngine.open(archive, load=NgramEncoder)
    return {
        text: [hit.document.doc_id for hit in engine.search(Query(text, Mode.LEXICAL)).hits]
        for text in ("الغازوال", "رمضان")
    }


def test_compact_refuses_a_damaged_segment(archive):
    [segment] = (archive / "segments").iterdir()
    sound = flip(segment, segment.stat().st_size - 900)
    with pytest.raises(ArchiveError, match=f"{segment.name} is not what was written"):
        open_index(archive).compact()
    write(segment, sound)
    assert check(archive) == []


def test_a_writer_that_changes_nothing_does_not_seal_damage(archive, tmp_path):
    seal = (archive / "seal.json").read_bytes()
    [terms] = archive.glob("lexical/*.term")
    flip(terms, terms.stat().st_size // 2)
    [(doc_id, _)] = open_index(archive).open().titles(1)
    for name, write_nothing in {
        "add of stored documents": lambda: add(archive, TINY_DUMP),
        "add of a missing file": lambda: add(archive, tmp_path / "none"),
        "remove of an unknown source": lambda: open_index(archive).remove_source("لا توجد"),
        "remove of ids, one unknown": lambda: open_index(archive).remove_ids([doc_id, "missing"]),
    }.items():
        with suppress(SearchError):
            write_nothing()
        assert (archive / "seal.json").read_bytes() == seal, name
        assert [f"lexical/{terms.name}" in problem for problem in check(archive)] == [True], name
