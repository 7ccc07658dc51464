"""Runs every command of the READMEs for users: what stands there is what works."""

import json
import re
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

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OF_INDEXER = (ROOT / "indexer" / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README + OF_INDEXER, flags=re.DOTALL)
    for line in block.splitlines()
]
PYTHON_COMMANDS = [line for line in COMMANDS if line.startswith("python -m ")]


def arguments(command, archive):
    return shlex.split(command.replace("data/archive", str(archive)))[1:]


def run(command, archive):
    return subprocess.run(
        [sys.executable, *arguments(command, archive)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme") / "archive"
    [add] = [line for line in PYTHON_COMMANDS if line.startswith("python -m indexer add")]
    added = run(add, folder)
    assert added.returncode == 0, added.stderr
    assert "the archive holds 431 documents" in added.stdout
    return folder


@pytest.mark.parametrize(
    "command",
    [
        line
        for line in PYTHON_COMMANDS
        if re.match(
            r"python -m (indexer (?!add)\w+|search|search\.evaluation|search\.trends) ", line
        )
    ],
)
def test_a_command_of_the_readme_runs(archive, command, tmp_path):
    copy = shutil.copytree(archive, tmp_path / "archive")  # some commands change what they work on
    ended = run(command, copy)
    told = re.sub(r"^encoding .* seconds here; .*\n", "", ended.stderr)  # by `encode`, beforehand
    assert (ended.returncode, told) == (0, "")
    assert ended.stdout.strip()


def test_the_program_of_the_readme_prints_a_title(archive):
    [program] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    code = program.replace("data/archive", str(archive))
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "فيضان" in ended.stdout


def test_the_answer_that_the_readme_shows_is_given(archive):
    [command, *shown] = re.search(r"```\n\$ (.*?)```", README, flags=re.DOTALL)[1].splitlines()
    assert shown[0] in run(command, archive).stdout.splitlines()


def test_the_page_and_the_endpoint_of_the_readme_answer(archive):
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
        answer = json.loads(patiently(url))
        assert answer["query"] == "سد"
        assert len(answer["hits"]) == 3
        assert 'dir="rtl"' in patiently(f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.wait(timeout=20)


def patiently(url):
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


def test_the_training_command_of_the_readme_is_one_the_program_takes():
    [command] = [line for line in PYTHON_COMMANDS if "indexer.training" in line]
    taken = indexer.training.cli._parser().parse_args(shlex.split(command)[3:])
    assert taken.benchmarks == [Path("corpora/eval"), Path("corpora/bench")]


def test_every_command_of_the_readme_is_known_to_this_test():
    known = ("make ", "curl ", "python -m indexer", "python -m search", "python -m web")
    assert [line for line in COMMANDS if line and not line.startswith(known)] == []
    targets = {line.split()[1] for line in COMMANDS if line.startswith("make ")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets)
