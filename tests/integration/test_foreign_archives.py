"""Archives made by somebody else: they reach nothing outside, and damage is reported."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from itertools import cycle
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from indexer import cli as indexer
from search import cli as search
from search.errors import ArchiveError, EncoderError
from search.index.opening import open_index
from tests.conftest import write_jsonl
from web import create_app

RECORDS = [
    {
        "id": str(n),
        "title": f"{what} في قرية الساحل",
        "body": f"وصلت {what} إلى المرسى القديم صباح اليوم وسط ترحيب السكان.",
        "source": "جريدة المرسى",
        "date": f"2019-05-{n + 10}",
    }
    for n, what in enumerate(("قافلة", "باخرة", "حافلة", "فرقة"))
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Build an archive without a fault; each test damages a copy."""
    folder = tmp_path_factory.mktemp("foreign")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    words = ["add", str(dump), "--archive", str(folder / "a"), "--encoder", "arshif-static"]
    assert indexer.main(words) == 0
    return folder / "a"


@pytest.fixture
def archive(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "a")


@pytest.fixture
def outside(tmp_path):
    """Make a folder outside the archive, which `is_kept` compares."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept.txt").write_text("x")
    return folder


def is_kept(folder):
    return [(path.name, path.read_text()) for path in folder.iterdir()] == [("kept.txt", "x")]


@pytest.fixture
def run_all(tmp_path, capsys):
    """Return a function that runs commands on an archive, each on a copy of its own.

    It returns exit status and messages by command, by default of all commands.
    """
    dump = write_jsonl(tmp_path / "more.jsonl", [{"title": "خبر من المرسى", "body": "نص آخر."}])
    options = {
        "search": [],
        "status": [],
        "check": [],
        "add": [str(dump)],
        "remove": ["--source", "جريدة المرسى"],
        "compact": [],
        "reencode": ["--encoder", "arshif-static"],
    }

    def run(archive, names=tuple(options)):
        ended = {}
        for name in names:
            copy = shutil.copytree(archive, tmp_path / "copy", symlinks=True)
            to = ["--archive", str(copy)]
            if name == "search":
                status = search.main(["المرسى", *to, "--json"])
            else:
                status = indexer.main([name, *options[name], *to])
            printed = capsys.readouterr()
            ended[name] = (status, printed.out + printed.err)
            shutil.rmtree(copy)
        return ended

    return run


def not_refused(ended, expected):
    """Return the results of the commands that did not fail with the expected message."""
    return {
        command: (status, message)
        for command, (status, message) in ended.items()
        if status != 1 or expected not in message
    }


def link(archive, name, target):
    path = archive / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(target)


LINKED = (
    *("segments", "lexical", "lexical-00000007", "archive.db", "archive.db-wal", "archive.db-shm"),
    *("archive.db.partial", "seal.json", "seal.json.partial", "facts.npz", "facts.npz.partial"),
    *("lock", "lexicon.tsv", "newspapers.tsv"),
    *("segments/00000002.faiss", "segments/00000002.faiss.partial"),
    *("lexical/.tantivy-writer.lock", "lexical/meta.json", "lexical/.managed.json"),
)


def test_no_link_in_an_archive_is_followed(sound, outside, tmp_path, run_all):
    targets = cycle((outside, outside / "kept.txt", outside / "new"))
    wrong = {}
    for name, target in zip(LINKED, targets, strict=False):
        archive = shutil.copytree(sound, tmp_path / "a")
        link(archive, name, target)
        wrong |= {name: ended} if (ended := not_refused(run_all(archive), "is a link to")) else {}
        with pytest.raises(ArchiveError, match="is a link to"):
            create_app({"ARCHIVE": str(archive)})
        assert is_kept(outside), name
        shutil.rmtree(archive)
    assert wrong == {}


def test_a_special_file_in_an_archive_is_refused_at_once(sound, tmp_path, capsys):
    for name in ("lexicon.tsv", "lock", "facts.npz", "seal.json", "segments/x.faiss"):
        archive = shutil.copytree(sound, tmp_path / "a")
        (archive / name).unlink(missing_ok=True)
        os.mkfifo(archive / name)
        for main, words in (
            (search.main, ["المرسى"]),
            (indexer.main, ["status"]),
            (indexer.main, ["check"]),
        ):
            assert main([*words, "--archive", str(archive)]) == 1, (name, words)
            assert "is a special file, expected a plain file" in capsys.readouterr().err
        shutil.rmtree(archive)


def id_of_row(archive, row):
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        [doc_id] = database.execute("SELECT doc_id FROM documents WHERE row = ?", (row,)).fetchone()
    return doc_id


def change(archive, sql, *values):
    """Change the database as an attacker would, and empty the seal."""
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        database.execute(sql, values)
        database.commit()
    (archive / "seal.json").write_text("{}")


BAD_NAMES = ("../outside/kept.txt", "/etc/hostname", "..", ".hidden", "a\0b", "", "a/b", "x" * 300)


@pytest.mark.slow
def test_a_name_of_a_file_that_is_no_plain_name_is_refused(sound, outside, tmp_path, run_all):
    def name_segment(folder, name):
        change(folder, "UPDATE segments SET name = ? WHERE name LIKE '%.faiss'", name)

    def name_lexical_folder(folder, name):
        change(folder, "UPDATE meta SET value = ? WHERE key = 'lexical'", name)

    def list_in_tantivy(folder, name):  # which deletes what it lists and no commit names
        managed = folder / "lexical" / ".managed.json"
        managed.write_text(json.dumps([*json.loads(managed.read_text()), name]))

    wrong = {}
    for damage in (name_segment, name_lexical_folder, list_in_tantivy):
        for name in BAD_NAMES:
            archive = shutil.copytree(sound, tmp_path / "a")
            damage(archive, name)
            # One name is tried with every command, the others with a reader and a writer.
            ended = run_all(archive) if name == BAD_NAMES[0] else run_all(archive, ("check", "add"))
            if damage is not name_lexical_folder:
                ended.pop("status", None)  # it reads neither
            if not_refused(ended, "names"):
                wrong[damage.__name__, name] = not_refused(ended, "names")
            assert is_kept(outside), (damage.__name__, name)
            shutil.rmtree(archive)
    assert wrong == {}


def test_a_seal_may_name_only_files_of_its_archive(archive, capsys):
    for name in ("../outside/kept.txt", "/etc/hostname", "lexical/../../x", "segments/x"):
        (archive / "seal.json").write_text(json.dumps({name: "0"}))
        assert indexer.main(["check", "--archive", str(archive)]) == 1
        assert "names" in capsys.readouterr().out


def test_a_file_with_a_name_outside_is_not_written_through(archive, outside, tmp_path):
    """A hard link is no symbolic link, but a write through it would change the file outside."""
    for name in ("seal.json.partial", "seal.json", "segments/00000002.faiss.partial"):
        (archive / name).unlink(missing_ok=True)
        os.link(outside / "kept.txt", archive / name)
        if name == "seal.json":
            (archive / name).unlink()
            (archive / name).write_text("{}")
    dump = write_jsonl(tmp_path / "d.jsonl", [{"title": "خبر", "body": "نص جديد من المرسى."}])
    assert indexer.main(["add", str(dump), "--archive", str(archive)]) == 0
    assert is_kept(outside)
    assert open_index(archive).check() == []


def test_a_database_with_a_name_outside_is_read_and_not_written(archive, tmp_path, capsys):
    os.link(archive / "archive.db", tmp_path / "other.db")
    assert search.main(["المرسى", "--archive", str(archive)]) == 0
    assert indexer.main(["remove", "--archive", str(archive), "--id", id_of_row(archive, 1)]) == 1
    assert "has other names (hard links)" in capsys.readouterr().err


def test_an_upgrade_writes_to_no_database_outside(archive, tmp_path, capsys):
    change(archive, "PRAGMA user_version = 7")
    database, outside = archive / "archive.db", tmp_path / "other.db"
    shutil.copy(database, outside)
    before = outside.read_bytes()
    for make_link, message in ((os.symlink, "is a link to"), (os.link, "has other names")):
        database.unlink()
        make_link(outside, database)
        assert indexer.main(["upgrade", "--archive", str(archive)]) == 1, message
        assert message in capsys.readouterr().err
        assert outside.read_bytes() == before, message


def test_a_database_with_a_trigger_is_not_written(archive, capsys):
    change(archive, "CREATE TRIGGER t AFTER DELETE ON documents BEGIN SELECT 1; END")
    assert indexer.main(["remove", "--archive", str(archive), "--source", "جريدة المرسى"]) == 1
    assert "holds the trigger 't'" in capsys.readouterr().err


def test_a_sweep_removes_a_link_and_not_its_target(archive, outside):
    with open_index(archive).writer() as writer:
        (archive / "segments" / "left").symlink_to(outside / "kept.txt")
        (archive / "lexical-left").symlink_to(outside)
        writer.sweep()
    assert is_kept(outside)
    assert sorted(path.name for path in archive.glob("*/left")) == []
    assert not (archive / "lexical-left").is_symlink()


DAMAGED_VALUES = (
    ("UPDATE documents SET day = 'أمس' WHERE row = 3", 3),
    ("UPDATE documents SET day = x'00ff' WHERE row = 3", 3),
    ("UPDATE documents SET kind = 'poem' WHERE row = 3", 3),
    ("UPDATE documents SET title = x'ff' WHERE row = 3", 3),
    ("UPDATE documents SET body = x'ff' WHERE row = 3", 3),
    ("UPDATE documents SET source = x'ff' WHERE row = 3", 3),
    ("UPDATE documents SET language = x'ff' WHERE row = 3", 3),
    ("UPDATE passages SET start = 'x' WHERE passage_id = 3", 3),
    ("UPDATE passages SET stop = 100000 WHERE passage_id = 3", 3),
    ("UPDATE passages SET document = 'x' WHERE passage_id = 3", None),
    ("UPDATE passages SET document = 77 WHERE passage_id = 3", None),
    ("UPDATE sketches SET sketch = 'x'", None),
    ("UPDATE sketches SET sketch = x'0102'", None),
    ("UPDATE segments SET rows = 'x'", None),
    ("UPDATE segments SET rows = rows + 1", None),
    ("UPDATE segments SET size_bytes = NULL", None),
    ("UPDATE meta SET value = 'x' WHERE key = 'commit'", None),
    ("UPDATE meta SET value = '{}' WHERE key = 'encoder'", None),
    ("UPDATE meta SET value = '[' WHERE key = 'encoder'", None),
    ("UPDATE meta SET value = x'ff' WHERE key = 'committed_at'", None),
    ("DELETE FROM meta WHERE key = 'text_rules'", None),
    ("DELETE FROM meta WHERE key <> 'encoder'", None),
    ("DELETE FROM segments", None),
)


@pytest.mark.slow
def test_a_damaged_value_is_reported_by_a_command_and_is_no_500(sound, tmp_path, run_all):
    wrong = {}
    for number, (sql, row) in enumerate(DAMAGED_VALUES):
        archive = shutil.copytree(sound, tmp_path / str(number))
        doc_id = id_of_row(archive, row or 3)
        if "NULL" in sql:
            allow_nulls_in_segments(archive)
        change(archive, sql)
        ended = run_all(archive)
        if {status for status, _ in ended.values()} not in ({1}, {0, 1}):
            wrong[sql] = ended
        failed = {name: end for name, end in ended.items() if end[0] == 1 and name != "check"}
        if row is not None and not_refused(failed, f"document '{doc_id}' is damaged"):
            wrong[sql] = failed
        if paths := paths_that_end_in_a_500(archive, doc_id):
            wrong[sql] = paths
    assert wrong == {}


def allow_nulls_in_segments(archive):
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'segments'"
        )
        database.commit()


def paths_that_end_in_a_500(archive, doc_id):
    try:
        client = create_app({"ARCHIVE": str(archive)}).test_client()
    except ArchiveError:
        return []
    searches = ("/search?q=المرسى", "/api/search?q=المرسى", "/export.csv?q=x")
    return [
        path
        for path in ("/", f"/document/{doc_id}", *searches)
        if client.get(path).status_code == 500
    ]


def test_a_search_reports_damaged_vectors_and_word_pieces(archive, capsys):
    def search_with(suffix, offset, values):
        """Search with other bytes at the offset in the file of this suffix; return the message."""
        [path] = archive.glob(f"segments/*{suffix}")
        content = path.read_bytes()
        start = offset % len(content)
        path.write_bytes(content[:start] + values.tobytes() + content[start + values.nbytes :])
        assert search.main(["المرسى القديم", "--archive", str(archive)]) == 1
        path.write_bytes(content)
        return capsys.readouterr().err

    count = len(RECORDS)
    # The file of word pieces: the ids, the bounds of the passages, the pieces.
    bounds = 8 * count
    too_large = search_with(".pieces", bounds + 8 * (count + 1), np.array([2**31], "<u4"))
    assert "holds word piece 2147483648" in too_large
    large = np.array([10**12], "<i8")
    assert "do not ascend" in search_with(".pieces", 0, large)
    assert "do not ascend" in search_with(".pieces", bounds + 8, large)
    # The file of vectors ends with the vectors, the number of ids and the ids.
    assert "do not ascend" in search_with(".faiss", -8 * count, large)
    vectors = -8 * (count + 1) - 4 * 256 * count
    assert "are damaged" in search_with(".faiss", vectors, np.full(9, np.nan, "<f4"))
    assert "are damaged" in search_with(".faiss", vectors, np.full(256, 9, "<f4"))
    assert search.main(["المرسى القديم", "--archive", str(archive)]) == 0


def test_files_get_the_mode_that_the_umask_allows(tmp_path):
    dump = write_jsonl(tmp_path / "d.jsonl", [{"title": "خبر جديد من المرسى"}])
    for umask, expected in ((0o022, 0o644), (0o027, 0o640), (0o077, 0o600)):
        archive = ["--archive", str(tmp_path / f"{umask:o}"), "--encoder", "arshif-static"]
        before = os.umask(umask)
        try:
            assert indexer.main(["add", str(tmp_path / "d.jsonl"), *archive]) == 0
            write_jsonl(dump, RECORDS)
            assert indexer.main(["add", str(dump), *archive]) == 0
            assert indexer.main(["compact", *archive[:2]]) == 0
        finally:
            os.umask(before)
        files = [path for path in Path(archive[1]).rglob("*") if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {expected}


def test_an_archive_never_makes_the_program_use_the_network(archive, monkeypatch, capsys):
    for name, message in (
        ("somebody/some-model", "download it once with `hf download somebody/some-model`"),
        ("onnx:somebody/some-model", "download it once with `hf download somebody/some-model`"),
        ("a b; c", "no encoder a b; c"),
    ):
        monkeypatch.setattr("urllib.request.urlopen", None)
        change(
            archive,
            "UPDATE meta SET value = json_set(value, '$.name', ?) WHERE key = 'encoder'",
            name,
        )
        for main, arguments in (
            (search.main, ["المرسى", "--archive", str(archive)]),
            (indexer.main, ["add", str(archive / "seal.json"), "--archive", str(archive)]),
        ):
            assert main(arguments) == 1
            assert message in capsys.readouterr().err
        with pytest.raises(EncoderError, match=message.split("`")[0]):
            create_app({"ARCHIVE": str(archive)})


def test_the_encoder_of_an_archive_is_not_read_from_the_working_directory(
    archive, monkeypatch, tmp_path
):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    change(
        archive, "UPDATE meta SET value = json_set(value, '$.name', 'model') WHERE key = 'encoder'"
    )
    with pytest.raises(EncoderError, match="model is not on this machine"):
        create_app({"ARCHIVE": str(archive)})


def test_a_segment_of_tantivy_without_a_uuid_for_a_name_is_refused(archive, capsys):
    meta = archive / "lexical" / "meta.json"
    content = json.loads(meta.read_text())
    assert UUID(content["segments"][0]["segment_id"])
    content["segments"][0]["segment_id"] = "../../outside/kept"
    meta.write_text(json.dumps(content))
    (archive / "seal.json").write_text("{}")
    assert search.main(["المرسى", "--archive", str(archive)]) == 1
    assert "lexical" in capsys.readouterr().err
