"""Archives that somebody else made: nothing in them leads out of them, and damage is told."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from uuid import UUID

import numpy as np
import pytest

from indexer import cli as indexer
from search import cli as search
from search.errors import ArchiveError, EncoderError
from search.index.local import columns_cache
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
    """Build an archive that nothing is wrong with; each test damages a copy."""
    folder = tmp_path_factory.mktemp("foreign")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    assert indexer.main(["add", str(dump), "--archive", str(folder / "a")]) == 0
    return folder / "a"


@pytest.fixture
def archive(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "a")


@pytest.fixture
def outside(tmp_path):
    """Make a folder outside the archive; `kept` tells whether it is as it was."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept.txt").write_text("x")
    return folder


def is_kept(folder):
    return [(path.name, path.read_text()) for path in folder.iterdir()] == [("kept.txt", "x")]


def commands(archive, dump):
    """List every command on an archive, those that only read in front."""
    to, path = "--archive", str(archive)
    return [
        (search.main, ["المرسى", to, path, "--json"]),
        (indexer.main, ["status", to, path]),
        (indexer.main, ["check", to, path]),
        (indexer.main, ["add", str(dump), to, path]),
        (indexer.main, ["remove", to, path, "--source", "جريدة المرسى"]),
        (indexer.main, ["compact", to, path]),
        (indexer.main, ["reencode", to, path, "--encoder", "arshif-static"]),
    ]


def run_all(archive, tmp_path, capsys):
    """Run every command on a copy of the archive each; return status and messages by command."""
    dump = write_jsonl(tmp_path / "more.jsonl", [{"title": "خبر من المرسى", "body": "نص آخر."}])
    ended = {}
    for number in range(len(commands(archive, dump))):
        folder = shutil.copytree(archive, tmp_path / f"copy-{number}", symlinks=True)
        main, arguments = commands(folder, dump)[number]
        status = main(arguments)
        printed = capsys.readouterr()
        ended[arguments[0]] = (status, printed.out + printed.err)
    return ended


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
    *("lock", "lexicon.tsv", "segments/00000002.faiss", "segments/00000002.faiss.partial"),
    *("lexical/.tantivy-writer.lock", "lexical/meta.json", "lexical/.managed.json"),
)


@pytest.mark.parametrize("number", range(len(LINKED)))
def test_no_link_in_an_archive_is_followed(archive, outside, tmp_path, capsys, number):
    targets = (outside, outside / "kept.txt", outside / "new")  # each kind meets each target
    link(archive, LINKED[number], targets[number % 3])
    for command, (status, message) in run_all(archive, tmp_path, capsys).items():
        assert (status, "is a link to" in message) == (1, True), (command, message)
        assert is_kept(outside), command
    with pytest.raises(ArchiveError, match="is a link to"):
        create_app({"ARCHIVE": str(archive)})
    assert is_kept(outside)


@pytest.mark.parametrize(
    "name", ["lexicon.tsv", "lock", "facts.npz", "seal.json", "segments/x.faiss"]
)
def test_a_special_file_in_an_archive_is_refused_at_once(archive, tmp_path, capsys, name):
    (archive / name).unlink(missing_ok=True)
    os.mkfifo(archive / name)
    for main, arguments in commands(archive, tmp_path / "none.jsonl")[:3]:
        assert main(arguments) == 1
        assert "is a special file, expected a plain file" in capsys.readouterr().err


def id_of_row(archive, row):
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        [doc_id] = database.execute("SELECT doc_id FROM documents WHERE row = ?", (row,)).fetchone()
    return doc_id


BAD_NAMES = ("../outside/kept.txt", "/etc/hostname", "..", ".hidden", "a\0b", "", "a/b", "x" * 300)


