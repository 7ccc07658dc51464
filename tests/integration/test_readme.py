"""The commands of the READMEs: each works as it is printed there."""

import json
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

import indexer.training.cli
from search.index.opening import open_index

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OF_INDEXER = (ROOT / "indexer" / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README + OF_INDEXER, flags=re.DOTALL)
    for line in block.splitlines()
]
PYTHON_COMMANDS = [line for line in COMMANDS if line.startswith("python -m ")]
ADD, ENCODE = "python -m indexer add", "python -m indexer encode"
RUN_HERE = r"python -m (indexer \w+|search|search\.evaluation|search\.trends) "


def arguments(command, archive):
    return shlex.split(command.replace("data/archive", str(archive)))[1:]


@pytest.fixture
def run(monkeypatch, capsys):
    """Return what runs `python -m MODULE …` in this process: its status, output and messages."""
    monkeypatch.chdir(ROOT)

    def run(command, archive):
        _, module, *words = arguments(command, archive)
        monkeypatch.setattr(sys, "argv", [module, *words])
        with pytest.raises(SystemExit) as end:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        return end.value.code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme") / "archive"
    [add] = [line for line in PYTHON_COMMANDS if line.startswith(ADD)]
    added = subprocess.run(
        [sys.executable, *arguments(add, folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the archive holds 431 documents" in added.stdout
    return folder


def test_the_program_in_the_readme_prints_a_title(archive):
    [program] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    code = program.replace("data/archive", str(archive))
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "فيضان" in ended.stdout


def test_the_answer_in_the_readme_is_the_one_that_is_printed(archive, run):
    [command, *shown] = re.search(r"```\n\$ (.*?)```", README, flags=re.DOTALL)[1].splitlines()
    _, out, _ = run(command, archive)
    assert shown[0] in out.splitlines()
    assert "may hold nothing" not in out


@pytest.mark.slow
def test_the_service_in_the_readme_answers_its_request_and_shows_a_page(archive):
    [serve] = [line for line in PYTHON_COMMANDS if line.startswith("python -m web")]
    [curl] = [line for line in COMMANDS if line.startswith("curl")]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = urllib.parse.quote(shlex.split(curl)[1].replace("8000", str(port)), safe=":/?=&")
    server = subprocess.Popen(
        [sys.executable, *arguments(serve.replace("8000", str(port)), archive)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = json.loads(get_when_served(url))
        assert answer["query"] == "سد"
        assert len(answer["hits"]) == 3
        assert 'dir="rtl"' in get_when_served(f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.wait(timeout=20)


def get_when_served(url):
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return response.read().decode()
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


@pytest.mark.slow
def test_every_other_command_in_the_readmes_works(archive, run, tmp_path):
    whole, small = (shutil.copytree(archive, tmp_path / name) for name in ("whole", "small"))
    index = open_index(small)  # for `encode`, which takes a second for every hundred passages
    index.remove_ids([doc_id for doc_id, _ in index.open().titles(500)[20:]])
    results = {}
    for command in PYTHON_COMMANDS:
        if re.match(RUN_HERE, command) and not command.startswith(ADD):
            status, out, messages = run(command, small if command.startswith(ENCODE) else whole)
            messages = re.sub(
                r"^encoding .* seconds on this machine; .*\n", "", messages
            )  # by `encode`
            results[command] = status, messages, bool(out.strip())
    assert {command.split()[2] for command in results} >= {"indexer", "search", "search.trends"}
    assert results == dict.fromkeys(results, (0, "", True))


def test_the_training_command_in_the_readme_is_accepted():
    [command] = [line for line in PYTHON_COMMANDS if "indexer.training" in line]
    parsed = indexer.training.cli._parser().parse_args(shlex.split(command)[3:])
    assert parsed.benchmarks == [Path("corpora/eval"), Path("corpora/bench")]


def test_every_command_in_the_readmes_is_of_a_kind_tested_here():
    known = ("make ", "curl ", "python -m indexer", "python -m search", "python -m web")
    assert [line for line in COMMANDS if line and not line.startswith(known)] == []
    targets = {line.split()[1] for line in COMMANDS if line.startswith("make ")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets)
