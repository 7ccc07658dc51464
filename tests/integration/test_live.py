"""A running engine while its archive changes under it: added to, broken, replaced, taken away."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.errors import ArchiveError, EncoderError, SearchTimeout
from search.index.live import RETRY_S
from search.index.local.folder import DATABASE, SEGMENTS
from search.index.local.reader import ArchiveReader
from search.records import Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

NEW = {"title": "ثمن الزنجبيل يرتفع"}


@pytest.fixture
def folder(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    return tmp_path / "a"


@pytest.fixture
def running(folder):
    return SearchEngine.open(folder, load=NgramEncoder)


def add(folder, dump, encoder="test-ngrams"):
    add_dumps([str(dump)], folder, NgramEncoder(encoder), captured_on=None, show_progress=False)


def found(engine, text, mode=Mode.LEXICAL):
    return [hit.document.title for hit in engine.search(Query(text, mode)).hits]


def newest_segment(folder: Path) -> Path:
    return max((folder / SEGMENTS).iterdir())


def test_a_broken_commit_keeps_the_old_state_until_a_good_one(running, folder, tmp_path):
    outcomes = []
    running.live.on_reload = outcomes.append
    add(folder, write_jsonl(tmp_path / "new.jsonl", [NEW]))
    segment = newest_segment(folder)
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-1])
    assert found(running, "زنجبيل") == []
    assert found(running, "سيول") != []
    assert f"has {len(whole) - 1} bytes" in running.live.failure
    segment.write_bytes(whole)
    add(folder, write_jsonl(tmp_path / "newer.jsonl", [{"title": "الزنجبيل متوفر"}]))
    assert set(found(running, "زنجبيل")) == {NEW["title"], "الزنجبيل متوفر"}
    assert running.live.failure is None
    assert outcomes == [False, True]


def test_a_broken_commit_is_not_tried_at_every_query(running, folder, tmp_path, monkeypatch):
    outcomes = []
    running.live.on_reload = outcomes.append
    add(folder, write_jsonl(tmp_path / "new.jsonl", [NEW]))
    segment = newest_segment(folder)
    whole = segment.read_bytes()
    segment.write_bytes(b"")
    for _ in range(3):
        found(running, "زنجبيل")
    assert outcomes == [False]
    segment.write_bytes(whole)
    later = time.monotonic() + RETRY_S + 1
    monkeypatch.setattr("search.index.live.time.monotonic", lambda: later)
    assert found(running, "زنجبيل") == [NEW["title"]]


def test_without_patience_the_state_before_answers_and_the_new_one_follows(folder, tmp_path):
    running = SearchEngine.open(folder, load=NgramEncoder, patience_s=0.0)
    reloaded = threading.Event()
    running.live.on_reload = lambda _: reloaded.set()
    add(folder, write_jsonl(tmp_path / "new.jsonl", [NEW]))
    found(running, "زنجبيل")
    assert reloaded.wait(10)
    assert found(running, "زنجبيل") == [NEW["title"]]


def test_an_archive_of_another_encoder_put_in_its_place_is_served(running, folder, tmp_path):
    assert found(running, "سيول") != []  # whose connection is kept; both archives have one commit
    other = tmp_path / "other"
    add(other, write_jsonl(tmp_path / "new.jsonl", [NEW]), encoder="another")
    shutil.rmtree(folder)
    other.rename(folder)
    assert found(running, "زنجبيل", Mode.SEMANTIC) == [NEW["title"]]
    assert running.live.current().encoder.identity.name == "another"


def test_an_encoder_that_cannot_be_loaded_keeps_the_old_state(folder, tmp_path):
    def load(name):
        if name == "another":
            raise EncoderError("no encoder called another")
        return NgramEncoder(name)

    running = SearchEngine.open(folder, load=load)
    other = tmp_path / "other"
    add(other, write_jsonl(tmp_path / "new.jsonl", [NEW]), encoder="another")
    (other / DATABASE).replace(folder / DATABASE)
    running.live.current()
    assert running.live.current().encoder.identity.name == "test-ngrams"
    assert running.live.failure is not None


def test_an_archive_taken_away_is_an_error_and_back_again_is_served(running, folder, tmp_path):
    folder.rename(tmp_path / "away")
    with pytest.raises(ArchiveError, match="no archive at"):
        found(running, "سيول")
    (tmp_path / "away").rename(folder)
    assert found(running, "سيول") != []


def test_status_is_counted_once_a_commit(running, folder, tmp_path):
    before = running.live.status()
    assert running.live.status() is before
    add(folder, write_jsonl(tmp_path / "new.jsonl", [NEW]))
    assert running.live.status().documents == before.documents + 1


def test_a_page_says_how_long_each_stage_took(running):
    page = running.search(Query("سيول"))
    assert set(page.stages_ms) == {
        "open", "interpret", "match", "lexical", "semantic", "fusion", "reading",
        "render",
    }  # fmt: skip
    assert 0 < sum(page.stages_ms.values()) <= page.took_ms


def test_a_search_without_time_is_left(running):
    with pytest.raises(SearchTimeout, match="longer than 0 s"):
        running.search(Query("سيول"), limit_s=0.0)


def database_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"{DATABASE}*") if not path.name.endswith("-shm")]


def make_old(folder: Path) -> None:
    an_hour_ago = time.time() - 3600
    for path in database_files(folder):
        os.utime(path, (an_hour_ago, an_hour_ago))


def test_a_database_that_nobody_wrote_to_is_not_asked_for_its_commit(folder):
    reader = ArchiveReader(folder)
    reader.commit_mark()  # its connection makes a log
    make_old(folder)
    mark = reader.commit_mark()
    database = folder / DATABASE
    written = database.stat()
    database.write_bytes(bytes(written.st_size))
    os.utime(database, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert reader.commit_mark() == mark
    with pytest.raises(ArchiveError, match="not a database"):
        ArchiveReader(folder).commit_mark()


def test_a_commit_to_a_database_that_was_left_alone_for_long_is_seen(folder, tmp_path):
    reader = ArchiveReader(folder)
    make_old(folder)
    marks = {reader.commit_mark(), reader.commit_mark()}
    for number in range(2):
        add(folder, write_jsonl(tmp_path / f"{number}.jsonl", [{"title": f"خبر جديد {number}"}]))
        marks.add(reader.commit_mark())
    assert len(marks) == 3
