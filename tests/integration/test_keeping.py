"""Keeping an archive: remove, compact, re-encode, through the command line."""

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


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_removed_document_is_gone_from_the_next_query_on(archive, capsys, is_compacted):
    running = SearchEngine.open(archive, load=NgramEncoder)
    gone = found(running)[0]
    status, out, _ = run(capsys, "remove", "--archive", archive, "--id", gone.doc_id, "--json")
    assert (status, json.loads(out)) == (0, {"removed": 1, "total": 17})
    if is_compacted:
        assert run(capsys, "compact", "--archive", archive)[0] == 0
    for engine in (running, SearchEngine.open(archive, load=NgramEncoder)):
        for mode in Mode:
            assert gone not in found(engine, mode=mode)
    assert running.index.find(gone.doc_id) is None
    assert open_index(archive).check() == []


def test_a_source_is_removed_with_its_headlines(archive, tmp_path, capsys):
    dump = tmp_path / "h.jsonl"
    dump.write_text('{"title": "ملاعبنا تغلق ابوابها هذا الموسم", "source": "ملاعبنا"}\n')
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    held = open_index(archive).status().sources["ملاعبنا"]
    status, out, _ = run(capsys, "remove", "--archive", archive, "--source", "ملاعبنا")
    assert (status, out) == (0, f"removed {held} documents; the archive holds {19 - held}\n")
    assert "ملاعبنا" not in open_index(archive).status().sources
    assert open_index(archive).check() == []


@pytest.mark.parametrize(
    "name", ["Okaz", "www.okaz.com.sa", "عكاظ\u200f", "صحيفة عكاظ", "SAHL Post"]
)
def test_a_newspaper_is_removed_by_any_name_that_finds_it(tmp_path, capsys, name):
    names = ("عكاظ", "Sahl Post", "Sahl Post Soir")
    records = [{"title": f"خبر من {source} اليوم", "source": source} for source in names]
    dump, archive = write_jsonl(tmp_path / "d.jsonl", records), tmp_path / "a"
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    query = Query("خبر", Mode.LEXICAL, filters=Filters(sources=(name,)))
    [hit] = SearchEngine.open(archive, load=NgramEncoder).search(query).hits
    status, out, _ = run(capsys, "remove", "--archive", archive, "--source", name)
    assert (status, out) == (0, "removed 1 documents; the archive holds 2\n")
    assert open_index(archive).open().find(hit.document.doc_id) is None
    status, out, err = run(capsys, "remove", "--archive", archive, "--source", "post")
    if hit.document.source == "عكاظ":  # both are left
        assert (status, out) == (1, "")
        assert "'post' stands in the names of 2 newspapers (Sahl Post, Sahl Post Soir)" in err
    else:
        assert (status, out) == (0, "removed 1 documents; the archive holds 1\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--id", "nothing"], "no document 'nothing'"),
        (["--source", "لا أحد"], "no document of source 'لا أحد'"),
    ],
)
def test_what_is_not_there_cannot_be_removed(archive, capsys, arguments, message):
    status, out, err = run(capsys, "remove", "--archive", archive, *arguments)
    assert (status, out) == (1, "")
    assert message in err
    assert open_index(archive).status().documents == 18


def test_compaction_leaves_the_answers_and_one_segment(archive, tmp_path, capsys):
    dump = tmp_path / "d.jsonl"
    dump.write_text('{"id": "t1", "title": "خبر", "body": "نص حل محل الأول"}\n')
    add_dumps([str(dump)], archive, NgramEncoder(), captured_on=None, show_progress=False)
    before = [one.doc_id for one in found(SearchEngine.open(archive, load=NgramEncoder))]
    status, out, _ = run(capsys, "compact", "--archive", archive, "--json")
    assert (status, set(json.loads(out))) == (0, {"size_bytes_before", "size_bytes"})
    after = [one.doc_id for one in found(SearchEngine.open(archive, load=NgramEncoder))]
    assert set(after) == set(before)
    assert len(list((archive / "segments").iterdir())) == 1
    lexical = sorted(path.name for path in archive.glob("lexical*"))
    assert lexical == ["lexical-00000003", "lexical-00000003-documents"]
    assert open_index(archive).check() == []


def test_a_reencoded_archive_answers_with_the_other_encoder(archive, capsys):
    texts = {one.doc_id for one in found(SearchEngine.open(archive, load=NgramEncoder))}
    arguments = ["reencode", "--archive", archive, "--encoder", "arshif-static", "--json"]
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert json.loads(out)["passages"] == 18
    assert open_index(archive).status().encoder == load_encoder().identity
    assert {one.doc_id for one in found(SearchEngine.open(archive))} == texts
    assert open_index(archive).check() == []


def test_a_service_takes_up_the_other_encoder(archive):
    loaded = []

    def load(name):
        loaded.append(name)
        return NgramEncoder(name)

    running = SearchEngine.open(archive, load=load)
    reencode(open_index(archive), NgramEncoder("other"), show_progress=False)
    assert found(running, mode=Mode.SEMANTIC)
    assert loaded == ["test-ngrams", "other"]


@pytest.mark.parametrize("command", ["remove", "compact", "reencode"])
def test_an_archive_is_not_made_by_keeping_it(tmp_path, capsys, command):
    more = {"remove": ["--id", "x"], "reencode": ["--encoder", "arshif-static"]}
    status, out, err = run(capsys, command, "--archive", tmp_path / "b", *more.get(command, []))
    assert (status, out) == (1, "")
    assert "no archive at" in err
    assert not (tmp_path / "b").exists()
