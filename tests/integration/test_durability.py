"""Nothing is lost: killed, out of room, damaged, or read while it is rewritten."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from indexer.cli import main
from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.errors import ArchiveError
from search.index.local.archive import LocalArchive
from search.index.opening import open_index
from search.records import Filters, Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

ROOT = Path(__file__).parent.parent.parent


def add(archive, *paths):
    return add_dumps(
        [str(path) for path in paths],
        archive,
        NgramEncoder(),
        captured_on=None,
        show_progress=False,
    )


@pytest.mark.parametrize(
    ("how", "done"),
    [
        ("steps", "killed 25 times between two steps"),
        ("moments", "killed 30 times at random moments"),
        ("reader", "killed "),
    ],
)
def test_a_killed_run_is_made_whole_by_the_next(tmp_path, how, done):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.integration.kills", str(tmp_path), how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (ended.returncode, ended.stdout[: len(done)]) == (0, done), ended.stdout + ended.stderr


def test_check_finds_every_flipped_byte(tmp_path):
    archive = tmp_path / "a"
    add(archive, TINY_DUMP)
    assert open_index(archive).check() == []
    files = [path for path in archive.rglob("*") if path.is_file() and path.stat().st_size]
    files = [path for path in files if not path.name.startswith((".", "archive.db-"))]
    assert {"archive.db", "seal.json", "00000001.faiss", "meta.json"} < {p.name for p in files}
    missed = []
    for path in files:
        sound = path.read_bytes()
        for at in range(0, len(sound), max(1, len(sound) // 12)):
            put(path, sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :])
            try:
                found = open_index(archive).check()
            except ArchiveError as error:
                found = [str(error)]
            missed += [(path.name, at)] if not found else []
        put(path, sound)
    assert missed == []
    assert open_index(archive).check() == []


def put(path, content):
    """Put a new file in the old one's place, which may still be mapped."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").replace(path)


def test_a_seal_that_was_taken_off_is_missed(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    (tmp_path / "a" / "seal.json").unlink()
    [problem] = open_index(tmp_path / "a").check()
    assert problem.startswith("seal.json is missing")


def test_a_log_that_no_writer_left_is_found(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    (tmp_path / "a" / "archive.db-wal").write_bytes(b"noise" * 1000)
    [problem] = open_index(tmp_path / "a").check()
    assert problem.startswith("archive.db-wal")


def test_check_says_that_an_archive_is_not_sealed(tmp_path, caplog):
    add(tmp_path / "a", TINY_DUMP)
    with open_index(tmp_path / "a").writer() as writer, writer.commit():
        assert open_index(tmp_path / "a").check() == []
    assert "is not sealed" in caplog.text
    caplog.clear()
    assert open_index(tmp_path / "a").check() == []
    assert caplog.text == ""


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.98])
def test_a_damaged_list_of_tantivys_files_is_named_or_harmless(tmp_path, share):
    """Tantivy removes by it what no commit names any more; nothing is found by it."""
    archive = tmp_path / "a"
    add(archive, TINY_DUMP)
    before = answers(archive)
    managed = archive / "lexical" / ".managed.json"
    sound = managed.read_bytes()
    at = int(share * len(sound))
    put(managed, sound[:at] + bytes([sound[at] ^ 0x01]) + sound[at + 1 :])
    if found := open_index(archive).check():
        assert ".managed.json" in found[0]
        return
    assert answers(archive) == before
    more = {"id": "later", "title": "ما جاء بعد ذلك", "body": "نص واحد يصل بعد الضرر"}
    add(archive, write_jsonl(tmp_path / "more.jsonl", [more]))
    open_index(archive).compact()
    assert open_index(archive).check() == []
    assert answers(archive) == before


@pytest.mark.parametrize("folder", ["lexical", "lexical-documents"])
def test_a_list_of_tantivys_files_that_is_cut_off_is_named(tmp_path, folder):
    add(tmp_path / "a", TINY_DUMP)
    managed = tmp_path / "a" / folder / ".managed.json"
    put(managed, managed.read_bytes()[:40])
    [problem] = open_index(tmp_path / "a").check()
    assert ".managed.json" in problem


def answers(archive):
    engine = SearchEngine.open(archive, load=NgramEncoder)
    return {
        text: [hit.document.doc_id for hit in engine.search(Query(text, Mode.LEXICAL)).hits]
        for text in ("الغازوال", "رمضان")
    }


