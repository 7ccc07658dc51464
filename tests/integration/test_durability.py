"""What was committed stays: on a full or read-only disk, after a stop, and during a compaction."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from indexer.cli import main
from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.local.archive import LocalArchive
from search.index.opening import open_index
from search.records import Filters, Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from tests.integration.kills import run_in_child, run_module, start_child

ROOT = Path(__file__).parents[2]
STATIC = ["--encoder", "arshif-static"]


def add(archive, *paths):
    return add_dumps(
        [str(path) for path in paths],
        archive,
        NgramEncoder(),
        captured_on=None,
        show_progress=False,
    )


def articles(count):
    return [
        {"id": str(n), "title": f"خبر {n}", "body": f"نص رقم {n} " + f"كلمة{n} " * 60}
        for n in range(count)
    ]


def test_segments_are_on_the_disk_before_they_are_named(tmp_path, monkeypatch):
    synced, sync = [], os.fsync

    def record(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    dump = write_jsonl(tmp_path / "dump.jsonl", articles(3))
    add(tmp_path / "a", dump)
    segments = tmp_path / "a" / "segments"
    names = {path.name for path in segments.iterdir()}
    assert names
    assert names <= {path.name.removesuffix(".partial") for path in synced}
    assert segments in synced  # the list of names too


def test_a_full_disk_is_reported_in_one_line_and_loses_nothing(tmp_path):
    """A limit on the size of a file simulates the full disk; another store reaches each limit."""
    archive, dump = str(tmp_path / "a"), tmp_path / "dump.jsonl"
    write_jsonl(dump, articles(1))
    assert main(["add", str(dump), "--archive", archive, *STATIC]) == 0
    write_jsonl(dump, articles(150))
    full_stores = {}
    for largest_file in (20_000, 40_000, 200_000):
        arguments = ["add", str(dump), "--archive", archive]
        status = run_in_child(run_module, "indexer", arguments, tmp_path, largest_file=largest_file)
        printed = (tmp_path / "stderr").read_text()
        [line] = [line for line in printed.splitlines() if line.startswith("arshif:")]
        assert (status, (tmp_path / "stdout").read_text()) == (1, ""), largest_file
        assert "Traceback" not in printed
        full_stores[largest_file] = re.search(f"{archive}/([a-z.]+)", line)[1]
        assert open_index(archive).check() == []
        assert open_index(archive).status().documents == 1
    assert full_stores == {20_000: "archive.db", 40_000: "segments", 200_000: "archive.db"}
    assert main(["add", str(dump), "--archive", archive]) == 0
    assert open_index(archive).status().documents == 150
    assert open_index(archive).check() == []


def test_an_interrupted_run_says_what_it_keeps(tmp_path):
    """Standard input stays open, so that the run waits for more records when the signal comes."""
    os.mkfifo(tmp_path / "stdin")
    for number in (signal.SIGINT, signal.SIGTERM):
        archive = tmp_path / number.name
        arguments = ["add", "-", "--archive", str(archive), *STATIC]
        child = start_child(run_module, "indexer", arguments, tmp_path, stdin=tmp_path / "stdin")
        with (tmp_path / "stdin").open("w"):
            while not (archive / "archive.db").exists():
                assert child.is_alive()
                time.sleep(0.01)
            os.kill(child.pid, number)
            child.join(60)
        assert (child.exitcode, (tmp_path / "stdout").read_text()) == (1, "")
        message = "arshif: stopped; everything that was committed is kept\n"
        assert (tmp_path / "stderr").read_text() == message


_SCRIPT = """\
import io, multiprocessing, os, signal, sys
from pathlib import Path
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder

class KillingDump(io.RawIOBase):
    "Kills the workers when five sixths of the dump are read."
    def __init__(self, content):
        self.rest = content
        self.last_part = len(content) // 6
    def readable(self):
        return True
    def readinto(self, buffer):
        if len(self.rest) < self.last_part:
            for worker in multiprocessing.active_children():
                worker.kill()
        size = min(len(buffer), len(self.rest), 1000)
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size

def add(dump=sys.argv[1]):
    add_dumps([dump], Path(sys.argv[2]), load_encoder("arshif-static"), captured_on=None,
              show_progress=False)

def add_and_kill():
    dump = KillingDump(Path(sys.argv[1]).read_bytes())
    sys.stdin = io.TextIOWrapper(io.BufferedReader(dump))
    add("-")

"""
_DYING_WORKERS = {
    "no guard of the main module": ("add()", 1010),
    "killed at the start": (
        "add() if __name__ == '__main__' else os.kill(os.getpid(), signal.SIGKILL)",
        1010,
    ),
    # A worker has finished a batch before the 3,000th is read: five batches are ahead.
    "killed at work": ("if __name__ == '__main__': add_and_kill()", 3600),
}


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: no worker is started")
@pytest.mark.parametrize("name", _DYING_WORKERS)
def test_a_worker_that_dies_ends_the_run_with_an_instruction(tmp_path, name):
    last_line, count = _DYING_WORKERS[name]
    dump = write_jsonl(tmp_path / "dump.jsonl", articles(count))
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT + last_line)
    ended = subprocess.run(
        [sys.executable, str(script), str(dump), str(tmp_path / "a")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,  # a worker that dies early must not leave the run waiting
    )
    assert ended.returncode == 1
    message = ended.stderr.splitlines()[-1]
    assert "free some memory (a script calls add_dumps under `if __name__" in message
    assert "run the command again" in message
    assert main(["add", str(dump), "--archive", str(tmp_path / "a"), *STATIC]) == 0
    assert open_index(tmp_path / "a").status().documents == count


_COMMANDS = """\
import contextlib, io, json, sys
import indexer.cli, search.cli
from web import create_app