def change(archive, sql, *values):
    """Change the database as a hostile hand would, and take the digests off."""
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        database.execute(sql, values)
        database.commit()
    (archive / "seal.json").write_text("{}")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_in_an_archive_are_plain_names(archive, outside, tmp_path, capsys, name):
    managed = archive / "lexical" / ".managed.json"
    listed = json.loads(managed.read_text())

    def in_segments(folder):
        change(folder, "UPDATE segments SET name = ? WHERE name LIKE '%.faiss'", name)

    def in_meta(folder):
        change(folder, "UPDATE meta SET value = ? WHERE key = 'lexical'", name)

    def in_files_of_tantivy(folder):  # which deletes what it lists and no commit names
        (folder / "lexical" / managed.name).write_text(json.dumps([*listed, name]))

    for spoil in (in_segments, in_meta, in_files_of_tantivy):
        folder = shutil.copytree(archive, tmp_path / spoil.__name__)
        spoil(folder)
        (tmp_path / "each").mkdir()
        for command, (status, message) in run_all(folder, tmp_path / "each", capsys).items():
            if command == "status" and spoil is not in_meta:  # it reads neither
                continue
            assert (status, "names" in message) == (1, True), (spoil.__name__, command, message)
        assert is_kept(outside)
        shutil.rmtree(tmp_path / "each")


def test_a_seal_names_files_of_its_archive_alone(archive, capsys):
    for name in ("../outside/kept.txt", "/etc/hostname", "lexical/../../x", "segments/x"):
        (archive / "seal.json").write_text(json.dumps({name: "0"}))
        assert indexer.main(["check", "--archive", str(archive)]) == 1
        assert "names" in capsys.readouterr().out


def test_a_prepared_file_is_not_written_through(archive, outside, tmp_path):
    """A second name of a file outside is no link, but what is written would arrive there too."""
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


def test_a_database_of_two_names_is_read_and_not_written(archive, tmp_path, capsys):
    os.link(archive / "archive.db", tmp_path / "other.db")
    assert search.main(["المرسى", "--archive", str(archive)]) == 0
    assert indexer.main(["remove", "--archive", str(archive), "--id", id_of_row(archive, 1)]) == 1
    assert "has other names (hard links)" in capsys.readouterr().err


def test_a_schema_that_would_run_something_is_not_written_to(archive, capsys):
    change(archive, "CREATE TRIGGER t AFTER DELETE ON documents BEGIN SELECT 1; END")
    assert indexer.main(["remove", "--archive", str(archive), "--source", "جريدة المرسى"]) == 1
    assert "holds the trigger 't'" in capsys.readouterr().err


def test_sweeping_removes_a_link_and_not_what_it_points_at(archive, outside):
    with open_index(archive).writer() as writer:
        (archive / "segments" / "left").symlink_to(outside / "kept.txt")
        (archive / "lexical-left").symlink_to(outside)
        writer.sweep()
    assert is_kept(outside)
    assert sorted(path.name for path in archive.glob("*/left")) == []
    assert not (archive / "lexical-left").is_symlink()


def test_a_writer_that_changes_nothing_leaves_the_seal(archive, tmp_path, capsys):
    dump = write_jsonl(tmp_path / "again.jsonl", RECORDS)
    before = (archive / "seal.json").read_bytes()
    [terms] = archive.glob("lexical/*.term")
    content = bytearray(terms.read_bytes())
    content[len(content) // 2] ^= 1
    terms.write_bytes(content)
    for arguments in (
        ["remove", "--source", "لا توجد"],
        ["remove", "--id", id_of_row(archive, 1), "missing"],
        ["add", str(dump)],
        ["add", str(tmp_path / "none")],
    ):
        indexer.main([*arguments, "--archive", str(archive)])
        assert (archive / "seal.json").read_bytes() == before
        capsys.readouterr()
        assert indexer.main(["check", "--archive", str(archive)]) == 1
        assert f"lexical/{terms.name}" in capsys.readouterr().out


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


@pytest.mark.parametrize(("sql", "row"), DAMAGED_VALUES)
def test_a_damaged_value_is_told_by_every_command(archive, tmp_path, capsys, sql, row):
    with closing(sqlite3.connect(archive / "archive.db")) as database:
        if "NULL" in sql:
            database.execute("PRAGMA writable_schema = ON")
            database.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')"
                " WHERE name = 'segments'"
            )
            database.commit()
    change(archive, sql)
    doc_id = id_of_row(archive, row or 3)
    ended = run_all(archive, tmp_path, capsys)
    assert {status for status, _ in ended.values()} <= {0, 1}
    assert 1 in {status for status, _ in ended.values()}
    for command, (status, message) in ended.items():
        if status == 1 and row is not None and command != "check":
            assert f"document '{doc_id}' is damaged" in message, (command, message)
    try:
        client = create_app({"ARCHIVE": str(archive)}).test_client()
    except ArchiveError:
        return
    for path in (
        "/",
        "/search?q=المرسى",
        f"/document/{doc_id}",
        "/api/search?q=المرسى",
        "/export.csv?q=x",
    ):
        assert client.get(path).status_code != 500, path


