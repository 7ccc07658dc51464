"""Commands where the terminal knows no Arabic: nothing fails, and JSON stays JSON."""

import json
import os
import subprocess
import sys

import pytest

ENVIRONMENTS = {
    "ascii output": {"PYTHONIOENCODING": "ascii"},
    "C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin-1 output": {"PYTHONIOENCODING": "latin-1"},
}


def run(environment, *command):
    return subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_every_command_answers_whatever_the_terminal_can_write(environment, tmp_path):
    dump = tmp_path / "dump.jsonl"
    record = {"title": "سد الوحدة يفيض", "body": "فاض سد الوحدة بعد المطر 😀.", "source": "السهل é"}
    dump.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    archive = str(tmp_path / "archive")
    for command in (
        ["indexer", "add", str(dump), "--archive", archive, "--json"],
        ["indexer", "status", "--archive", archive],
        ["indexer", "check", "--archive", archive, "--json"],
        ["search", "سد الوحدة", "--archive", archive],
        ["search", "--help"],
    ):
        answer = run(environment, *command)
        assert answer.returncode == 0, (command, answer.stderr)
        assert b"Traceback" not in answer.stderr, command
        if command[-1] == "--json":
            json.loads(answer.stdout)
    answer = json.loads(run(environment, "search", "الوحدة", "--archive", archive, "--json").stdout)
    assert answer["query"] == "الوحدة"
    assert answer["hits"][0]["title"] == record["title"]
    assert answer["hits"][0]["source"] == record["source"]
    refused = run(environment, "search", "سد", "--archive", str(tmp_path / "لا شيء"))
    assert refused.returncode == 1
    assert b"Traceback" not in refused.stderr
