"""Maintenance of an archive by command: remove, compact, reencode."""

import json

import pytest

from indexer.cli import main
from indexer.encoding import reencode
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.index.opening import open_index
from search.records import Filters, Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

NEWSPAPERS = ("عكاظ", "Sahl Post", "Sahl Post Soir")
SOURCE_BY_NAME = {
    "Okaz": "عكاظ",
    "www.okaz.com.sa": "عكاظ",
    "عكاظ\u200f": "عكاظ",
    "صحيفة عكاظ": "عكاظ",
    "SAHL Post": "Sahl Post",
}


@pytest.fixture
def archive(tmp_path):
    add_dumps(
        [str(TINY_DUMP)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False
    )
    return tmp_path / "a"


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def found(engine, text="ثلوج الجبل", mode=Mode.HYBRID):
    return [hit.document for hit in engine.search(Query(text, mode, k=50)).hits]


def test_a_removed_document_is_not_found_from_the_next_query_on(archive, capsys):
    running = SearchEngine.open(archive, load=NgramEncoder)
    removed = found(running)[0]
    status, out, _ = run(capsys, "remove", "--archive", archive, "--id", removed.doc_id, "--json")
    assert (status, json.loads(out)) == (0, {"removed": 1, "total": 17})
    for state in ("removed", "compacted"):
        if state == "compacted":
            assert run(capsys, "compact", "--archive", archive)[0] == 0
        for engine in (running, SearchEngine.open(archive, load=NgramEncoder)):
            for mode in Mode:
                assert removed not in found(engine, mode=mode), (state, mode)
        assert running.index.find(removed.doc_id) is None
        assert open_index(archive).check() == []


def test_a_source_is_removed_with_its_headlines(archive, tmp_path, capsys):
    dump = tmp_path / "h.jsonl"
    dump.write_text('{"title": "ملاعبنا تغلق ابوابها هذا الموسم", "source": "ملاعبنا"}\n')
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    count = open_index(archive).status().sources["ملاعبنا"]
    status, out, _ = run(capsys, "remove", "--archive", archive, "--source", "ملاعبنا")
    assert (status, out) == (0, f"removed {count} documents; the archive holds {19 - count}\n")
    assert "ملاعبنا" not in open_index(archive).status().sources
    assert open_index(archive).check() == []


def test_a_newspaper_is_removed_by_any_name_that_finds_it(tmp_path, capsys):
    records = [{"title": f"خبر من {source} اليوم", "source": source} for source in NEWSPAPERS]
    dump, archive = write_jsonl(tmp_path / "d.jsonl", records), tmp_path / "a"
    for name, source in SOURCE_BY_NAME.items():
        add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
        query = Query("خبر", Mode.LEXICAL, filters=Filters(sources=(name,)))
        [hit] = SearchEngine.open(archive, load=NgramEncoder).search(query).hits
        assert hit.document.source == source, name
        answer = run(capsys, "remove", "--archive", archive, "--source", name)
        assert answer[:2] == (0, "removed 1 documents; the archive holds 2\n"), name
        assert open_index(archive).open().find(hit.document.doc_id) is None, name


def test_a_part_of_a_name_removes_the_one_newspaper_that_has_it(tmp_path, capsys):
    records = [{"title": f"خبر من {source} اليوم", "source": source} for source in NEWSPAPERS]
    dump, archive = write_jsonl(tmp_path / "d.jsonl", records), tmp_path / "a"
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    status, out, err = run(capsys, "remove", "--archive", archive, "--source", "post")
    assert (status, out) == (1, "")
    assert "'post' is part of the names of 2 newspapers (Sahl Post, Sahl Post Soir)" in err
    assert run(capsys, "remove", "--archive", archive, "--source", "Sahl Post")[0] == 0
    status, out, _ = run(capsys, "remove", "--archive", archive, "--source", "post")
    assert (status, out) == (0, "removed 1 documents; the archive holds 1\n")


def test_an_unknown_id_or_newspaper_removes_nothing(archive, capsys):
    for arguments, message in (
        (["--id", "nothing"], "no document 'nothing'"),
        (["--source", "لا أحد"], "no document of source 'لا أحد'"),
    ):
        status, out, err = run(capsys, "remove", "--archive", archive, *arguments)
        assert (status, out) == (1, "")
        assert message in err
    assert open_index(archive).status().documents == 18


def test_compaction_keeps_the_answers_and_leaves_one_segment(archive, tmp_path, capsys):
    dump = tmp_path / "d.jsonl"
    dump.write_text('{"id": "t1", "title": "خبر", "body": "نص حل محل الأول"}\n')
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    before = {hit.doc_id for hit in found(SearchEngine.open(archive, load=NgramEncoder))}
    status, out, _ = run(capsys, "compact", "--archive", archive, "--json")
    assert (status, set(json.loads(out))) == (0, {"size_bytes_before", "size_bytes"})
    assert {hit.doc_id for hit in found(SearchEngine.open(archive, load=NgramEncoder))} == before
    assert len(list((archive / "segments").iterdir())) == 1
    lexical = sorted(path.name for path in archive.glob("lexical*"))
    assert lexical == ["lexical-00000003", "lexical-00000003-documents"]
    assert open_index(archive).check() == []


def test_a_reencoded_archive_answers_with_the_other_encoder(archive, capsys):
    before = {hit.doc_id for hit in found(SearchEngine.open(archive, load=NgramEncoder))}
    arguments = ["reencode", "--archive", archive, "--encoder", "arshif-static", "--json"]
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert json.loads(out)["passages"] == 18
    assert open_index(archive).status().encoder == load_encoder().identity
    assert {hit.doc_id for hit in found(SearchEngine.open(archive))} == before
    assert open_index(archive).check() == []


def test_a_running_engine_loads_the_encoder_of_a_reencoded_archive(archive):
    loaded = []

    def load(name):
        loaded.append(name)
        return NgramEncoder(name)

    running = SearchEngine.open(archive, load=load)
    reencode(open_index(archive), NgramEncoder("other"), show_progress=False)
    assert found(running, mode=Mode.SEMANTIC)
    assert loaded == ["test-ngrams", "other"]


def test_maintenance_makes_no_archive(tmp_path, capsys):
    for command in (
        ["remove", "--id", "x"],
        ["compact"],
        ["reencode", "--encoder", "arshif-static"],
    ):
        status, out, err = run(capsys, *command, "--archive", tmp_path / "b")
        assert (status, out) == (1, "")
        assert "no archive at" in err
        assert not (tmp_path / "b").exists()