def test_damaged_vectors_and_pieces_are_met_when_they_are_read(archive, capsys):
    def spoil(suffix, offset, values):
        [path] = archive.glob(f"segments/*{suffix}")
        before = path.read_bytes()
        data = bytearray(before)
        at = offset if offset >= 0 else len(data) + offset
        data[at : at + values.nbytes] = values.tobytes()
        path.write_bytes(data)
        assert search.main(["المرسى القديم", "--archive", str(archive)]) == 1
        path.write_bytes(before)
        return capsys.readouterr().err

    count = len(RECORDS)
    bounds = 8 * count
    beyond = spoil(".pieces", bounds + 8 * (count + 1), np.array([2**31], "<u4"))
    assert "holds word piece 2147483648" in beyond
    assert "do not ascend" in spoil(".pieces", 0, np.array([10**12], "<i8"))
    assert "do not ascend" in spoil(".pieces", bounds + 8, np.array([10**12], "<i8"))
    assert "do not ascend" in spoil(".faiss", -8 * count, np.array([10**12], "<i8"))
    # The file ends with the vectors, the number of ids and the ids.
    first = -8 * (count + 1) - 4 * 256 * count
    assert "are damaged" in spoil(".faiss", first, np.full(9, np.nan, "<f4"))
    assert "are damaged" in spoil(".faiss", first, np.full(256, 9, "<f4"))
    assert search.main(["المرسى القديم", "--archive", str(archive)]) == 0


def test_hostile_facts_are_passed_over(archive, monkeypatch, capsys, caplog):
    monkeypatch.setattr(columns_cache, "FACTS_FROM", 1)
    assert indexer.main(["remove", "--archive", str(archive), "--id", id_of_row(archive, 4)]) == 0
    with np.load(archive / "facts.npz") as stored:
        arrays = dict(stored)
    for name in ("sources", "documents", "kinds", "by_doc_id", "days"):
        np.savez(archive / "facts.npz", **{**arrays, name: arrays[name] + 10**7})
        capsys.readouterr()
        caplog.clear()
        assert search.main(["المرسى", "--archive", str(archive), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["total"] == 3
        assert "is damaged, and the database read instead" in caplog.text


def test_files_are_readable_as_their_folder_is(tmp_path, capsys):
    dump = write_jsonl(tmp_path / "d.jsonl", RECORDS[:2])
    more = write_jsonl(tmp_path / "more.jsonl", RECORDS)
    for umask, expected in ((0o022, 0o644), (0o027, 0o640), (0o077, 0o600)):
        archive = tmp_path / f"{umask:o}"
        before = os.umask(umask)
        try:
            for command in (["add", str(dump)], ["add", str(more)], ["compact"]):
                assert indexer.main([*command, "--archive", str(archive)]) == 0
        finally:
            os.umask(before)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in archive.rglob("*") if path.is_file()}
        assert modes == {expected}


def test_an_archive_does_not_make_the_program_ask_the_network(archive, monkeypatch, capsys):
    """A hub that answers would be asked here: nothing listens, and the wait would tell."""
    for name, message in (
        ("somebody/some-model", "fetch it once with `hf download somebody/some-model`"),
        ("onnx:somebody/some-model", "fetch it once with `hf download somebody/some-model`"),
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


def test_an_encoder_is_not_looked_for_where_the_program_runs(archive, monkeypatch, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    change(
        archive, "UPDATE meta SET value = json_set(value, '$.name', 'model') WHERE key = 'encoder'"
    )
    with pytest.raises(EncoderError, match="model is not on this machine"):
        create_app({"ARCHIVE": str(archive)})


def test_a_segment_of_tantivy_is_named_by_a_number(archive, capsys):
    meta = archive / "lexical" / "meta.json"
    content = json.loads(meta.read_text())
    assert UUID(content["segments"][0]["segment_id"])
    content["segments"][0]["segment_id"] = "../../outside/kept"
    meta.write_text(json.dumps(content))
    (archive / "seal.json").write_text("{}")
    assert search.main(["المرسى", "--archive", str(archive)]) == 1
    assert "lexical" in capsys.readouterr().err
