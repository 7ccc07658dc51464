"""`--ray` changes where the work is done; the archive, the counts and the messages are the same."""

import json
import os
import shutil
import signal
import subprocess
import sys
from hashlib import sha256

import pytest

from indexer.cli import main
from search.index.local.database.schema import connect
from search.index.local.folder import SEGMENTS
from search.index.opening import open_index
from tests.conftest import TINY_DUMP, write_jsonl
from tests.dumps import DUMPS
from tests.integration.kills import TABLES
from tests.ray_nodes import ENVIRONMENT, ROOT, WAIT_S, processes, running_nodes, wait_until

pytest.importorskip("ray", reason="Ray is not installed: pip install 'arshif[cluster]'")

STATIC = ["--encoder", "arshif-static"]


@pytest.fixture(scope="module")
def cluster():
    """Start a cluster of one node with two cores; return its address."""
    with running_nodes(2) as (address, _):
        yield address


def start(command, *words, archive):
    """Start a command of the indexer as a program."""
    return subprocess.Popen(
        [sys.executable, "-m", "indexer", command, *map(str, words), "--archive", str(archive)],
        env=ENVIRONMENT,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is ignored by what a shell starts in the background, and so by its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def index(*words, archive):
    """Run a command of the indexer; return its counts, and the lines of its messages by letter."""
    child = start(*words, "--json", archive=archive)
    return counts_of(child)


def counts_of(child):
    counts, messages = child.communicate(timeout=WAIT_S)
    assert child.returncode == 0, messages
    counted = {name: count for name, count in json.loads(counts).items() if name != "seconds"}
    return counted, sorted(messages.splitlines())


def content(archive):
    """Return the rows of an archive, and the digests of its vectors and word pieces."""
    with connect(archive) as database:
        rows = {
            table: sorted(map(str, database.execute(f"SELECT {columns} FROM {table}")))
            for table, columns in TABLES.items()
        }
    files = sorted((archive / SEGMENTS).iterdir())
    return rows, [(file.name, sha256(file.read_bytes()).hexdigest()) for file in files]


def articles(count):
    return [
        {"id": str(n), "title": f"خبر {n}", "body": f"نص رقم {n} " + f"كلمة{n} " * 60}
        for n in range(count)
    ]


def large_jsonl(path):
    """Write lines of megabytes, so that few documents make several ranges; two of them are bad."""
    padding = "x" * 7_000_000
    lines = [json.dumps(record | {"pad": padding}, ensure_ascii=False) for record in articles(12)]
    lines[7:7] = ["{not JSON", ""]
    lines[11:11] = ["x" * 17_000_000]
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.slow
def test_the_archive_and_the_messages_are_the_same_with_ray_and_without(tmp_path, cluster):
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for name, dump in DUMPS.items():
        (dumps / f"{name}.dump").write_bytes(dump)
    for name in ("jsonl gzip", "parquet", "warc", "jsonl tar.gz"):
        (dumps / f"{name}.cut").write_bytes(DUMPS[name][:-40])
    (dumps / "empty").touch()
    (dumps / "noise").write_bytes(bytes(range(256)) * 40)
    write_jsonl(dumps / "spellings", [r | {"source": "الأحداث"} for r in articles(300)])
    write_jsonl(dumps / "spellings2", [r | {"source": "الاحداث", "x": 1} for r in articles(600)])
    large_jsonl(dumps / "large")
    seen = {}
    for name, ray in (("alone", []), ("ray", ["--ray", cluster])):
        words = [dumps, TINY_DUMP, "--captured-on", "2026-03-20", *STATIC, *ray]
        first = index("add", *words, archive=tmp_path / name)
        again = index("add", *words, archive=tmp_path / name)
        assert open_index(tmp_path / name).check() == []
        seen[name] = [*first, *again, *content(tmp_path / name)]
    counts, messages, *_ = seen["alone"]
    assert counts["rejected"]["not JSON (cut off or damaged)"] == 1
    assert counts["files"] == len(list(dumps.iterdir())) + 1
    assert f"{dumps}/large: 1 columns ignored: pad" in messages
    for with_ray, without in zip(seen["ray"], seen["alone"], strict=True):
        assert with_ray == without


@pytest.mark.slow
def test_a_bad_line_is_named_wherever_it_is_in_a_large_file(tmp_path, cluster):
    large_jsonl(tmp_path / "large")
    _, messages = index(
        "add", tmp_path / "large", *STATIC, "--ray", cluster, archive=tmp_path / "a"
    )
    assert f"rejected: {tmp_path}/large:8: not JSON (cut off or damaged)" in messages
    assert f"rejected: {tmp_path}/large:12: line longer than 16,000,000 bytes" in messages


@pytest.mark.slow
def test_passages_are_encoded_on_a_cluster_that_is_started_for_it(tmp_path):
    for name, ray in (("alone", []), ("ray", ["--ray", "local"])):
        index("add", TINY_DUMP, *ray, archive=tmp_path / name)
        counts, _ = index("encode", *ray, archive=tmp_path / name)
        assert counts["passages"] == counts["encoded"] == counts["total"] > 0
        assert open_index(tmp_path / name).check() == []
    assert content(tmp_path / "ray")[0] == content(tmp_path / "alone")[0]


def workers():
    """Return the processes of the cluster that prepare documents."""
    return processes(b"(prepare)")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_time_only(tmp_path, cluster):
    dump = write_jsonl(tmp_path / "dump.jsonl", articles(3000))
    child = start("add", dump, "--ray", cluster, *STATIC, "--json", archive=tmp_path / "a")
    wait_until(workers)
    os.kill(workers()[0], signal.SIGKILL)
    counts, _ = counts_of(child)
    assert counts["articles"] == 3000
    assert counts == index("add", dump, *STATIC, archive=tmp_path / "b")[0]
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_cleanly(tmp_path, cluster, number):
    dump = write_jsonl(tmp_path / "dump.jsonl", articles(20_000))
    child = start("add", dump, "--ray", cluster, *STATIC, archive=tmp_path / "a")
    wait_until(workers)
    child.send_signal(number)
    message = "arshif: stopped; everything that was committed is kept\n"
    assert (*child.communicate(timeout=WAIT_S), child.returncode) == ("", message, 1)
    wait_until(lambda: not workers())


@pytest.mark.slow
def test_a_node_that_lacks_the_dump_is_named(tmp_path, cluster):
    """The command runs where a folder is mounted that the node does not see."""
    space = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*space, "true"], check=False).returncode:
        pytest.skip("no mount can be made here: it takes unshare(1) and user namespaces")
    folder = tmp_path / "seen here only"
    folder.mkdir()
    mount = 'mount -t tmpfs none "$0" && cp "$1" "$0/dump" && shift && exec "$@"'
    command = [sys.executable, "-m", "indexer", "add", folder / "dump", "--ray", cluster]
    done = subprocess.run(
        [*space, mount, folder, TINY_DUMP, *command, "--archive", tmp_path / "a", *STATIC],
        env=ENVIRONMENT,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 1
    last_line = done.stderr.splitlines()[-1]
    assert f"has no file {folder}/dump: dumps must be on storage that all nodes" in last_line


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "'nonsense' is no address of a Ray cluster: expected local, or HOST:PORT"),
        ("ray://127.0.0.1:1", "is no address of a Ray cluster: expected local, or HOST:PORT"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_expected(tmp_path, capsys, address, message):
    arguments = ["add", str(TINY_DUMP), "--archive", str(tmp_path / "a"), "--ray", address]
    assert main([*arguments, *STATIC]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_without_ray_the_command_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "indexer.ray_cluster", raising=False)
    arguments = ["add", str(TINY_DUMP), "--archive", str(tmp_path / "a"), "--ray", "local"]
    assert main([*arguments, *STATIC]) == 1
    assert "pip install 'arshif[cluster]'" in capsys.readouterr().err