def test_a_changed_text_is_found_without_a_seal_too(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    (tmp_path / "a" / "seal.json").write_text("{}")  # a writer was killed
    database = tmp_path / "a" / "archive.db"
    sound, word = database.read_bytes(), "الغازوال".encode()
    assert word in sound
    database.write_bytes(sound.replace(word, word[:-1] + b"\xa7"))
    assert "digest differs" in open_index(tmp_path / "a").check()[0]


@pytest.fixture
def run_read_only(tmp_path):
    """Run a command of the program where the archive is mounted read-only: root heeds no modes."""

    def run(*arguments):
        archive = tmp_path / "a"
        mounted = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        space = ["unshare", "--map-root-user", "--mount", "sh", "-c", mounted, str(archive)]
        if (
            shutil.which("unshare") is None
            or subprocess.run([*space, "true"], check=False).returncode
        ):
            pytest.skip("no mount can be made here: it takes unshare(1) and user namespaces")
        return subprocess.run(
            [*space, sys.executable, "-m", *arguments, "--archive", str(archive)],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )

    return run


def test_a_read_only_archive_is_read_and_refuses_its_writers(tmp_path, run_read_only):
    text = "خبر عاجل من المدينة اليوم"
    first = write_jsonl(tmp_path / "first.jsonl", [{"title": text}])
    subprocess.run(command(tmp_path / "a", first), cwd=ROOT, check=True, capture_output=True)
    for arguments, printed in (
        (["indexer", "status"], "1 documents"),
        (["indexer", "check"], "nothing is wrong"),
        (["search", "المدينة"], text),
    ):
        ended = run_read_only(*arguments)
        assert (ended.returncode, printed in ended.stdout) == (0, True), ended.stderr
    for arguments in (
        ["indexer", "add", str(TINY_DUMP)],
        ["indexer", "compact"],
        ["indexer", "remove", "--id", "x"],
    ):
        ended = run_read_only(*arguments)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert f"arshif: {tmp_path / 'a'} cannot be written to" in ended.stderr
    assert open_index(tmp_path / "a").check() == []


def test_a_read_only_archive_with_a_log_says_what_to_do(tmp_path, run_read_only):
    add(tmp_path / "a", TINY_DUMP)
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as database:
        database.execute("INSERT INTO removed_passages VALUES (1000)")
        database.commit()
        shutil.copytree(tmp_path / "a", tmp_path / "killed")  # as a killed writer leaves it
    (tmp_path / "killed" / "archive.db-shm").unlink()
    (tmp_path / "a").rename(tmp_path / "closed")
    (tmp_path / "killed").rename(tmp_path / "a")
    ended = run_read_only("search", "المدينة")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "a writer left commits in archive.db-wal" in ended.stderr
    assert "indexer status" in ended.stderr


def limited(size):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def command(archive, *dumps):
    return [sys.executable, "-m", "indexer", "add", *map(str, dumps), "--archive", str(archive)]


@pytest.fixture
def long_dump(tmp_path):
    return write_jsonl(
        tmp_path / "long.jsonl",
        [
            {"id": str(n), "title": f"خبر {n}", "body": f"نص رقم {n} " + f"كلمة{n} " * 60}
            for n in range(600)
        ],
    )


@pytest.mark.parametrize("size", [40_000, 120_000, 400_000])
def test_a_full_disk_is_told_in_one_line_and_loses_nothing(tmp_path, long_dump, size):
    """The limit on one file's size stands for the disk: each of the stores meets it first."""
    archive = tmp_path / "a"
    first = write_jsonl(tmp_path / "first.jsonl", [{"title": "خبر عاجل من المدينة اليوم"}])
    subprocess.run(command(archive, first), cwd=ROOT, check=True, capture_output=True)
    ended = subprocess.run(
        command(archive, long_dump),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=limited(size),
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("arshif:")]
    assert "Traceback" not in ended.stderr
    assert str(archive) in line
    assert open_index(archive).check() == []
    assert open_index(archive).status().documents == 1
    done = subprocess.run(command(archive, long_dump), cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 0
    assert open_index(archive).status().documents == 601
    assert open_index(archive).check() == []


def _heed_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_keeps_what_was_committed(tmp_path, number):
    """Standard input stays open: the run waits for more when the signal comes."""
    running = subprocess.Popen(
        command(tmp_path / "a", "-"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=_heed_interrupts,
    )
    seal = tmp_path / "a" / "archive.db"
    while not seal.exists():
        assert running.poll() is None
        os.sched_yield()
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (1, "")
    assert err == "arshif: stopped; everything committed so far stays\n"


_CALL = """\
import multiprocessing, os, signal, sys
from contextlib import closing
from pathlib import Path
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder

def kill_workers(step):
    for worker in multiprocessing.active_children():
        worker.kill()

def add(on_step=lambda step: None):
    add_dumps([sys.argv[1]], Path(sys.argv[2]), load_encoder(), captured_on=None,
              show_progress=False, on_step=on_step)
"""
_NO_GUARD = "add()"
_KILLED_AT_START = "add() if __name__ == '__main__' else os.kill(os.getpid(), signal.SIGKILL)"
_KILLED_AT_WORK = "if __name__ == '__main__': add(on_step=kill_workers)"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: no worker is started")
@pytest.mark.parametrize(
    ("last_line", "count", "message"),
    [
        (
            _NO_GUARD,
            1500,
            "could not start: free some memory, or call add_dumps under `if __name__",
        ),
        (
            _KILLED_AT_START,
            1500,
            "could not start: free some memory, or call add_dumps under `if __name__",
        ),
        # Two batches of 4000 are ready before the first step of a commit stops the third
        (_KILLED_AT_WORK, 12_000, "was ended from outside: free some memory"),
    ],
    ids=["no main guard", "killed at start", "killed at work"],
)
def test_a_worker_that_dies_ends_the_run_with_what_to_do(tmp_path, last_line, count, message):
    records = [{"id": str(n), "title": f"خبر {n}", "body": f"نص رقم {n}"} for n in range(count)]
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    script = tmp_path / "script.py"
    script.write_text(_CALL + last_line)
    ended = subprocess.run(
        [sys.executable, str(script), str(dump), str(tmp_path / "a")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert message in ended.stderr.splitlines()[-1]
    assert "run the command again" in ended.stderr.splitlines()[-1]
    again = subprocess.run(command(tmp_path / "a", dump), cwd=ROOT, check=False)
    assert again.returncode == 0
    assert open_index(tmp_path / "a").status().documents == count


def test_a_second_writer_is_told_to_wait(tmp_path, capsys):
    add(tmp_path / "a", TINY_DUMP)
    with open_index(tmp_path / "a").writer():
        for arguments in (["compact"], ["remove", "--id", "x"]):
            assert main([*arguments, "--archive", str(tmp_path / "a")]) == 1
            assert "another program is writing" in capsys.readouterr().err


def test_searches_go_on_while_the_archive_is_compacted(tmp_path):
    for number in range(3):
        dump = [{"id": f"{number}-{n}", "title": f"خبر {n}", "body": f"نص {n}"} for n in range(5)]
        add(tmp_path / "a", write_jsonl(tmp_path / "d.jsonl", dump))
    before = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    index = open_index(tmp_path / "a").open()
    expected = {mode: answer(before, mode) for mode in Mode}

    def search_between(step):
        assert {mode: answer(before, mode) for mode in Mode} == expected, step

    LocalArchive(tmp_path / "a").compact(on_step=search_between)
    vector = NgramEncoder().encode_queries(["نص 3"])[0]
    nearest = index.rank_by_vector(vector, index.scope(Filters()), 100)
    assert len(nearest.candidates) == 15  # its files are gone, it keeps them
    assert {mode: answer(before, mode) for mode in Mode} == expected
    assert len(list((tmp_path / "a" / "segments").iterdir())) == 1
    assert open_index(tmp_path / "a").check() == []


def answer(engine, mode):
    return [hit.document.doc_id for hit in engine.search(Query("نص 3", mode, k=20)).hits]


def test_a_damaged_segment_is_not_compacted_into_a_sound_one(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    [segment] = (tmp_path / "a" / "segments").iterdir()
    sound = segment.read_bytes()
    put(segment, sound[:-900] + bytes([sound[-900] ^ 1]) + sound[-899:])
    with pytest.raises(ArchiveError, match=f"{segment.name} is not what was written"):
        open_index(tmp_path / "a").compact()
    put(segment, sound)
    assert open_index(tmp_path / "a").check() == []