def get(arguments):
    path, _, archive = arguments
    print(create_app({"ARCHIVE": archive}).test_client().get(path).status_code)
    return 0

mains = {"indexer": indexer.cli.main, "search": search.cli.main, "web": get}
for module, *arguments in json.loads(sys.argv[1]):
    with (contextlib.redirect_stdout(io.StringIO()) as out,
          contextlib.redirect_stderr(io.StringIO()) as err):
        status = mains[module](arguments)
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


@pytest.fixture
def run_read_only(tmp_path):
    """Run commands where the archive is mounted read-only, since no mode of a file stops root."""

    def run(*commands):
        archive = str(tmp_path / "a")
        mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        space = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, archive]
        if (
            shutil.which("unshare") is None
            or subprocess.run([*space, "true"], check=False).returncode
        ):
            pytest.skip("no mount can be made here: it takes unshare(1) and user namespaces")
        filled = json.dumps([[*command, "--archive", archive] for command in commands])
        ended = subprocess.run(
            [*space, sys.executable, "-c", _COMMANDS, filled],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return run


def test_a_read_only_archive_can_be_read_and_refuses_writers(tmp_path, run_read_only):
    text = "خبر عاجل من المدينة اليوم"
    dump = write_jsonl(tmp_path / "first.jsonl", [{"title": text}])
    assert main(["add", str(dump), "--archive", str(tmp_path / "a"), *STATIC]) == 0
    readers = {
        ("indexer", "status"): "1 documents",
        ("indexer", "check"): "nothing is wrong",
        ("search", "المدينة"): text,
        ("web", "/search?q=المدينة"): "200",
    }
    writers = [
        ("indexer", "add", str(TINY_DUMP)),
        ("indexer", "compact"),
        ("indexer", "remove", "--id", "x"),
    ]
    ended = run_read_only(*readers, *writers)
    for (command, expected), (status, out, err) in zip(readers.items(), ended, strict=False):
        assert (status, expected in out) == (0, True), (command, err)
    for command, (status, out, err) in zip(writers, ended[len(readers) :], strict=True):
        assert (status, out) == (1, ""), command
        assert f"arshif: {tmp_path / 'a'} cannot be written to" in err, command
    assert open_index(tmp_path / "a").check() == []


def test_a_read_only_archive_that_a_killed_writer_left_open_names_the_remedy(
    tmp_path, run_read_only
):
    add(tmp_path / "a", TINY_DUMP)
    with closing(sqlite3.connect(tmp_path / "a" / "archive.db")) as database:
        database.execute("INSERT INTO removed_passages VALUES (1000)")
        database.commit()
        shutil.copytree(tmp_path / "a", tmp_path / "killed")  # with the log of the open database
    (tmp_path / "killed" / "archive.db-shm").unlink()
    (tmp_path / "a").rename(tmp_path / "closed")
    (tmp_path / "killed").rename(tmp_path / "a")
    [(status, out, err)] = run_read_only(("search", "المدينة"))
    assert (status, out) == (1, "")
    assert "a writer left commits in archive.db-wal" in err
    assert "indexer status" in err


def test_a_second_writer_is_refused(tmp_path, capsys):
    add(tmp_path / "a", TINY_DUMP)
    with open_index(tmp_path / "a").writer():
        for arguments in (["compact"], ["remove", "--id", "x"]):
            assert main([*arguments, "--archive", str(tmp_path / "a")]) == 1
            assert "another program is writing" in capsys.readouterr().err


def test_searches_continue_while_the_archive_is_compacted(tmp_path):
    for number in range(3):
        dump = [{"id": f"{number}-{n}", "title": f"خبر {n}", "body": f"نص {n}"} for n in range(5)]
        add(tmp_path / "a", write_jsonl(tmp_path / "d.jsonl", dump))
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    index = open_index(tmp_path / "a").open()

    def answers():
        return {
            mode: [hit.document.doc_id for hit in engine.search(Query("نص 3", mode, k=20)).hits]
            for mode in Mode
        }

    expected = answers()

    def search_after(step):
        assert answers() == expected, step

    LocalArchive(tmp_path / "a").compact(on_step=search_after)
    vector = NgramEncoder().encode_queries(["نص 3"])[0]
    nearest = index.rank_by_vector(vector, index.scope(Filters()), 100)
    assert len(nearest.candidates) == 15  # an open index keeps the files that were removed
    search_after("the last step")
    assert len(list((tmp_path / "a" / "segments").iterdir())) == 1
    assert open_index(tmp_path / "a").check() == []
